"""Counts the tokens of conversations: each text is tokenized once, a draft without the conversation before it."""

from collections.abc import Callable, Sequence

from app.core.errors import TemplateError
from app.core.prompt import joined
from app.core.protocol import Count, Counted, Turn
from app.engine.llama.vocabulary import encoded

BYTES_PER_TOKEN = 4  # of ordinary text, for guesses
KEPT = 20_000  # texts whose count is remembered
PROBE = (Turn("user", "x"), Turn("assistant", "x"), Turn("user", "x"))


class Counter:
    """Counts with one model's vocabulary and template.

    Args:
        tokens_of: the tokens of a text alone.
        tokens_in: how many tokens turns have as the template renders them; may raise TemplateError.
        most: beyond so many tokens older texts are guessed: they do not fit anyway.
    """

    def __init__(
        self,
        tokens_of: Callable[[str], Sequence[int]],
        tokens_in: Callable[[Sequence[Turn]], int],
        most: int,
    ) -> None:
        self._tokens_of, self._tokens_in, self._most = tokens_of, tokens_in, most
        self._texts: dict[tuple[int, int], int] = {}  # (length, hash) of a text: its tokens
        self._whole: tuple[tuple[Turn, ...], int] = ((), 0)
        self._frame: int | None = None

    def count(self, request: Count) -> Counted:
        """Raises TemplateError where the template refuses the turns."""
        if request.turns != self._whole[0]:
            self._whole = request.turns, self._tokens_in(joined(request.turns)) if request.turns else 0
        draft = self.text(request.draft) + self._frame_tokens() if request.draft else 0
        return Counted(request.id, self._whole[1], draft, self._each(request.turns))

    def text(self, text: str) -> int:
        """Tokens of a text; a guess where it is so long that it does not fit anyway."""
        key = len(text), hash(text)
        if key not in self._texts:
            if len(self._texts) >= KEPT:
                self._texts.clear()
            size = len(encoded(text))
            long = size > self._most * BYTES_PER_TOKEN * 8  # some vocabularies take a minute for a megabyte
            self._texts[key] = size // BYTES_PER_TOKEN if long else len(self._tokens_of(text))
        return self._texts[key]

    def _each(self, turns: Sequence[Turn]) -> tuple[int, ...]:
        """Tokens of each turn, the newest counted first."""
        counts: list[int] = []
        total = 0
        for turn in reversed(turns):
            far = total > 2 * self._most
            counts.append(len(encoded(turn.text)) // BYTES_PER_TOKEN if far else self.text(turn.text))
            total += counts[-1]
        return tuple(reversed(counts))

    def _frame_tokens(self) -> int:
        """What the template adds around one more user turn."""
        if self._frame is None:
            try:
                more = self._tokens_in(PROBE) - self._tokens_in(PROBE[:2])
                self._frame = max(0, more - len(self._tokens_of("x")))
            except TemplateError:
                self._frame = 0
        return self._frame
