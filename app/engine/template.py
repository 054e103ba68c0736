"""Turns to tokens: the model's chat template, with the repairs and the variables that it needs."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from itertools import product
from typing import Any, Literal

from app.core.errors import TemplateError
from app.core.language import tr
from app.core.protocol import Turn
from app.core.record import record
from app.engine.harmless import HarmlessTokens, Hide, Placeholders, Tokenizer
from app.engine.jinja_environment import Renderer, TemplateFailure
from app.engine.known_templates import fitting
from app.engine.template_forms import Form, forms
from app.engine.thinking import ThinkingSplitter
from app.engine.thinking_formats import Thinking, detect

Mode = Literal["auto", "on", "off"]
MODES: tuple[Mode, ...] = ("on", "off")
Values = dict[str, Any]

USER, SYSTEM = Turn("user", "x"), Turn("system", "w")
PROBES = ((USER,), (SYSTEM, USER))  # what templates are tried out with; some insist on a system turn
FIELDS = ("reasoning_content", "reasoning", "thinking", "thought")  # under which templates look for thinking
FIELD = r"""\b(?:message|msg|m)(?:\.get\(\s*['"]|\[\s*['"]|\.){field}\b"""
THINKING_PART = re.compile(r"""(?:\[['"]type['"]\]|\.type)\s*==\s*['"]thinking['"]""")

# What turns thinking on and off where a template asks for it: name, on, off.
SWITCHES: tuple[tuple[str, Any, Any], ...] = (
    ("enable_thinking", True, False),
    ("thinking", True, False),
    ("reasoning", True, False),
    ("thinking_mode", "enabled", "disabled"),
    ("thinking_budget", -1, 0),
)
NO_THINKING = "/no_think"  # in a message, for templates that look for it there
EFFORTS = ("reasoning_effort", "reasoning_strength")
EFFORT_WORDS: dict[str, tuple[str, ...]] = {"on": ("medium", "high"), "off": ("none", "no_think", "minimal", "low")}


@record
class Prompt:
    """What the model is given for an answer."""

    text: str
    tokens: list[int]
    repaired: tuple[str, ...] = ()  # sentences
    opened: bool = False  # the model goes on inside its thinking
    answering: bool = False  # the answer itself has begun
    resumed: bool = False  # it ends amid a thought
    tail: str = ""  # what the template writes behind the last message


class ChatTemplate:
    """The chat template of one model.

    Attributes:
        source: "file", or the name of the known template that is used where the file has none that works.
        failure: where and why the file's own template is not used; None where it is, or has none.
        error: the same as a sentence.
        thinking: how the model marks what it thinks; None where nothing is known of it.
    """

    def __init__(self, text: str | None, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.source = "file"
        self.failure: TemplateFailure | None = None
        if text:
            try:
                self._use(text)
            except TemplateFailure as failure:
                self.failure = failure
        if not text or self.failure:
            known = fitting({*tokenizer.control_texts, *tokenizer.added_texts})
            self.source = known.name
            self._use(known.text)

    @property
    def error(self) -> TemplateError | None:
        if self.failure is None:
            return None
        error = broken(self.failure)
        error.__cause__ = self.failure
        return error

    @property
    def can_think(self) -> bool:
        """Does the template know a thinking part?"""
        return self.thinking is not None and self.thinking.written

    @property
    def can_switch(self) -> bool:
        """Does the template itself make a difference between thinking on and off?"""
        return self.can_think and (self._switched or self._obeys_words)

    def prompt(self, turns: Sequence[Turn], prefill: str = "", *, thinking: Mode = "auto", thought: str = "") -> Prompt:
        """The prompt for an answer to `turns` that begins with `prefill`.

        Args:
            thinking: whether the model shall think first, as far as the template or its format allow it.
            thought: what it thought before the prefill or, without one, so far.

        Raises:
            TemplateError: the template refuses these turns in every form that we know.
        """
        values = self._values(thinking)
        if thinking == "off" and self._obeys_words:
            turns = _with_words(turns)
        form, tail = self._accepted(turns, values)
        head, middle, opened = self._continued(tail, thinking, bool(prefill), bool(thought))
        if not (head or opened):
            thought = ""  # there is no place for it

        def render(hide: Hide) -> str:
            return self._render(form.turns, hide, values) + head + hide(thought) + middle + hide(prefill)

        texts = [text for turn in form.turns for text in (turn.text, turn.thinking)]
        try:
            text, tokens = self._guard.read(render, [*texts, thought, prefill])
        except TemplateFailure as failure:  # it took the turns, and does not take them again
            raise broken(failure) from failure
        direct = self.thinking.direct if self.thinking else ""
        answering = bool(prefill) or (bool(direct) and (tail + middle).endswith(direct))
        opened = opened and not middle
        return Prompt(text, tokens, form.repaired, opened, answering, opened and bool(thought), tail)

    def tokens(
        self, turns: Sequence[Turn], prefill: str = "", *, thinking: Mode = "auto", thought: str = ""
    ) -> list[int]:
        """The tokens of the same prompt."""
        return self.prompt(turns, prefill, thinking=thinking, thought=thought).tokens

    def splitter(self, prompt: Prompt) -> ThinkingSplitter:
        """What tells the thinking from the answer in what follows a prompt."""
        return ThinkingSplitter(self.thinking, prompt.opened, prompt.answering, prompt.resumed)

    def steers(self, token: int) -> bool:
        """Is it a control token, or a marker that the template writes?"""
        return self._guard.steers(token)

    # ── getting to know a template ────────────────────────────────────────────────────────────────────

    def _use(self, text: str) -> None:
        """Compile the template, and find out what it needs.

        Raises:
            TemplateFailure: it cannot be compiled, or does not render one message.
        """
        self._renderer = Renderer(text)
        self._fields = tuple(field for field in FIELDS if re.search(FIELD.replace("{field}", field), text))
        self._thinks_in_parts = not self._fields and bool(THINKING_PART.search(text))
        self._try_out()
        written = [text, self._render(self._probe)]
        with suppress(TemplateFailure):  # it may want something of conversations that `prompt` will repair
            written.append(self._render((*self._probe, Turn("assistant", "y", "z"), USER)))
        self.thinking: Thinking | None = detect(written, {*self._tokenizer.added_texts, *self._tokenizer.control_texts})
        markers = (self.thinking.start, self.thinking.end, *self.thinking.shed) if self.thinking else ()
        self._guard = HarmlessTokens(self._tokenizer, [*written, *(marker.strip() for marker in markers)])
        self._text = text
        self._chosen: dict[str, Values] = {}

    def _try_out(self) -> None:
        """Find the variables, and the form of the messages' content, with which a message has a place in the prompt."""
        failure: TemplateFailure | None = None
        renders: tuple[tuple[Turn, ...], bool, Values] | None = None
        for tried in product(PROBES, (False, True), self._variables()):
            self._probe, self._in_parts, self._base = tried
            marks = Placeholders([])
            try:
                rendered = self._render(self._probe, marks.hide)
            except TemplateFailure as error:
                failure = failure or error
                continue
            if marks.shown(rendered) == len(self._probe):
                return
            renders = renders or tried
        if renders is None:
            assert failure is not None
            raise failure
        self._probe, self._in_parts, self._base = renders

    def _variables(self) -> Iterator[Values]:
        """What every template gets, then what some cannot do without. Names that are only missed stay undefined."""
        usual: Values = {"tools": None, "documents": None}
        yield usual
        yield usual | {"tools": []}
        yield {"tools": [], "documents": []}
        now = datetime.now()
        wanted = {
            "functions": "[]",
            "datetime": now.strftime("%b %d %Y"),
            "date_string": now.strftime("%d %b %Y"),
            "current_date": now.strftime("%Y-%m-%d"),
            "system_message": "",
            "custom_tools": [],
            "builtin_tools": [],
            "xml_tools": [],
            "enable_thinking": True,
            "reasoning_effort": "medium",
        }
        missed = {name: value for name, value in wanted.items() if name in self._renderer.variables}
        yield usual | missed
        yield {"tools": [], "documents": []} | missed

    # ── rendering ─────────────────────────────────────────────────────────────────────────────────────

    def _render(self, turns: Sequence[Turn], hide: Hide = lambda text: text, values: Values | None = None) -> str:
        return self._renderer.render(
            messages=[self._message(turn, hide) for turn in turns],
            add_generation_prompt=True,
            bos_token=self._tokenizer.begin_text,
            eos_token=self._tokenizer.end_text,
            **self._base | (values or {}),
        )

    def _message(self, turn: Turn, hide: Hide) -> dict[str, Any]:
        text = hide(turn.text)
        parts = [{"type": "text", "text": text}]
        message: dict[str, Any] = {"role": turn.role, "content": parts if self._in_parts else text}
        if turn.thinking and turn.role == "assistant":
            thinking = hide(turn.thinking)
            message |= dict.fromkeys(self._fields, thinking)
            if self._thinks_in_parts:
                message["content"] = [{"type": "thinking", "thinking": thinking}, *parts]
        return message

    def _accepted(self, turns: Sequence[Turn], values: Values) -> tuple[Form, str]:
        """The turns in the first form that the template takes whole, and what it writes behind the last of them.

        Raises:
            TemplateError: it takes none.
        """
        failure: TemplateFailure | None = None
        best: tuple[Form, str] | None = None
        least = 0
        for form in forms(turns):
            marks = Placeholders([turn.text for turn in form.turns])
            bare = [Turn(turn.role, turn.text) for turn in form.turns]
            try:  # what the template writes may depend on what it reads
                rendered = self._render(bare, marks.behind, values)
            except TemplateFailure as error:
                failure = failure or error
                try:  # and it may take offence at it
                    rendered = self._render(bare, marks.hide, values)
                except TemplateFailure:
                    continue
            missing = sum(bool(turn.text) for turn in form.turns) - marks.shown(rendered)
            if best is None or missing < least:
                best, least = (form, marks.tail(rendered)), missing
            if not missing:
                break
        if best is None:
            assert failure is not None
            raise broken(failure) from failure
        return best

    # ── thinking ──────────────────────────────────────────────────────────────────────────────────────

    def _values(self, mode: Mode) -> Values:
        """The variables that make the template turn thinking on or off."""
        if mode == "auto" or not self.can_think:
            return {}
        if mode not in self._chosen:
            self._chosen[mode] = self._found_values(mode)
        return self._chosen[mode]

    def _found_values(self, mode: Mode) -> Values:
        assert self.thinking is not None
        variables = self._renderer.variables
        values: Values = {name: on if mode == "on" else off for name, on, off in SWITCHES if name in variables}
        tries = [values]
        for effort in EFFORTS:
            if effort in variables:
                words = EFFORT_WORDS[mode]
                tries += [values | {effort: word} for word in words if re.search(f"['\"]{word}['\"]", self._text)]
                if mode == "off" and self.thinking.headers:
                    tries.append(values | {effort: "low"})  # such models know no less
        possible = [values for values in tries if self._tail(values) is not None]
        reached = self.thinking.opened_by if mode == "on" else self.thinking.closed_by
        for values in possible:
            if reached(self._tail(values) or ""):
                return values
        return (possible[-1] if mode == "off" else possible[0]) if possible else {}

    def _tail(self, values: Values) -> str | None:
        """What the template writes behind the last message; None where it does not take the variables."""
        marks = Placeholders([])
        try:
            return marks.tail(self._render(self._probe, marks.hide, values))
        except TemplateFailure:
            return None

    @cached_property
    def _switched(self) -> bool:
        """Does the template itself make a difference between thinking on and off?"""
        on, off = (self._render(self._probe, values=self._values(mode)) for mode in MODES)
        return on != off

    @cached_property
    def _obeys_words(self) -> bool:
        """Does the template turn thinking off where a message says so, and in no other way?"""
        if self.thinking is None or NO_THINKING not in self._text or self._switched:
            return False
        marks = Placeholders([])
        try:
            rendered = self._render(_with_words(self._probe), lambda text: text.replace("x", marks.hide("x")))
        except TemplateFailure:
            return False
        return NO_THINKING not in rendered and self.thinking.closed_by(marks.tail(rendered))

    def _continued(self, tail: str, mode: Mode, answers: bool, thought: bool) -> tuple[str, str, bool]:
        """What to write behind a prompt that ends in `tail`: before the thought, and between thought and answer.

        Also: does the model, or the thought, go on in its thinking where nothing is written between?
        """
        thinking = self.thinking
        if thinking is None or not thinking.written:
            return "", "", False
        opened = thinking.opened_by(tail)
        if thinking.closed_by(tail):
            begins = thinking.closing.removeprefix(thinking.end) if thinking.direct else ""
            return "", begins if answers and not tail.endswith(begins) else "", False
        if thought:
            return "" if opened else thinking.opening, thinking.closing if answers else "", True
        if opened:
            return "", thinking.closing if answers or mode == "off" else "", True
        if tail.endswith(thinking.direct) and thinking.direct:
            return "", "", False
        if answers:
            return "", thinking.direct, False
        if mode == "off" and (thinking.headers or not self._switched):
            return "", thinking.direct or thinking.none, False
        return "", "", False


def _with_words(turns: Sequence[Turn]) -> list[Turn]:
    """The turns with a system turn that asks for no thinking, which the template takes out again."""
    system = turns[0].text if turns and turns[0].role == "system" else ""
    return [Turn("system", f"{system} {NO_THINKING}".lstrip()), *turns[bool(turns and turns[0].role == "system") :]]


def broken(failure: TemplateFailure) -> TemplateError:
    """The failure as a sentence."""
    if failure.line is None:
        message = tr("The model's chat template cannot be used.")
    else:
        message = tr("The model's chat template cannot be used; it fails in line {line}.").format(line=failure.line)
    return TemplateError(message, tr("Choose another file of this model, or start a new conversation."), failure.detail)
