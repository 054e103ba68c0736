"""Chat templates: what they need is found out, conversations are repaired, thinking is turned on and off."""

from datetime import datetime
from typing import Any

import jinja2
import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.core.errors import TemplateError
from app.core.protocol import Role, Turn
from app.engine.template import ChatTemplate
from app.engine.thinking import Part, ThinkingSplitter
from tests.engine.families import FAMILIES, NAMES, Family
from tests.engine.letters import Letters

STRICT = (
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}"
    "[{{ message['role'] }}]{{ message['content'] | trim }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"
)
FORGETFUL = "{% for m in messages if m.role != 'system' %}<|im_start|>{{ m.role }}:{{ m.content }}{% endfor %}"
ONE_SYSTEM = (
    "{% if messages[0].role == 'system' %}<{{ messages[0].content }}>{% endif %}"
    "{% for m in messages if m.role != 'system' %}[{{ m.role }}]{{ m.content }}{% endfor %}"
)
CONVERSATIONS: tuple[tuple[tuple[Role, str], ...], ...] = (
    (("user", "Hello, how are you?"),),
    (("system", "Be brief & <i>exact</i>."), ("user", " 2 < 3?\n")),
    (("system", "S"), ("user", "a"), ("assistant", "b\n"), ("user", "漢 😀"), ("assistant", " c "), ("user", "d\n\n{{ e }}")),
    (("user", "a"), ("user", "b")),
    (("user", "a"), ("assistant", "b")),
    (("user", ""),),
)  # fmt: skip


def said(template: str | None, *turns: tuple[Role, str], prefill: str = "") -> str:
    letters = Letters()
    return letters.spelled(ChatTemplate(template, letters).tokens([Turn(*turn) for turn in turns], prefill))


def repaired(template: str, *turns: tuple[Role, str]) -> tuple[str, ...]:
    return ChatTemplate(template, Letters()).prompt([Turn(*turn) for turn in turns]).repaired


# ── which template ────────────────────────────────────────────────────────────────────────────────────


def test_without_a_template_it_is_chatml() -> None:
    template = ChatTemplate(None, Letters())
    assert (template.source, template.error, template.failure) == ("ChatML", None, None)
    assert said(None, ("user", "Hi")) == "␛<b><|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.parametrize(
    "broken",
    [
        "{% for",
        "{{ messages[7].content }}",
        "{{ nothing.at.all }}",
        "{{ 1 / 0 }}",
        "{% if %}",
        "{{ ''.__class__.__mro__ }}",
        "{{ messages | nonsense }}",
        "{{ raise_exception('never') }}",
        "{{ namespace(__init__=1) }}",
    ],
)
def test_a_broken_template_gives_way_to_one_that_fits_and_says_so(broken: str) -> None:
    template = ChatTemplate("line one\n" + broken, Letters(["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]))
    assert template.source == "Llama 3"
    assert isinstance(template.error, TemplateError)
    assert "line 2" in template.error.message
    assert template.failure is not None
    assert template.failure.line == 2
    assert template.failure.reason in template.error.detail
    assert template.tokens([Turn("user", "Hi")])


def test_begin_token_once() -> None:
    assert said("{{ bos_token }}x", ("user", "")) == said("x", ("user", "")) == "␛<b>x"


# ── what templates need ───────────────────────────────────────────────────────────────────────────────


def refuse(message: str) -> str:
    raise jinja2.TemplateError(message)


def reference_of(text: str) -> jinja2.Template:
    """The template as the transformers library compiles it."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    functions: dict[str, Any] = {"raise_exception": refuse, "strftime_now": datetime.now().strftime}
    environment.globals.update(functions)
    return environment.from_string(text)


@pytest.fixture(params=FAMILIES, ids=NAMES)
def family(request: pytest.FixtureRequest) -> Family:
    chosen = request.param
    assert isinstance(chosen, Family)
    return chosen


def test_every_family_renders_as_the_reference(family: Family) -> None:
    """The reference passes what the transformers library passes, and nothing else."""
    letters = Letters(family.controls, family.added)
    template, reference = ChatTemplate(family.template, letters), reference_of(family.template)
    assert template.source == "file"
    for turns in CONVERSATIONS:
        messages = [{"role": role, "content": text} for role, text in turns]
        rendered = reference.render(
            messages=messages, tools=None, documents=None, add_generation_prompt=True, bos_token="<b>", eos_token="<e>"
        )
        prompt = template.prompt([Turn(*turn) for turn in turns])
        assert (prompt.text, prompt.repaired) == (rendered, ())
        tokens = letters.tokenize(rendered, True)
        assert prompt.tokens == ([] if tokens[:1] == [1] else [1]) + tokens


@pytest.mark.parametrize(
    "needs",
    [
        "{% for tool in tools %}{{ tool }}{% endfor %}",
        "{{ tools | length }}",
        "{% for d in documents %}{{ d }}{% endfor %}",
        "{{ 'Functions: ' + functions }}",
        "{{ 'Today is ' + datetime }}",
        "{{ date_string.split() | length }}",
        "{{ custom_tools[0] is defined }}{{ builtin_tools + xml_tools }}",
        "{{ 'Effort: ' + reasoning_effort }}",
    ],
)
def test_what_a_template_cannot_do_without_is_given_to_it(needs: str) -> None:
    template = ChatTemplate(needs + "{{ messages[0].content }}", Letters())
    assert template.source == "file"
    assert template.prompt([Turn("user", "Hi")]).text.endswith("Hi")


@pytest.mark.parametrize(
    "unasked",
    ["date_string", "functions", "tools", "enable_thinking", "reasoning_effort", "documents", "builtin_tools"],
)
def test_what_a_template_can_do_without_is_not(unasked: str) -> None:
    text = "{{ 'given' if %s is defined and %s is not none else 'not given' }}: {{ messages[0].content }}"
    assert said(text % (unasked, unasked), ("user", "Hi")) == "␛<b>not given: Hi"


def test_a_template_that_reads_parts_gets_parts() -> None:
    text = "{% for m in messages %}{% for part in m.content if part.type == 'text' %}{{ part.text }}|{% endfor %}{% endfor %}"
    assert said(text, ("user", "a"), ("assistant", "b")) == "␛<b>a|b|"


def test_a_template_that_shows_no_text_is_used_nevertheless() -> None:
    assert said("constant", ("user", "Hi")) == "␛<b>constant"


# ── repairs ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_system_turn_that_is_refused_or_forgotten_goes_into_the_first_user_turn() -> None:
    turns: tuple[tuple[Role, str], ...] = (("system", "Be brief."), ("user", "Hi"))
    assert said(STRICT, *turns) == "␛<b>[user]Be brief.\n\nHi[assistant]"
    assert said(FORGETFUL, *turns) == "␛<b><|im_start|>user:Be brief.\n\nHi"
    assert said(FORGETFUL, ("system", "Alone")) == "␛<b><|im_start|>user:Alone"
    (sentence,) = repaired(STRICT, *turns)
    assert "system message" in sentence


def test_later_system_turns_join_the_first_one_or_the_user_turn_behind_them() -> None:
    assert said(ONE_SYSTEM, ("system", "a"), ("system", "b"), ("user", "c")) == "␛<b><a\n\nb>[user]c"
    assert (
        said(ONE_SYSTEM, ("system", "a"), ("user", "c"), ("system", "b"), ("user", "d")) == "␛<b><a>[user]c[user]b\n\nd"
    )
    assert len(repaired(ONE_SYSTEM, ("system", "a"), ("system", "b"), ("user", "c"))) == 1


def test_neighbours_are_merged_where_roles_must_alternate() -> None:
    turns: tuple[tuple[Role, str], ...] = (
        ("user", "a"), ("user", "b"), ("assistant", "c"), ("assistant", ""), ("user", "d"),
    )  # fmt: skip
    assert said(STRICT, *turns) == "␛<b>[user]a\n\nb[assistant]c[user]d[assistant]"
    assert len(repaired(STRICT, *turns)) == 1


def test_an_answer_that_comes_first_gets_an_empty_question() -> None:
    assert said(STRICT, ("assistant", "a"), ("user", "b")) == "␛<b>[user][assistant]a[user]b[assistant]"
    assert "empty user message" in repaired(STRICT, ("assistant", "a"), ("user", "b"))[0]


def test_empty_answers_are_left_out_where_they_are_refused() -> None:
    text = "{% for m in messages %}{% if not m.content %}{{ raise_exception('empty') }}{% endif %}{{ m.content }}{% endfor %}"
    assert said(text, ("user", "a"), ("assistant", ""), ("user", "b")) == "␛<b>a\n\nb"
    assert len(repaired(text, ("user", "a"), ("assistant", ""), ("user", "b"))) == 2


def test_a_template_that_insists_on_a_system_turn_gets_an_empty_one() -> None:
    text = (
        "{% if messages[0].role != 'system' %}{{ raise_exception('system first') }}{% endif %}"
        "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}{{ '' if enable_thinking else '</think>' }}"
    )
    assert said(text, ("system", "S"), ("user", "a")) == "␛<b>[system]S[user]a</think>"
    assert said(text, ("user", "a")) == "␛<b>[system][user]a</think>"
    assert len(repaired(text, ("user", "a"))) == 1


def test_nothing_is_repaired_where_nothing_is_wrong() -> None:
    assert repaired(STRICT, ("user", "a"), ("assistant", "b"), ("user", "c")) == ()


def test_a_template_that_refuses_everything_says_where() -> None:
    text = "{% if messages | length > 1 %}\n{{ raise_exception('never') }}{% endif %}x"
    template = ChatTemplate(text, Letters())
    assert template.source == "file"
    with pytest.raises(TemplateError, match="line 2") as raised:
        template.tokens([Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c")])
    assert "never" in raised.value.detail


# ── thinking ──────────────────────────────────────────────────────────────────────────────────────────


def made(family: Family) -> ChatTemplate:
    return ChatTemplate(family.template, Letters(family.controls, family.added))


def test_thinking_is_left_to_the_template_turned_on_and_off(family: Family) -> None:
    template = made(family)
    assert template.can_think
    question = [Turn("user", "Question")]

    def end(**how: str) -> str:
        return template.prompt(question, **how).text.partition("Question")[2]  # type: ignore[arg-type]  # modes

    assert end(thinking="auto") == family.auto
    assert end(thinking="on") == family.on
    assert end(thinking="off") == family.off
    assert end(prefill="P") == family.begun
    assert end(prefill="P", thought="T", thinking="on") == family.thought
    assert template.prompt(question, thinking="on").opened is family.opened
    for how in ({"thinking": "off"}, {"prefill": "P"}):
        assert not template.prompt(question, **how).opened  # type: ignore[arg-type]  # modes


def test_what_the_user_writes_may_turn_thinking_off() -> None:
    family = next(family for family in FAMILIES if family.name == "words in messages")
    template = made(family)
    prompt = template.prompt([Turn("user", "Be quick. /no_think")])
    assert (prompt.text, prompt.opened) == ("<user>Be quick.<assistant><think></think>", False)
    assert template.prompt([Turn("user", "Be quick.")]).opened


def test_a_thought_can_be_gone_on_with(family: Family) -> None:
    prompt = made(family).prompt([Turn("user", "Q")], thinking="on", thought="so far")
    assert prompt.text.endswith("so far")
    assert (prompt.opened, prompt.resumed, prompt.answering) == (True, True, False)


def parts(splitter: ThinkingSplitter, text: str) -> list[Part]:
    return [*(part for letter in text for part in splitter.feed(letter)), *splitter.finish()]


def test_the_splitter_knows_where_the_prompt_has_ended(family: Family) -> None:
    template = made(family)
    assert template.thinking is not None
    thinking = template.thinking
    inside = template.prompt([Turn("user", "Q")], thinking="on", thought="t")
    written = parts(template.splitter(inside), " h" + thinking.closing + "a")
    assert {kind: "".join(text for each, text in written if each == kind) for kind, _ in written} == {
        "thinking": " h",
        "answer": "a",
    }
    begun = template.prompt([Turn("user", "Q")], prefill="An ans")
    assert "".join(text for _, text in parts(template.splitter(begun), "wer")) == "wer"


def test_earlier_thinking_goes_where_the_template_reads_it() -> None:
    for field in ("reasoning_content", "reasoning", "thinking", "thought"):
        for reads in (f"m.{field}", f"m['{field}']", f'm.get("{field}")'):
            text = "{% for m in messages %}{{ " + reads + " or '' }}:{{ m.content }};{% endfor %}"
            turns = [Turn("user", "a"), Turn("assistant", "b", "why"), Turn("user", "c")]
            assert ChatTemplate(text, Letters()).prompt(turns).text == ":a;why:b;:c;"


def test_earlier_thinking_as_a_part_of_the_content() -> None:
    text = (
        "{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}{% for part in m.content %}"
        "{% if part['type'] == 'thinking' %}[THINK]{{ part.thinking }}[/THINK]{% else %}{{ part.text }}{% endif %}"
        "{% endfor %}{% endif %};{% endfor %}"
    )
    turns = [Turn("user", "a"), Turn("assistant", "b", "why"), Turn("user", "c")]
    assert ChatTemplate(text, Letters()).prompt(turns).text == "a;[THINK]why[/THINK]b;c;"


def test_earlier_thinking_is_left_out_where_the_template_knows_nothing_of_it() -> None:
    text = "{% for m in messages %}{{ m | tojson }}{% endfor %}"
    assert "why" not in ChatTemplate(text, Letters()).prompt([Turn("user", "a"), Turn("assistant", "b", "why")]).text


def test_markers_of_the_vocabulary_alone_are_understood_but_not_written() -> None:
    template = ChatTemplate(STRICT, Letters(added=["<think>", "</think>"]))
    assert not template.can_think
    prompt = template.prompt([Turn("user", "Q")], thinking="off")
    assert prompt.text.endswith("[assistant]")
    assert parts(template.splitter(prompt), "<think>a</think>b") == [("thinking", "a"), ("answer", "b")]


def test_a_model_that_does_not_think() -> None:
    template = ChatTemplate(STRICT, Letters())
    assert (template.thinking, template.can_think) == (None, False)
    prompt = template.prompt([Turn("user", "Q")], thinking="on", thought="lost", prefill="P")
    assert prompt.text == "[user]Q[assistant]P"
    assert parts(template.splitter(prompt), "<think>")[-1][0] == "answer"
