"""An engine without a model for these tests: it answers when `run` is called, one event after the other."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path

from app.core.errors import AppError, ContextError, EngineGone, ModelFileError
from app.core.params import Loading, Sampling, Value
from app.core.protocol import (
    Counted,
    Done,
    Event,
    Failed,
    Gone,
    Loaded,
    LoadProgress,
    ModelInfo,
    Piece,
    Progress,
    Started,
    Timing,
    Turn,
    Unloaded,
)


def tokens(turns: Iterable[Turn]) -> int:
    """Four characters a token, four tokens for the template around a turn."""
    return sum(4 + len(turn.text) // 4 for turn in turns)


class ScriptEngine:
    """Events lie in a queue until `run` or `step` delivers them."""

    def __init__(self, deliver: Callable[[Event], None], answer: str = "Hello to you.", context: int = 2048) -> None:
        self.deliver = deliver
        self.answer = answer
        self.context = context
        self.recommended: dict[str, Value] = {}
        self.waiting: deque[Event] = deque()
        self.asked: list[tuple[tuple[Turn, ...], Sampling, str]] = []
        self.loads: list[tuple[Path, Loading]] = []
        self.stopped: list[int] = []
        self._ids = count(1)

    def load(self, path: Path, loading: Loading = Loading()) -> int:
        number = next(self._ids)
        self.loads.append((path, loading))
        if path.suffix != ".gguf":
            self.waiting.append(Failed(number, ModelFileError("This is not a model.", "Choose another file.")))
            return number
        self.waiting.append(LoadProgress(number, 0.5))
        self.waiting.append(Loaded(number, self.info(path)))
        return number

    def info(self, path: Path) -> ModelInfo:
        return ModelInfo(
            path, path.stem, "llama", 1000, "Q8_0", 2000, self.context, self.context, 1, 300, "CPU",
            recommended=self.recommended, digest="d-" + path.stem,
        )  # fmt: skip

    def unload(self) -> int:
        number = next(self._ids)
        self.waiting.append(Unloaded(number))
        return number

    def generate(self, turns: Sequence[Turn], sampling: Sampling = Sampling(), prefill: str = "") -> int:
        number = next(self._ids)
        self.asked.append((tuple(turns), sampling, prefill))
        prompt = tokens(turns)
        if prompt >= self.context:
            self.waiting.append(Failed(number, ContextError("Too long."), loaded=True))
            return number
        self.waiting.append(Started(number, prompt, 0))
        self.waiting.append(Progress(number, prompt, prompt))
        words = self.answer.split(" ")
        for place, word in enumerate(words):
            self.waiting.append(Piece(number, word if place == 0 else " " + word))
        self.waiting.append(Done(number, "end", Timing(prompt, 0, len(words), 0.1, 0.1, 1.0)))
        return number

    def count(self, turns: Sequence[Turn], draft: str = "") -> int:
        number = next(self._ids)
        self.waiting.append(Counted(number, tokens(turns), len(draft) // 4))
        return number

    def stop(self, request_id: int) -> None:
        """What is left of a request is replaced by its end."""
        self.stopped.append(request_id)
        if any(getattr(event, "id", 0) == request_id for event in self.waiting):
            self.waiting = deque(event for event in self.waiting if getattr(event, "id", 0) != request_id)
            self.waiting.append(Done(request_id, "stopped", Timing()))

    def close(self) -> None:
        self.waiting.clear()

    # ── what the tests do ─────────────────────────────────────────────────────────────────────────────

    def step(self) -> Event:
        """Deliver one event."""
        event = self.waiting.popleft()
        self.deliver(event)
        return event

    def run(self) -> None:
        """Deliver everything, also what is asked for meanwhile."""
        while self.waiting:
            self.step()

    def run_until(self, kind: type[Event]) -> None:
        """Deliver up to and with the first event of a kind."""
        while not isinstance(self.step(), kind):
            continue

    def die(self) -> None:
        """The child process ends: every open request fails, then Gone."""
        error: AppError = EngineGone("The model process ended.", "Try again.")
        open_requests = sorted({event.id for event in self.waiting if not isinstance(event, Gone)})
        self.waiting.clear()
        for number in open_requests:
            self.deliver(Failed(number, error))
        self.deliver(Gone(error))
