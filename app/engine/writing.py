"""The text of one answer while it is written: whole characters, stop texts, the limit, the end of the turn."""

from collections.abc import Callable
from copy import copy

from app.core.protocol import Chosen, FinishReason, Kind
from app.engine.llama.vocabulary import Vocabulary
from app.engine.text_stream import TextStream

Show = Callable[[str, int, Kind, tuple[Chosen, ...]], None]
"""Takes text that is ready, how many tokens it took, its kind, and what is known of these tokens."""


class WrittenText:
    """A Writing (decoding/base). `show` is told what is ready, for the answer that the window sees."""

    def __init__(self, vocabulary: Vocabulary, stop: tuple[str, ...], limit: int, show: Show | None = None) -> None:
        self.tokens: list[int] = []
        self.logprob = 0.0
        self._ends, self._piece = vocabulary.ends, vocabulary.piece
        self._limit = limit
        self._show = show
        self._stream = TextStream(stop)
        self._shown: list[str] = []
        self._told = 0  # tokens
        self._chosen: list[Chosen] = []

    @property
    def text(self) -> str:
        return "".join(self._shown)

    def add(self, token: int, logprob: float = 0.0, chosen: Chosen | None = None) -> FinishReason | None:
        self.logprob += logprob
        if self._ends(token):
            return self._finished("end")
        self.tokens.append(token)
        if chosen is not None:
            self._chosen.append(chosen)
        text = self._stream.feed(self._piece(token))
        if text:
            self._let_out(text)
        if self._stream.stopped or len(self.tokens) >= self._limit:
            return self._finished("length")
        return None

    def finish(self) -> None:
        self._finished("stopped")

    def _finished(self, reason: FinishReason) -> FinishReason:
        rest = self._stream.finish()
        if rest or len(self.tokens) > self._told:
            self._let_out(rest)
        return "stop_text" if self._stream.stopped else reason

    def _let_out(self, text: str) -> None:
        self._shown.append(text)
        if self._show is not None:
            self._show(text, len(self.tokens) - self._told, "answer", tuple(self._chosen))
        self._told = len(self.tokens)
        self._chosen.clear()

    def copy(self) -> "WrittenText":
        other = copy(self)
        other._show = None
        other.tokens = list(self.tokens)
        other._stream = self._stream.copy()
        other._shown = list(self._shown)
        other._chosen = list(self._chosen)
        return other
