"""Tells what a model thinks from what it answers, in text that arrives token by token."""

import re
from collections.abc import Sequence
from copy import copy
from typing import Literal

from app.core.protocol import Kind
from app.engine.thinking_formats import Thinking

Part = tuple[Kind, str]
Place = Literal["begin", "thinking", "answer", "header"]
Phase = Literal["thinking", "open", "answer"]
LONGEST_HEADER = 200  # characters; what is longer is no header


class ThinkingSplitter:
    """Takes an answer in as it comes, and says which of it is thinking. Markers do not come out.

    `prompt_opened`: the prompt has begun the thinking. `answering`: it has begun the answer. `resumed`: it ends amid
    a thought.
    """

    def __init__(
        self,
        thinking: Thinking | None,
        prompt_opened: bool = False,
        answering: bool = False,
        resumed: bool = False,
    ) -> None:
        self._thinking = thinking
        self._text = ""  # what came and is not decided yet
        self._controls: list[tuple[int, int]] = []  # where control tokens stand in it: from, to
        self._place: Place = "begin"
        self._marked = prompt_opened  # a marker has been there, so that white space belongs to it
        self._fresh = prompt_opened and not resumed  # nothing of this part has come out
        self._said: set[Kind] = set()  # what has come out
        if prompt_opened:
            self._place = "thinking"
        elif answering:
            self._place = "answer"
        elif thinking and thinking.headers:
            self._place = "header"

    @property
    def inside(self) -> bool:
        """Is what comes now thinking?"""
        return self._place == "thinking"

    @property
    def phase(self) -> Phase:
        """What comes now: "thinking", or a header that says what follows; the "answer"; "open": either may begin."""
        if self._place == "begin":
            return "open" if self._thinking else "answer"
        return "answer" if self._place == "answer" else "thinking"

    @property
    def holds_back(self) -> bool:
        """Is there text that may turn out to be a marker?"""
        return bool(self._text.strip())

    def opened_with(self, text: str) -> bool:
        """Would this text, coming now, be the beginning of a thinking?"""
        if self._thinking is None or self._place != "begin" or self._marked:
            return False
        start, text = self._thinking.start.strip(), (self._text + text).lstrip()
        return bool(text) and (start.startswith(text) or text.startswith(start))

    def feed(self, text: str, token_text: str = "") -> list[Part]:
        """What is certain now.

        Args:
            text: of a token, or of several.
            token_text: the spelling of a control token, which has no text of its own; it comes behind `text`.
        """
        if self._thinking is None:
            return [("answer", text)] if text else []
        self._text += text
        if token_text:
            self._controls.append((len(self._text), len(self._text) + len(token_text)))
            self._text += token_text
        return self._split(self._thinking, False)

    def finish(self) -> list[Part]:
        """What was held back: nothing more comes."""
        return self._split(self._thinking, True) if self._thinking else []

    def copy(self) -> "ThinkingSplitter":
        """Another splitter at the same place."""
        other = copy(self)
        other._controls, other._said = list(self._controls), set(self._said)
        return other

    def _split(self, thinking: Thinking, last: bool) -> list[Part]:
        steps = {"begin": self._begin, "thinking": self._think, "answer": self._answer, "header": self._header}
        out: list[Part] = []
        while self._text and steps[self._place](thinking, out, last):
            pass
        return out

    # ── steps: each says whether there is more to do ──────────────────────────────────────────────────

    def _begin(self, thinking: Thinking, out: list[Part], last: bool) -> bool:
        """Where a thinking or the answer may begin."""
        bare = self._text.lstrip()
        blank = len(self._text) - len(bare)
        start, end = thinking.start.strip(), thinking.end.strip()
        markers = (start, end, *thinking.shed)
        for marker in markers:
            if bare.startswith(marker):
                self._cut(blank + len(marker))
                self._enter("thinking" if marker == start else "begin")
                self._marked = True
                return True
        if not last and any(marker.startswith(bare) for marker in markers):
            return False
        if control := next((span for span in self._controls if span[0] == blank), None):
            self._cut(control[1])  # says nothing to us
            return True
        if self._marked:
            self._cut(blank)
        self._place, self._fresh = "answer", self._marked
        return True

    def _think(self, thinking: Thinking, out: list[Part], last: bool) -> bool:
        start, end = thinking.start.strip(), thinking.end.strip()
        if self._fresh:
            self._cut(len(self._text) - len(self._text.lstrip()))
            if self._text.startswith(start):  # the prompt has said it, and the model says it again
                self._cut(len(start))
                return True
            if not last and start.startswith(self._text):
                return False
        place = self._text.find(end)
        if place >= 0:
            blank = len(self._text[:place]) - len(self._text[:place].rstrip())
            self._show(out, "thinking", place - blank)
            self._cut(blank + len(end))
            self._enter("header" if thinking.headers else "begin")
            self._marked = True
            return True
        if last:
            self._show(out, "thinking", len(self._text))
        else:
            ready = self._text[: len(self._text) - _begun(self._text, (end,))]
            self._show(out, "thinking", len(ready.rstrip()))
        return False

    def _answer(self, thinking: Thinking, out: list[Part], last: bool) -> bool:
        """Words about markers may stand here too: only control tokens count, and what stands at the very end."""
        start, end = thinking.start.strip(), thinking.end.strip()
        markers = (start, *thinking.shed, *thinking.headers, *((end,) if thinking.headers else ()))
        for match in re.finditer("|".join(map(re.escape, markers)), self._text):
            marker, place = match[0], match.start()
            if marker == end or any(span[0] == place for span in self._controls):
                self._show(out, "answer", place)
                self._cut(len(marker))
                self._enter("header" if thinking.headers else "thinking" if marker == start else "begin")
                return True
            if marker in thinking.shed and _nothing_but(thinking.shed, self._text[match.end() :], last):
                self._show(out, "answer", len(self._text[:place].rstrip()))
                if last:
                    self._cut(len(self._text))
                return False
        self._show(out, "answer", len(self._text) - (0 if last else _begun(self._text, markers)))
        return False

    def _header(self, thinking: Thinking, out: list[Part], last: bool) -> bool:
        """Between a marker that opens a header and the one that ends it."""
        place = self._text.find(thinking.shows)
        if place >= 0:
            header = self._text[:place]
            self._cut(place + len(thinking.shows))
            self._enter("thinking" if any(word in header for word in thinking.words) else "answer")
            return True
        if last and self._controls:
            self._cut(len(self._text))
        elif last or len(self._text) > LONGEST_HEADER:  # it was none
            self._place = "answer"
            return True
        return False

    # ── the text that is held ─────────────────────────────────────────────────────────────────────────

    def _enter(self, place: Place) -> None:
        self._place, self._fresh = place, True

    def _show(self, out: list[Part], kind: Kind, length: int) -> None:
        """Let so much of the text out, without its control tokens."""
        text, at = "", 0
        for begin, end in self._controls:
            if begin < length:
                text += self._text[at:begin]
                at = end
        text += self._text[at:length]
        self._cut(max(length, at))
        if text:
            if self._fresh and kind in self._said:
                text = "\n\n" + text
            self._fresh = False
            self._said.add(kind)
            if out and out[-1][0] == kind:
                text = out.pop()[1] + text
            out.append((kind, text))

    def _cut(self, length: int) -> None:
        self._text = self._text[length:]
        self._controls = [(begin - length, end - length) for begin, end in self._controls if begin >= length]


def _nothing_but(markers: Sequence[str], text: str, last: bool) -> bool:
    """Are there only blanks and these markers in the text, or the beginning of one where more may come?"""
    text = text.strip()
    while text:
        marker = next((marker for marker in markers if text.startswith(marker)), "")
        if not marker:
            return not last and any(marker.startswith(text) for marker in markers)
        text = text.removeprefix(marker).strip()
    return True


def _begun(text: str, markers: Sequence[str]) -> int:
    """Length of the longest end of `text` with which one of the markers begins, but is not complete."""
    longest = max(map(len, markers))
    for length in range(min(longest - 1, len(text)), 0, -1):
        if any(len(marker) > length and marker.startswith(text[-length:]) for marker in markers):
            return length
    return 0
