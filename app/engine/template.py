"""Turns to tokens: the model's chat template, rendered in jinja2's sandbox and tokenized safely.

What a user or a document wrote can never become a control token. A text without the spelling of one is rendered
and tokenized as every other program does. Otherwise placeholders stand in for what is dangerous while the template
is rendered; the template's own text is tokenized with control tokens, what stood behind a placeholder without.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.core.errors import TemplateError
from app.core.language import tr
from app.core.protocol import Turn

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


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
    def tokenize(self, text: str, special: bool) -> list[int]: ...
    def is_control(self, token: int) -> bool: ...


class ChatTemplate:
    """The chat template of one model. `source` is "file", or "ChatML" where the file has none that works."""

    def __init__(self, text: str | None, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.error: TemplateError | None = None  # why the file's own template is not used
        self.source = "file"
        self._tools: list[object] | None = None
        try:
            self._template = _compile(text or CHATML)
            self._try_out()
        except TemplateError as error:
            self.error, self._template = error, _compile(CHATML)
        if not text or self.error:
            self.source = "ChatML"

    def _try_out(self) -> None:
        """Render one turn. Some templates for tools do not ask whether there are any."""
        try:
            self._render([Turn("user", "x")])
        except TemplateError as error:
            self._tools = []
            try:
                self._render([Turn("user", "x")])
            except TemplateError:
                self._tools = None
                raise error from None

    def tokens(self, turns: Sequence[Turn], prefill: str = "") -> list[int]:
        """The prompt for an answer to `turns` that begins with `prefill`.

        Raises:
            TemplateError: the template refuses these turns in every form that we know.
        """
        shape = self._accepted(turns)
        plain = self._render(shape) + prefill
        marks = Placeholders([*(turn.text for turn in shape), prefill])
        own = self._controls(self._render([replace(turn, text=marks.hide(turn.text)) for turn in shape]))
        if self._controls(plain) == own:
            return self._begun(self._tokenizer.tokenize(plain, True))
        # Only the spellings of control tokens are hidden, so that a template that looks into a text still may.
        careful = self._rendered_with(shape, prefill, lambda text: self._dangers.sub(lambda m: marks.hide(m[0]), text))
        if self._controls(marks.dropped(careful)) != own:  # one arose where a text meets its surroundings
            careful = self._rendered_with(shape, prefill, marks.hide)
        tokens: list[int] = []
        for part, hidden in marks.parts(careful):
            tokens += self._harmless(part) if hidden else self._tokenizer.tokenize(part, True) if part else []
        return self._begun(tokens)

    def _rendered_with(self, turns: Sequence[Turn], prefill: str, hide: Callable[[str], str]) -> str:
        return self._render([replace(turn, text=hide(turn.text)) for turn in turns]) + hide(prefill)

    def _harmless(self, text: str) -> list[int]:
        """Tokens of a text that holds control tokens' spellings, none of them a control token."""
        tokens = self._tokenizer.tokenize(text, False)
        if len(text) > 1 and any(map(self._tokenizer.is_control, tokens)):
            # Some vocabularies merge their way up to "</s>"; half of it cannot become the whole.
            middle = len(text) // 2
            return self._harmless(text[:middle]) + self._harmless(text[middle:])
        return tokens

    def _begun(self, tokens: list[int]) -> list[int]:
        begin = self._tokenizer.begin
        if begin >= 0 and (not tokens or (self._tokenizer.adds_begin and tokens[0] != begin)):
            return [begin, *tokens]
        return tokens

    @cached_property
    def _dangers(self) -> re.Pattern[str]:
        texts = self._tokenizer.control_texts
        return re.compile("|".join(map(re.escape, texts)) if texts else r"(?!)")

    def _controls(self, text: str) -> Counter[str]:
        return Counter(self._dangers.findall(text))

    def _accepted(self, turns: Sequence[Turn]) -> Sequence[Turn]:
        """The turns in the first form that the template accepts."""
        forms = [turns] if self._takes_system else [_system_in_first_user_turn(turns)]
        forms.append(_neighbours_merged(forms[0]))
        forms.append(_neighbours_merged(_system_in_first_user_turn(turns)))
        forms.append(_begun_by_user(forms[-1]))
        failure: TemplateError | None = None
        for form in forms:
            try:
                self._render(form)
            except TemplateError as error:
                failure = failure or error
            else:
                return form
        assert failure is not None
        raise failure

    @cached_property
    def _takes_system(self) -> bool:
        """Some templates refuse a system turn, others leave it out without a word."""
        try:
            return "Be brief." in self._render([Turn("system", "Be brief."), Turn("user", "x")])
        except TemplateError:
            return False

    def _render(self, turns: Sequence[Turn]) -> str:
        try:
            return self._template.render(
                messages=[{"role": turn.role, "content": turn.text} for turn in turns],
                add_generation_prompt=True,
                bos_token=self._tokenizer.begin_text,
                eos_token=self._tokenizer.end_text,
                tools=self._tools,
                documents=None,
            )
        except (
            jinja2.TemplateError,
            TypeError,
            ValueError,
            KeyError,
            IndexError,
            AttributeError,
            ArithmeticError,
        ) as error:
            raise _broken(error, _line_of(error)) from error
        except (RecursionError, MemoryError) as error:
            raise _broken(error, None) from error


class Placeholders:
    """Strings that no text here contains, each standing for one hidden text."""

    def __init__(self, texts: Sequence[str]) -> None:
        number = 0
        while any(f"\ue000{number}\ue001" in text for text in texts):
            number += 1
        self._mark = f"\ue000{number}\ue001"
        self._hidden: list[str] = []

    def hide(self, text: str) -> str:
        """A placeholder for the text; none for an empty one, because templates ask whether there is any."""
        if not text:
            return ""
        self._hidden.append(text)
        return f"{self._mark}{len(self._hidden) - 1}{self._mark}"

    def parts(self, rendered: str) -> Iterator[tuple[str, bool]]:
        """The rendered text in order: (text, was it hidden)."""
        for index, part in enumerate(re.split(f"{self._mark}([0-9]+){self._mark}", rendered)):
            yield (self._hidden[int(part)], True) if index % 2 else (part, False)

    def dropped(self, rendered: str) -> str:
        """The rendered text with one character that is in no control token in place of each placeholder."""
        return "\ue000".join(part for part, hidden in self.parts(rendered) if not hidden)


class _Generation(jinja2.ext.Extension):
    """Tolerates {% generation %}…{% endgeneration %}, which marks the model's own words for training."""

    tags = {"generation"}  # noqa: RUF012 - jinja2 declares it so

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _compile(text: str) -> jinja2.Template:
    """Compile as the transformers library does, which templates are written against."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols, _Generation]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    try:
        return environment.from_string(text)
    except jinja2.TemplateSyntaxError as error:
        raise _broken(error, error.lineno) from error
    except (jinja2.TemplateError, SyntaxError, ValueError, RecursionError) as error:
        raise _broken(error, None) from error


def _to_json(value: Any, ensure_ascii: bool = False, indent: int | None = None, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, **options)


def _raise(message: str) -> str:
    raise jinja2.TemplateError(message)


def _line_of(error: BaseException) -> int | None:
    """The line of the template at which rendering failed: jinja2 puts it into the traceback."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _broken(error: BaseException, line: int | None) -> TemplateError:
    detail = f"{type(error).__name__}: {error}"
    if line is None:
        message = tr("The model's chat template cannot be used.")
    else:
        message = tr("The model's chat template cannot be used; it fails in line {line}.").format(line=line)
    return TemplateError(message, tr("Choose another file of this model, or start a new conversation."), detail)


def _system_in_first_user_turn(turns: Sequence[Turn]) -> list[Turn]:
    """System turns become the beginning of the user turn that follows them."""
    result: list[Turn] = []
    waiting = ""
    for turn in turns:
        if turn.role == "system":
            waiting = f"{waiting}{turn.text}\n\n" if turn.text else waiting
        elif turn.role == "user" and waiting:
            result.append(Turn("user", waiting + turn.text))
            waiting = ""
        else:
            result.append(turn)
    if waiting:
        result.append(Turn("user", waiting.removesuffix("\n\n")))
    return result


def _neighbours_merged(turns: Sequence[Turn]) -> list[Turn]:
    """Turns of one role that follow each other become one."""
    result: list[Turn] = []
    for turn in turns:
        if result and result[-1].role == turn.role:
            result[-1] = Turn(turn.role, "\n\n".join(text for text in (result[-1].text, turn.text) if text))
        else:
            result.append(turn)
    return result


def _begun_by_user(turns: Sequence[Turn]) -> list[Turn]:
    """An empty user turn before an assistant turn that comes first."""
    first = next((index for index, turn in enumerate(turns) if turn.role != "system"), len(turns))
    if first < len(turns) and turns[first].role == "assistant":
        return [*turns[:first], Turn("user", ""), *turns[first:]]
    return list(turns)
