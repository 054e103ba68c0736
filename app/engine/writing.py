"""The text of one answer while it is written: whole characters, thinking, stop texts, the limit, the end of the turn."""

from collections.abc import Callable
from copy import copy

from app.core.protocol import Chosen, FinishReason, Kind
from app.engine.llama.vocabulary import Vocabulary
from app.engine.text_stream import TextStream
from app.engine.thinking import Part, Phase, ThinkingSplitter

Show = Callable[[str, int, Kind, tuple[Chosen, ...]], None]
"""Takes text that is ready, how many tokens it took, its kind, and what is known of these tokens."""


class WrittenText:
    """A Writing (decoding/base). `show` is told what is ready, for the answer that the window sees.

    `text` is the answer without what was thought before it, and stop texts stop only the answer.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        stop: tuple[str, ...],
        limit: int,
        splitter: ThinkingSplitter,
        show: Show | None = None,
    ) -> None:
        self.tokens: list[int] = []
        self.thinking_tokens = 0
        self.logprob = 0.0
        self._ends, self._piece, self._token_text = vocabulary.ends, vocabulary.piece, vocabulary.token_text
        self._splitter = splitter
        self._bytes = TextStream()
        self._limit = limit
        self._show = show
        self._stream = TextStream(stop)
        self._shown: list[str] = []
        self._told = 0  # tokens
        self._chosen: list[Chosen] = []

    @property
    def text(self) -> str:
        return "".join(self._shown)

    @property
    def phase(self) -> Phase:
        return self._splitter.phase

    @property
    def holds_back(self) -> bool:
        return self._splitter.holds_back

    def thinks_with(self, token: int) -> bool:
        piece = self._piece(token)
        text = piece.decode("utf-8", "replace") if piece else self._token_text(token)
        return self._splitter.opened_with(text)

    def add(self, token: int, logprob: float = 0.0, chosen: Chosen | None = None) -> FinishReason | None:
        self.logprob += logprob
        if self._ends(token):
            return self._finished("end")
        self.tokens.append(token)
        if chosen is not None:
            self._chosen.append(chosen)
        piece = self._piece(token)
        thinks = self._splitter.inside
        self._take(self._splitter.feed(self._bytes.feed(piece), "" if piece else self._token_text(token)))
        self.thinking_tokens += thinks or self._splitter.inside
        if self._stream.stopped or len(self.tokens) >= self._limit:
            return self._finished("length")
        return None

    def finish(self) -> None:
        self._finished("stopped")

    def _finished(self, reason: FinishReason) -> FinishReason:
        self._take([*self._splitter.feed(self._bytes.finish()), *self._splitter.finish()])
        rest = self._stream.finish()
        if rest or len(self.tokens) > self._told:
            self._let_out(rest, "answer" if rest or not self._splitter.inside else "thinking")
        return "stop_text" if self._stream.stopped else reason

    def _take(self, parts: list[Part]) -> None:
        for kind, text in parts:
            ready = self._stream.feed(text.encode()) if kind == "answer" else text
            if ready:
                self._let_out(ready, kind)

    def _let_out(self, text: str, kind: Kind) -> None:
        if kind == "answer":
            self._shown.append(text)
        if self._show is not None:
            self._show(text, len(self.tokens) - self._told, kind, tuple(self._chosen))
        self._told = len(self.tokens)
        self._chosen.clear()

    def copy(self) -> "WrittenText":
        other = copy(self)
        other._show = None
        other.tokens = list(self.tokens)
        other._stream, other._bytes = self._stream.copy(), self._bytes.copy()
        other._splitter = self._splitter.copy()
        other._shown = list(self._shown)
        other._chosen = list(self._chosen)
        return other
