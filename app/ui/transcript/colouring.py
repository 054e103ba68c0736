"""The colours of code: Pygments, asked in slices of time, and while code grows for its new lines only."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import chain
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

from app.core.regex import regex

if TYPE_CHECKING:
    from pygments.lexer import Lexer

Ink = Literal["", "keyword", "string", "number", "comment", "function", "type", "inserted", "deleted"]
INKS: tuple[Ink, ...] = ("", "keyword", "string", "number", "comment", "function", "type", "inserted", "deleted")

LONGEST = 1_000_000  # characters of a block; a longer one stays plain,
_LINE = regex(r"[^\n]{5000}")  # as does one with such a line: a single match could take seconds
_TOO_LONG = 0.1  # seconds for one token; then no more of this block is coloured
_APART = 20  # lines between two places that a rewind can go back to
_PAIRS = {"*/": "/*", "-->": "<!--", "*)": "(*", "]]": "[[", "-}": "{-", "#>": "<#"}
_TOKENS: tuple[tuple[str, Ink], ...] = (  # the first that a token type's name begins with
    ("Keyword.Type", "type"), ("Keyword.Constant", "number"), ("Keyword", "keyword"), ("Operator.Word", "keyword"),
    ("Name.Function", "function"), ("Name.Decorator", "function"), ("Name.Attribute", "function"), ("Name.Builtin.Pseudo", "keyword"),
    ("Name.Builtin", "function"), ("Name.Class", "type"), ("Name.Exception", "type"), ("Name.Namespace", ""), ("Name.Constant", "number"),
    ("Name.Tag", "keyword"), ("Name.Variable", "type"), ("Name.Entity", "number"),
    ("Literal.String.Escape", "number"), ("Literal.String.Interpol", "number"), ("Literal.String", "string"),
    ("Literal.Number", "number"), ("Literal.Date", "number"), ("Comment.Preproc", "keyword"), ("Comment", "comment"),
    ("Generic.Inserted", "inserted"), ("Generic.Deleted", "deleted"), ("Generic.Heading", "function"),
    ("Generic.Subheading", "function"), ("Generic.Prompt", "comment"), ("Generic.Output", "comment"),
)  # fmt: skip

Token = tuple[int, Any, str]  # position, type, text


class Colouring:
    """Which part of a text has which ink; known up to `done`. Positions count characters.

    A text that is whole is read as Pygments reads it, only that the reading can rest at any token. While a text
    grows, the lexer goes on at the last line whose state is known; what an end that came later makes of earlier
    lines is put right once the text is whole.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.text = ""
        self.lexer: Lexer | None = None
        self.given_up = False
        self._growing = False
        self._exact = True  # what is known comes from a reading of the whole text
        self._ends = array("L")
        self._inks = bytearray()
        self._inks_of: dict[Any, int] = {}
        self._reading: Iterator[Token] | None = None
        self._earlier: tuple[array[int], bytearray] | None = None  # shown until the reading of the whole is through
        self._places: list[tuple[int, tuple[str, ...], int]] = [(0, ("root",), 0)]  # position, states, inks before it

    @property
    def done(self) -> int:
        """Up to here the inks are known."""
        ends = self._earlier[0] if self._earlier else self._ends
        return ends[-1] if ends else 0

    @property
    def finished(self) -> bool:
        """Is there nothing left to do?"""
        if self.given_up:
            return True
        known = self.done >= len(self.text)
        return known if self._growing else known and self._exact and self._reading is None

    def show(self, text: str, growing: bool) -> None:
        """Colour this text, which begins with the one before; it may go on to grow."""
        if text == self.text and growing == self._growing:
            return
        if growing and len(text) > len(self.text):
            self._rewind(text)
        elif text != self.text or (self._growing and not growing):
            self._exact = False
        if self._reading is not None and text != self.text:
            self._stop_reading()
        fresh = text[max(0, text.rfind("\n", 0, len(self.text))) :]
        self.given_up |= len(text) > LONGEST or _LINE.search(fresh) is not None
        self.text, self._growing = text, growing

    def work(self, until: float) -> tuple[int, int]:
        """Read on until the clock (`perf_counter`) says so; returns which part of the text has other inks now."""
        if self.lexer is None or self.finished:
            return 0, 0
        if self._growing:
            return self._grow(until)
        return self._read(until)

    def inks(self, start: int, end: int) -> Iterator[tuple[int, int, Ink]]:
        """The coloured runs between two positions: where they begin and end, and in which ink."""
        ends, inks = self._earlier or (self._ends, self._inks)
        index = bisect_right(ends, start)
        begin = start
        while index < len(ends) and begin < end:
            stop = min(end, ends[index])
            if inks[index]:
                yield begin, stop, INKS[inks[index]]
            begin = stop
            index += 1

    # ── a text that is whole ──────────────────────────────────────────────────────────────────────────

    def _read(self, until: float) -> tuple[int, int]:
        if self._reading is None:
            assert self.lexer is not None
            if self._ends:
                self._earlier = (self._ends, self._inks)
            self._ends, self._inks = array("L"), bytearray()
            self._places = [(0, ("root",), 0)]
            self._reading = iter(self.lexer.get_tokens_unprocessed(self._closed()))
        before = self._ends[-1] if self._ends else 0
        through = self._take(self._reading, until)
        now = self._ends[-1] if self._ends else 0
        if not through and not self.given_up:
            return (0, 0) if self._earlier else (before, now)
        self._reading, self._exact = None, True
        self._add(len(self.text), 0)
        if self._earlier is None:
            return before, len(self.text)
        earlier, self._earlier = self._earlier, None
        return (0, 0) if earlier == (self._ends, self._inks) else (0, len(self.text))

    def _closed(self) -> str:
        """The text with the end of its last line, which the rules of many languages wait for."""
        return self.text + "\n"

    def _stop_reading(self) -> None:
        self._reading = None
        if self._earlier:
            self._ends, self._inks = self._earlier
            self._earlier = None

    def _take(self, tokens: Iterator[Token], until: float) -> bool:
        """Note the inks of tokens; True at their end, False where the time was over before."""
        last = perf_counter()
        for position, kind, value in tokens:
            self._add(position, 0)
            self._add(min(position + len(value), len(self.text)), self._ink(kind))
            now = perf_counter()
            if now - last > _TOO_LONG:
                self.given_up = True
                return False
            if now > until:
                return False
            last = now
        return True

    def _add(self, end: int, ink: int) -> None:
        ends, inks = self._ends, self._inks
        if end <= (ends[-1] if ends else 0):
            return
        if inks and inks[-1] == ink:
            ends[-1] = end
        else:
            ends.append(end)
            inks.append(ink)

    def _ink(self, kind: Any) -> int:
        if kind not in self._inks_of:
            name = str(kind).removeprefix("Token.")
            self._inks_of[kind] = next((INKS.index(ink) for start, ink in _TOKENS if name.startswith(start)), 0)
        return self._inks_of[kind]

    # ── a text that grows ─────────────────────────────────────────────────────────────────────────────

    def _rewind(self, text: str) -> None:
        """The end of a comment makes one of all lines since its beginning: go back to there."""
        since = max(0, len(self.text) - 2)
        for closing, opening in _PAIRS.items():
            if (found := text.find(closing, since)) >= 0:
                begin = text.rfind(opening, 0, found)
                while 0 <= begin < self._places[-1][0] and len(self._places) > 1:
                    self._places.pop()
        self._exact = False

    def _cut(self) -> None:
        """Forget the inks behind the last place whose state is known."""
        position, _, count = self._places[-1]
        del self._ends[count:], self._inks[count:]
        if self._ends and self._ends[-1] > position:  # the run before it went on behind it
            self._ends[-1] = position
        self._add(position, 0)

    def _grow(self, until: float) -> tuple[int, int]:
        start = self._places[-1][0]
        self._cut()
        through = self._take(chain.from_iterable(self._lines(until)), until)
        if through and not self.given_up:
            self._add(len(self.text), 0)
        return start, len(self.text)

    def _lines(self, until: float) -> Iterator[list[Token]]:
        """The tokens from the last known place on, line by line; each line that is complete becomes a place."""
        from pygments.lexer import ExtendedRegexLexer, RegexLexer

        lexer = self.lexer
        resumable = isinstance(lexer, RegexLexer) and not isinstance(lexer, ExtendedRegexLexer)
        text, open_line = self._closed(), self.text.rfind("\n") + 1
        position, states, _ = self._places[-1]
        stack = list(states)
        while position < len(self.text):
            if resumable:
                tokens: list[Token] = []
                position = step_line(lexer, text, position, stack, tokens)
            else:  # a lexer whose state cannot be seen reads each line by itself
                end = text.find("\n", position) + 1
                assert lexer is not None
                line = text[position:end]
                tokens = [(position + at, kind, value) for at, kind, value in lexer.get_tokens_unprocessed(line)]
                position = end
            yield tokens
            if position <= open_line:
                self._add(position, 0)
                self._keep_place(position, tuple(stack))

    def _keep_place(self, position: int, states: tuple[str, ...]) -> None:
        places = self._places
        if len(places) > 1 and self.text.count("\n", places[-2][0], position) < _APART:
            places.pop()
        places.append((position, states, len(self._ends)))


def step_line(lexer: Any, text: str, position: int, stack: list[str], tokens: list[Token]) -> int:
    """Read tokens from `position` to the next line's beginning, or to the end of a token that reaches beyond it.

    `stack` are the states of a `RegexLexer`, changed in place; its rules are (match, action, new state), as its class
    prepares them. Returns where the reading stopped.
    """
    rules = lexer._tokens
    while position < len(text):
        for match, action, change in rules[stack[-1]]:
            if not (found := match(text, position)):
                continue
            if action is not None:
                if isinstance(action, tuple):  # a token type is one
                    tokens.append((position, action, found[0]))
                else:
                    tokens.extend(action(lexer, found))
            position = found.end()
            _change(stack, change)
            break
        else:
            if text[position] == "\n":
                stack[:] = ["root"]
            position += 1
        if position and text[position - 1] == "\n":
            break
    return position


def _change(stack: list[str], change: Any) -> None:
    """What a rule does to the states: names are put on top, #pop and negative numbers take off, #push doubles."""
    for each in change if isinstance(change, tuple) else (change,):
        if isinstance(each, int):
            del stack[max(1, len(stack) - abs(each)) :]
        elif each == "#pop":
            del stack[max(1, len(stack) - 1) :]
        elif each == "#push":
            stack.append(stack[-1])
        elif each is not None:
            stack.append(each)
