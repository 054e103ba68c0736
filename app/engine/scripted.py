"""An engine without a model: answers what it was told to, one event at a time, for tests and demonstrations."""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from app.core.errors import AppError, EngineGone, LoadError
from app.core.language import tr
from app.core.params import Loading, Sampling
from app.core.prompt import joined
from app.core.protocol import (
    Alternative,
    Candidate,
    Chosen,
    Count,
    Counted,
    Done,
    Event,
    Examine,
    Examined,
    Failed,
    FinishReason,
    Forget,
    Generate,
    Gone,
    Kind,
    Load,
    Loaded,
    LoadProgress,
    ModelInfo,
    Park,
    Parked,
    Piece,
    Progress,
    Request,
    Started,
    Timing,
    Turn,
    Unload,
    Unloaded,
)
from app.engine.base import Deliver

Answer = Callable[[Generate], str | AppError]


def word_count(text: str) -> int:
    """The scripted model's tokens are words."""
    return len(text.split())


class Scripted:
    """Delivers nothing by itself: `step` delivers the next event, `run` all of them, both on the caller's thread.

    `answer` gives the text for each request, or the error that it fails with; by default it repeats the last user
    turn. Pieces are words with the space before them; what stands between <think> and </think> is thought.
    `candidates` come with the answers of strategies that have several. `requests` keeps all that was asked, in order.
    """

    def __init__(
        self,
        deliver: Deliver,
        answer: Answer | None = None,
        *,
        context_length: int = 2048,
        name: str = "Scripted",
        finish_reason: FinishReason = "end",
        trained_context: int = 0,
    ) -> None:
        self._deliver = deliver
        self.answer: Answer = answer or _echo
        self.context_length = context_length
        self.name = name
        self.finish_reason: FinishReason = finish_reason
        self.trained_context = trained_context or context_length
        self.candidates: tuple[Candidate, ...] = ()
        self.load_error: AppError | None = None  # the next loads fail with it
        self.model: ModelInfo | None = None
        self.requests: list[Request] = []
        self.closed = False
        self.keeps = (1, 0.0)  # models, seconds
        self.others: tuple[ModelInfo, ...] = ()  # that would be loaded beside the one in use
        self.saved = 0  # bytes, as a test likes
        self.saved_limit = 0
        self._ids = itertools.count(1)
        self._running: deque[tuple[Request, Iterator[Event]]] = deque()
        self._stopped: set[int] = set()

    def load(self, path: Path, loading: Loading = Loading(), template: str = "", *, anew: bool = False) -> int:
        request = Load(next(self._ids), path, loading, template, anew)
        return self._ask(request, self._load(request))

    def keep(self, models: int, seconds: float) -> None:
        self.keeps = models, seconds

    @property
    def kept(self) -> tuple[ModelInfo, ...]:
        return self.others

    def unload(self) -> int:
        request = Unload(next(self._ids))
        return self._ask(request, self._unload(request))

    def generate(
        self,
        turns: Sequence[Turn],
        sampling: Sampling = Sampling(),
        prefill: str = "",
        *,
        logprobs: int = 0,
        background: bool = False,
        conversation: int = 0,
        thought: str = "",
    ) -> int:
        request = Generate(
            next(self._ids), tuple(turns), sampling, prefill, logprobs, background, conversation, thought
        )
        return self._ask(request, self._generate(request))

    def count(self, turns: Sequence[Turn], draft: str = "") -> int:
        request = Count(next(self._ids), tuple(turns), draft)
        return self._ask(request, self._count(request))

    def examine(self, turns: Sequence[Turn], thinking: str = "auto", prefill: str = "", thought: str = "") -> int:
        request = Examine(next(self._ids), tuple(turns), thinking, prefill, thought)
        return self._ask(request, self._examine(request))

    def park(self, conversation: int) -> int:
        request = Park(next(self._ids), conversation)
        return self._ask(request, iter([Parked(request.id, 0)]))

    def forget(self, conversation: int | None = None) -> None:
        self.requests.append(Forget(next(self._ids), conversation))
        self.saved = 0

    def save_up_to(self, limit_bytes: int) -> None:
        self.saved_limit = limit_bytes

    def saved_bytes(self) -> int:
        return self.saved

    def stop(self, request_id: int) -> None:
        self._stopped.add(request_id)

    def close(self) -> None:
        self.closed = True
        self._running.clear()

    def step(self, events: int = 1) -> int:
        """Deliver up to so many events; returns how many there were."""
        for delivered in range(events):
            event = self._next()
            if event is None:
                return delivered
            self._deliver(event)
        return events

    def run(self) -> int:
        """Deliver all that is waiting, also what is asked for meanwhile; returns how many events there were."""
        delivered = 0
        while self.step():
            delivered += 1
        return delivered

    def die(self) -> None:
        """As if the model process ended: every open request fails, then Gone."""
        error = EngineGone(
            tr("The model process ended unexpectedly."),
            tr("What was written is kept. Try again; the model is loaded anew by itself."),
        )
        waiting = [request.id for request, _ in self._running]
        self._running.clear()
        for request_id in waiting:
            self._deliver(Failed(request_id, error, False))
        self._deliver(Gone(error))

    @property
    def idle(self) -> bool:
        return not self._running

    def _ask(self, request: Request, events: Iterator[Event]) -> int:
        self.requests.append(request)
        self._running.append((request, events))
        return request.id

    def _next(self) -> Event | None:
        while self._running:
            event = next(self._running[0][1], None)
            if event is not None:
                return event
            self._running.popleft()
        return None

    def _load(self, request: Load) -> Iterator[Event]:
        self.model = None
        for fraction in (0.0, 0.5, 1.0):
            if request.id in self._stopped:
                yield Done(request.id, "stopped", Timing())
                return
            yield LoadProgress(request.id, fraction)
        if self.load_error is not None:
            yield Failed(request.id, self.load_error, False)
            return
        self.model = ModelInfo(
            path=request.path,
            name=self.name,
            architecture="scripted",
            parameters=0,
            quantization="",
            file_bytes=0,
            context_length=request.loading.context_length or self.context_length,
            trained_context=self.trained_context,
            layers=0,
            vocabulary=0,
            device="CPU",
            template_source="file",
            digest="scripted",
        )
        yield Loaded(request.id, self.model)

    def _unload(self, request: Unload) -> Iterator[Event]:
        self.model = None
        yield Unloaded(request.id)

    def _count(self, request: Count) -> Iterator[Event]:
        if self.model is None:
            yield Failed(request.id, _nothing_loaded(), False)
        else:
            each = tuple(word_count(turn.text) for turn in request.turns)
            yield Counted(request.id, sum(each), word_count(request.draft), each)

    def _examine(self, request: Examine) -> Iterator[Event]:
        """Its tokens are words; the first one of each turn names the role, and steers."""
        if self.model is None:
            yield Failed(request.id, _nothing_loaded(), False)
            return
        pieces: list[str] = []
        special: list[int] = []
        for turn in (*joined(request.turns), Turn("assistant", request.prefill)):
            if words := turn.text.split():
                special.append(len(pieces))
                pieces += [f"<{turn.role}>{words[0]}", *(f" {word}" for word in words[1:])]
        yield Examined(
            request.id,
            "".join(pieces),
            tuple(accumulate(map(len, pieces))),
            tuple(range(len(pieces))),
            tuple(special),
            tuple(word_count(text) for text in (*(turn.text for turn in request.turns), request.prefill)),
            "file",
        )

    def _generate(self, request: Generate) -> Iterator[Event]:
        if self.model is None:
            yield Failed(request.id, _nothing_loaded(), False)
            return
        prompt = sum(word_count(turn.text) for turn in request.turns) + word_count(request.prefill)
        if request.id in self._stopped:
            yield Done(request.id, "stopped", Timing())
            return
        yield Started(request.id, prompt, 0)
        yield Progress(request.id, prompt, prompt)
        answer = self.answer(request)
        if isinstance(answer, AppError):
            yield Failed(request.id, answer, True)
            return
        reason: FinishReason = self.finish_reason
        written = 0
        thought = 0
        for piece, kind in _pieces_of_kinds(answer):
            if request.id in self._stopped:
                reason = "stopped"
                break
            if written == request.sampling.max_tokens:
                reason = "length"
                break
            written += 1
            thought += kind == "thinking"
            yield Piece(request.id, piece, kind=kind, chosen=_chosen(written, piece, request.logprobs))
        timing = Timing(prompt, 0, written, 0.05, 0.05, written * 0.01, thinking_tokens=thought)
        several = request.sampling.strategy in ("beam", "best_of")
        yield Done(request.id, reason, timing, self.candidates if several else ())


def _chosen(number: int, piece: str, count: int) -> tuple[Chosen, ...]:
    """The piece as a token with its place as its number, and others that are half as likely each time."""
    if not count:
        return ()
    others = [
        Alternative(number + 1000 * rank, piece if not rank else f"{piece}{rank}", -0.7 * (rank + 1))
        for rank in range(count)
    ]
    return (Chosen(number, piece, -0.7, tuple(others), tuple(others)),)


def _echo(request: Generate) -> str:
    return next((turn.text for turn in reversed(request.turns) if turn.role == "user"), "")


def _pieces_of_kinds(text: str) -> Iterator[tuple[str, Kind]]:
    """The pieces, and whether they are said or thought."""
    thought, closing, said = text.partition("</think>")
    if closing:
        yield from ((piece, "thinking") for piece in _pieces(thought.replace("<think>", "", 1)))
    yield from ((piece, "answer") for piece in _pieces(said if closing else thought))


def _pieces(text: str) -> Iterable[str]:
    """The text word by word, each with the blanks before it."""
    start = 0
    for end in range(1, len(text)):
        if text[end].isspace() and not text[end - 1].isspace():
            yield text[start:end]
            start = end
    if text:
        yield text[start:]


def _nothing_loaded() -> LoadError:
    return LoadError(tr("No model is loaded."), tr("Choose a model first."))
