"""Reading ahead: a prompt is read before anybody asks for it, and nothing is written."""

from app.engine.decoding.base import Desk, Outcome, Steps


class Ahead:
    """Reads the prompt, so that a sequence holds it when the next turn begins with it."""

    sequences = 1

    def run(self, desk: Desk) -> Steps:
        yield from desk.read(desk.prompt)
        return Outcome("end")
