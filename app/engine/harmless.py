"""Rendered text to tokens so that nothing a user or a document wrote becomes a control token.

A text without the spelling of one is rendered and tokenized as every other program does. Otherwise placeholders stand
in for what is dangerous while the template is rendered; the template's own text is tokenized with control tokens, what
stood behind a placeholder without.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from app.engine.jinja_environment import TemplateFailure

Hide = Callable[[str], str]
Render = Callable[[Hide], str]  # renders with each text of a user or a document passed through the function
CRACK = "\ue002"  # is in no control token
MARKER = re.compile(r"\W*\w.*\W|\W.*\w\W*", re.DOTALL)  # a marker has letters and signs around them: no run of blanks
CONTROLLING = re.compile(r"<\|.+>|<.+\|>|<｜.+｜>|</?s>|<(?:bos|eos|pad|unk|mask|sop|\w+_of_\w+)>|\[/?[A-Z_0-9]{3,}\]")


class Tokenizer(Protocol):
    """What is needed of a vocabulary."""

    begin: int
    adds_begin: bool

    @property
    def begin_text(self) -> str: ...
    @property
    def end_text(self) -> str: ...
    @property
    def control_texts(self) -> tuple[str, ...]: ...
    @property
    def added_texts(self) -> tuple[str, ...]: ...
    def tokenize(self, text: str, special: bool, begins: bool = True) -> list[int]: ...
    def is_control(self, token: int) -> bool: ...
    def is_added(self, token: int) -> bool: ...
    def token_text(self, token: int) -> str: ...


class HarmlessTokens:
    """Tokenizes prompts of one template.

    Some vocabularies list markers that steer as ordinary added tokens, which every text yields, with control tokens or
    without. So those are guarded like control tokens that the template writes (it is known by `written`), or that look
    like nothing else.
    """

    def __init__(self, tokenizer: Tokenizer, written: Iterable[str]) -> None:
        self._tokenizer = tokenizer
        template = "\n".join(written)
        self.markers = frozenset(
            text
            for text in tokenizer.added_texts
            if CONTROLLING.fullmatch(text) or (text in template and MARKER.fullmatch(text))
        )
        self.spellings = tuple(
            sorted({*tokenizer.control_texts, *self.markers} - {""}, key=lambda text: (-len(text), text))
        )
        self._dangers = re.compile("|".join(map(re.escape, self.spellings)) if self.spellings else r"(?!)")
        firsts = "".join(sorted({text[0] for text in self.spellings}))
        self._firsts = re.compile(f"[{re.escape(firsts)}]" if firsts else r"(?!)")

    def steers(self, token: int) -> bool:
        """Is it a token that no text may yield?"""
        return self._tokenizer.is_control(token) or self._spelled(token) in self.markers

    def read(self, render: Render, texts: Sequence[str]) -> tuple[str, list[int]]:
        """The prompt as text and as tokens; `texts` are all that pass through the function that `render` gets.

        Raises:
            TemplateFailure: the template refuses the texts even where it sees nothing of them.
        """
        marks = Placeholders(texts)
        hidden = render(marks.hide)
        own = self._found(hidden)
        if not any(map(self._dangers.search, texts)):
            plain = _rendered(render, lambda text: text)
            if plain is not None and self._found(plain) in self._owned(own, render, self._cracked):
                return plain, self._begun(self._tokenizer.tokenize(plain, True))
        # Only the spellings of control tokens are hidden, so that a template that looks into a text still may.
        careful = _rendered(render, lambda text: self._dangers.sub(lambda match: marks.hide(match[0]), text))
        if careful is None or self._found(marks.dropped(careful)) not in self._owned(own, render, self._hollow):
            careful = hidden  # one arose where a text meets its surroundings
        parts = list(marks.parts(careful))
        return "".join(part for part, _ in parts), self._begun(self._joined(parts))

    def _owned(self, own: list[str], render: Render, changed: Hide) -> Iterator[list[str]]:
        """The control tokens of the template's own: as it writes them around what it cannot see, or can but in parts.

        The second is for templates that look into texts, for "/no_think" and the like.
        """
        yield own
        cracked = _rendered(render, changed)
        if cracked is not None:
            yield self._found(cracked)

    def _cracked(self, text: str) -> str:
        """The text with a crack in all that could be, or could become, the spelling of a control token."""
        return CRACK + self._firsts.sub(lambda match: match[0] + CRACK, text) + CRACK if text else ""

    def _hollow(self, text: str) -> str:
        return self._cracked(self._dangers.sub(CRACK, text))

    def _found(self, text: str) -> list[str]:
        return self._dangers.findall(text)

    def _joined(self, parts: Iterable[tuple[str, bool]]) -> list[int]:
        tokens: list[int] = []
        for part, hidden in parts:
            if not part:
                continue
            begins = not tokens or self._tokenizer.is_added(tokens[-1])  # a blank goes before text that begins
            if hidden:
                tokens += self._harmless(part, begins)
            else:
                tokens += self._tokenizer.tokenize(part, True, begins)
        return tokens

    def _harmless(self, text: str, begins: bool) -> list[int]:
        """Tokens of a text that may hold control tokens' spellings, none of them a control token."""
        tokens = self._tokenizer.tokenize(text, False, begins)
        if not any(map(self.steers, tokens)) or len(text) < 2:
            return tokens
        spelling = self._dangers.search(text)
        if spelling and spelling[0] != text:
            pieces = [text[: spelling.start()], spelling[0], text[spelling.end() :]]
        else:  # half of it cannot become the whole
            pieces = [text[: len(text) // 2], text[len(text) // 2 :]]
        tokens = []
        for piece in pieces:
            if piece:
                tokens += self._harmless(piece, begins and not tokens)
        return tokens

    def _begun(self, tokens: list[int]) -> list[int]:
        begin = self._tokenizer.begin
        if begin >= 0 and (not tokens or (self._tokenizer.adds_begin and tokens[0] != begin)):
            return [begin, *tokens]
        return tokens

    def _spelled(self, token: int) -> str:
        return self._tokenizer.token_text(token) if self.markers and self._tokenizer.is_added(token) else ""


class Placeholders:
    """Strings that no text here contains, each standing for one hidden text."""

    def __init__(self, texts: Sequence[str]) -> None:
        number = 0
        while any(f"\ue000{number}\ue001" in text for text in texts):
            number += 1
        self._mark = f"\ue000{number}\ue001"
        written = json_ascii(self._mark)  # as a template writes it that asks for JSON in ASCII
        self._places = re.compile(f"(?:{self._mark}|{written})([0-9]+)(?:{self._mark}|{written})")
        self._hidden: list[str] = []

    def hide(self, text: str) -> str:
        """A placeholder for the text; none for an empty one, because templates ask whether there is any."""
        if not text:
            return ""
        self._hidden.append(text)
        return f"{self._mark}{len(self._hidden) - 1}{self._mark}"

    def behind(self, text: str) -> str:
        """The text itself, and a placeholder behind it that shows where it went."""
        return text + self.hide(text)

    def parts(self, rendered: str) -> Iterator[tuple[str, bool]]:
        """The rendered text in order: (text, was it hidden)."""
        for index, part in enumerate(self._places.split(rendered)):
            yield (self._hidden[int(part)], True) if index % 2 else (part, False)

    def dropped(self, rendered: str) -> str:
        """The rendered text with one character that is in no control token in place of each placeholder."""
        return CRACK.join(part for part, hidden in self.parts(rendered) if not hidden)

    def shown(self, rendered: str) -> int:
        """How many of the hidden texts have a place in it."""
        return len(set(self._places.findall(rendered)))

    def tail(self, rendered: str) -> str:
        """What follows the last placeholder."""
        *_, (tail, _) = self.parts(rendered)
        return tail


def json_ascii(text: str) -> str:
    """The text inside of a JSON string in ASCII, as a regular expression."""
    return "".join(f"\\\\u{ord(character):04x}" if ord(character) > 126 else re.escape(character) for character in text)


def _rendered(render: Render, hide: Hide) -> str | None:
    """None where the template takes offence at a text."""
    try:
        return render(hide)
    except TemplateFailure:
        return None
