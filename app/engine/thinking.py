"""What a model thinks before it answers: the known formats, and a splitter for text that arrives token by token."""

import re
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Literal

from app.core.protocol import Kind

Part = tuple[Kind, str]
Place = Literal["begin", "thinking", "answer", "header"]
Phase = Literal["thinking", "open", "answer"]
LONGEST_HEADER = 200  # characters; what is longer is no header


@dataclass(frozen=True, slots=True)
class Thinking:
    """How one family of models marks what it thinks. The markers are never shown.

    Attributes:
        start, end: stand around the thinking.
        opening: what begins a thinking where the prompt has not begun one.
        closing: what ends it and begins the answer.
        direct: what begins an answer without thinking behind a prompt that leaves it open.
        none: how a thinking without words is written, for models that are told so not to think.
        shed: markers around the answer.
        headers: each part begins with a header that one of these opens; `shows` ends it, and a header with one of
            `words` is one of thinking. Empty where `start` and `end` do it.
        implicit: the model thinks first without saying so.
        written: the template itself speaks of it; otherwise only the vocabulary has the markers.
    """

    name: str
    start: str
    end: str
    opening: str = ""
    closing: str = ""
    direct: str = ""
    none: str = ""
    shed: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    shows: str = ""
    words: tuple[str, ...] = ()
    implicit: bool = False
    written: bool = True

    def opened_by(self, tail: str) -> bool:
        """Does a prompt that ends like this leave the model inside its thinking?"""
        if self.start in tail:
            return tail.rfind(self.start) > tail.rfind(self.end)
        return self.implicit and self.end not in tail

    def closed_by(self, tail: str) -> bool:
        """Does a prompt that ends like this have the thinking behind it?"""
        if self.start in tail:
            return tail.rfind(self.start) < tail.rfind(self.end)
        return self.end in tail and not self.direct  # where the answer is marked, the same may end every message


def tags(start: str, end: str, gap: str = "\n", shed: tuple[str, ...] = ()) -> Thinking:
    """Thinking between two tags, with `gap` between them and what they hold."""
    closing = f"{gap}{end}{gap}{gap}"
    return Thinking(start, start, end, start + gap, closing, none=start + gap + closing, shed=shed)


AROUND_ANSWERS = ("<response>", "</response>", "<answer>", "</answer>")
HARMONY = Thinking(
    "Harmony",
    "<|channel|>analysis<|message|>",
    "<|end|>",
    opening="<|channel|>analysis<|message|>",
    closing="<|end|><|start|>assistant<|channel|>final<|message|>",
    direct="<|channel|>final<|message|>",
    headers=("<|start|>", "<|channel|>"),
    shows="<|message|>",
    words=("analysis",),
)
ATEM = Thinking(
    "ATEM",
    " to=self<|message|>",
    "<|eom|>",
    opening=" to=self<|message|>",
    closing="<|eom|><|start|>assistant to=user<|message|>",
    direct=" to=user<|message|>",
    headers=("<|start|>",),
    shows="<|message|>",
    words=("to=self",),
)
KIMI_3 = Thinking(
    "Kimi K3",
    "<|open|>think<|sep|>",
    "<|close|>think<|sep|>",
    opening="<|open|>think<|sep|>",
    closing="<|close|>think<|sep|><|open|>response<|sep|>",
    direct="<|open|>response<|sep|>",
    shed=("<|open|>response<|sep|>", "<|close|>response<|sep|>", "<|close|>message<|sep|>"),
)
SOLAR = Thinking(
    "Solar",
    "<|think|>",
    "<|end|>",
    opening="<|think|>",
    closing="<|end|><|begin|>assistant<|content|>",
    direct="<|content|>",
    none="<|think|><|end|><|begin|>assistant<|content|>",
    shed=("<|begin|>assistant", "<|content|>", "<|end|>"),
)
APRIEL = Thinking(
    "Apriel",
    "Here are my reasoning steps:",
    "[BEGIN FINAL RESPONSE]",
    opening="Here are my reasoning steps:\n",
    closing="\n[BEGIN FINAL RESPONSE]\n",
    none="[BEGIN FINAL RESPONSE]\n",
    shed=("[END FINAL RESPONSE]",),
    implicit=True,
)
GRANITE_2 = Thinking(
    "Granite",
    "Here is my thought process:",
    "Here is my response:",
    opening="Here is my thought process:\n",
    closing="\n\nHere is my response:\n",
    none="Here is my response:\n",
)

# (what a template must contain, the format); the first that fits. Tags that are not listed are found by their name.
KNOWN: tuple[tuple[tuple[str, ...], Thinking], ...] = (
    (("<|channel|>", "analysis", "<|message|>"), HARMONY),
    (("to=self<|message|>", "<|eom|>"), ATEM),
    (("<|open|>", "<|close|>", "<|sep|>", "'think'"), KIMI_3),
    (("<|begin|>assistant<|think|>",), SOLAR),
    (("[BEGIN FINAL RESPONSE]",), APRIEL),
    (("Here is my thought process:", "Here is my response:"), GRANITE_2),
    (("<|channel>thought", "<channel|>"), tags("<|channel>thought\n", "<channel|>", "")),
    (("<|inner_prefix|>", "<|inner_suffix|>"), tags("<|inner_prefix|>", "<|inner_suffix|>", "")),
    (("[THINK]", "[/THINK]"), tags("[THINK]", "[/THINK]", "")),
    (
        ("<|START_THINKING|>", "<|END_THINKING|>"),
        tags(
            "<|START_THINKING|>",
            "<|END_THINKING|>",
            "",
            ("<|START_RESPONSE|>", "<|END_RESPONSE|>", "<|START_TEXT|>", "<|END_TEXT|>"),
        ),
    ),
    (
        ("<|begin_of_thought|>", "<|end_of_thought|>"),
        tags("<|begin_of_thought|>", "<|end_of_thought|>", shed=("<|begin_of_solution|>", "<|end_of_solution|>")),
    ),
    (("◁think▷", "◁/think▷"), tags("◁think▷", "◁/think▷", "")),
    (("</seed:think>",), tags("<seed:think>", "</seed:think>", "")),
    (("</mm:think>",), tags("<mm:think>", "</mm:think>", "")),
    (("</think>",), tags("<think>", "</think>")),
)
NAMED = re.compile(r"</((?:\w+[:_])?(?:think|thought|reasoning)(?:[:_]\w+)?)>")
IN_VOCABULARIES = ("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<seed:think>", "</seed:think>")


def detect(texts: Iterable[str], markers: Collection[str] = ()) -> Thinking | None:
    """The format that a template follows; None where there is no sign of thinking.

    Args:
        texts: the template, and renderings of it for what it puts together only then.
        markers: the spellings of the vocabulary's special tokens.
    """
    text = "\0".join(texts)
    for signs, thinking in KNOWN:
        if all(sign in text for sign in signs):
            return _fitted(thinking, text)
    for name in NAMED.findall(text):
        if f"<{name}>" in text:
            return _fitted(tags(f"<{name}>", f"</{name}>"), text)
    for start, end in IN_VOCABULARIES:
        if start in markers and end in markers:
            return replace(tags(start, end), written=False)
    return None


def _fitted(thinking: Thinking, text: str) -> Thinking:
    """The format in the way in which this template writes it."""
    start, end = thinking.start, thinking.end
    if not end.startswith("</"):
        return thinking
    shed = tuple(marker for marker in AROUND_ANSWERS if marker in text)
    gap = "\n" if start + "\n" in text or start + "\\n" in text else ""
    fitted = tags(start, end, gap, shed)
    none = start + end if start + end in text else fitted.none
    return replace(fitted, none=none, written=start in text)


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
            if marker in thinking.shed and not self._text[match.end() :].strip():
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


def _begun(text: str, markers: Sequence[str]) -> int:
    """Length of the longest end of `text` with which one of the markers begins, but is not complete."""
    longest = max(map(len, markers))
    for length in range(min(longest - 1, len(text)), 0, -1):
        if any(len(marker) > length and marker.startswith(text[-length:]) for marker in markers):
            return length
    return 0
