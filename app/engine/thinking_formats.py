"""How families of models mark what they think: the known formats, and how a template's own is found."""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from app.core.record import record


@record
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
