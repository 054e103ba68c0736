"""The summary of messages that do not fit any more, written by the model itself."""

from collections.abc import Iterator, Sequence

from app.core.errors import AppError, ContextError
from app.core.language import tr
from app.core.params import Sampling
from app.core.prompt import Part
from app.core.protocol import Done, Event, Failed, ModelInfo, Piece, Turn
from app.core.text import valid
from app.engine.base import Engine

INSTRUCTION = (
    "Summarise the conversation that the user shows you, so that it can go on without its first part. Keep names, "
    "numbers, decisions, open questions and what was asked of the assistant. Write in the language of the "
    "conversation, in short plain sentences. Write the summary and nothing else."
)
MOST = 512  # tokens of a summary
FEWEST_PARAMETERS = 100_000_000
FRAME = 160  # tokens of the instruction and of what the template adds
SAFETY = 0.9  # of the room is used: tokens are estimated from bytes
NAMES = {"user": "User", "assistant": "Assistant", "system": "System"}


def can_summarise(model: ModelInfo) -> bool:
    """Whether a summary by this model makes sense; the built-in one is far too small for it."""
    return not 0 < model.parameters < FEWEST_PARAMETERS


def summary_room(context: int) -> int:
    """Tokens that a summary may have."""
    return min(MOST, context // 8)


class Summary:
    """Read in one piece where that fits, else piece by piece, each time together with the summary so far.

    Args:
        parts: what is to be summarised, counted.
        earlier: a summary that stood before these parts and is to be part of the new one.
    """

    def __init__(self, engine: Engine, context: int, parts: Sequence[Part], earlier: str) -> None:
        self._engine = engine
        self._most = summary_room(context)
        self.text = earlier
        self.error: AppError | None = None
        said = [f"{NAMES[part.turn.role]}: {part.turn.text}" for part in parts]
        size = sum(len(text.encode("utf-8", "replace")) for text in said)
        tokens = sum(part.tokens for part in parts)
        room = max(context - FRAME - 2 * self._most, context // 4)
        self._pieces = list(_pieces(said, max(1, int(room * SAFETY * size / max(tokens, 1)))))
        self._written = ""

    def ask(self) -> int | None:
        """Ask for the next step; the request's id, or None when the summary is there or has failed."""
        if self.error is not None:
            return None
        if not self._pieces:
            self.text = self.text.strip()
            if not self.text:
                self.error = _refused()
            return None
        before = f"Summary of what was said before:\n{self.text}\n\n" if self.text else ""
        turns = (Turn("system", INSTRUCTION), Turn("user", f"{before}{self._pieces.pop(0)}"))
        self._written = ""
        sampling = Sampling(strategy="greedy", temperature=0.0, max_tokens=self._most, thinking="off")
        return self._engine.generate(turns, sampling, background=True)

    def handle(self, event: Event) -> bool:
        """Take in an event of the request; True when it is the last one."""
        match event:
            case Piece(kind="answer"):
                self._written += valid(event.text)
            case Done():
                self.text = self._written
                if not self._written.strip():
                    self.error = _refused()
                return True
            case Failed():
                self.error = event.error
                return True
            case _:
                pass
        return False


def _pieces(said: Sequence[str], most: int) -> Iterator[str]:
    """The texts, as many together as `most` bytes hold; a longer one in several pieces."""
    piece = ""
    for text in said:
        for part in _cut(text, most):
            if piece and len(f"{piece}\n\n{part}".encode("utf-8", "replace")) > most:
                yield piece
                piece = part
            else:
                piece = f"{piece}\n\n{part}" if piece else part
    if piece:
        yield piece


def _cut(text: str, most: int) -> Iterator[str]:
    """Parts of at most so many bytes."""
    if len(text.encode("utf-8", "replace")) <= most or len(text) < 2:
        yield text
    else:
        middle = len(text) // 2
        yield from _cut(text[:middle], most)
        yield from _cut(text[middle:], most)


def _refused() -> ContextError:
    return ContextError(
        tr("The model wrote no summary."), tr("Continue without the old messages, or raise the context length.")
    )
