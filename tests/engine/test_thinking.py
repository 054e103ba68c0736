"""Thinking: the formats are recognised, and what is thought is told from what is said however it is cut."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.engine.thinking import Part, ThinkingSplitter
from app.engine.thinking_formats import APRIEL, ATEM, HARMONY, KIMI_3, KNOWN, SOLAR, Thinking, detect, tags

THINK = tags("<think>", "</think>")
WRAPPED = tags("<think>", "</think>", shed=("<response>", "</response>"))
Token = str | tuple[str, str]  # a text, or ("", the spelling of a control token)


def joined(parts: list[Part]) -> list[Part]:
    """Neighbours of one kind as one."""
    return [(kind, "".join(text for _, text in group)) for kind, group in groupby(parts, lambda part: part[0])]


def split(thinking: Thinking | None, *tokens: Token, opened: bool = False, answering: bool = False) -> list[Part]:
    splitter = ThinkingSplitter(thinking, opened, answering)
    parts: list[Part] = []
    for token in tokens:
        parts += splitter.feed(*token) if isinstance(token, tuple) else splitter.feed(token)
    return joined([*parts, *splitter.finish()])


def control(text: str) -> Token:
    return "", text


# ── recognised ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("template", "start", "end"),
    [
        ("{{ '<think>\\n' }} … </think>", "<think>", "</think>"),
        ("content.split('</think>')", "<think>", "</think>"),
        ("<seed:think> </seed:think>", "<seed:think>", "</seed:think>"),
        ("<mm:think> </mm:think>", "<mm:think>", "</mm:think>"),
        ("<think:x> </think:x>", "<think:x>", "</think:x>"),
        ("<longcat_think> </longcat_think>", "<longcat_think>", "</longcat_think>"),
        ("<thought> </thought>", "<thought>", "</thought>"),
        ("<reasoning> </reasoning>", "<reasoning>", "</reasoning>"),
        ("[THINK] [/THINK]", "[THINK]", "[/THINK]"),
        ("◁think▷ ◁/think▷", "◁think▷", "◁/think▷"),
        ("<|START_THINKING|> <|END_THINKING|>", "<|START_THINKING|>", "<|END_THINKING|>"),
        ("<|inner_prefix|> <|inner_suffix|>", "<|inner_prefix|>", "<|inner_suffix|>"),
        ("<|begin_of_thought|> <|end_of_thought|>", "<|begin_of_thought|>", "<|end_of_thought|>"),
        ("<|channel>thought\n<channel|>", "<|channel>thought\n", "<channel|>"),
        ("<|channel|>analysis<|message|>", "<|channel|>analysis<|message|>", "<|end|>"),
        (" to=self<|message|> <|eom|>", " to=self<|message|>", "<|eom|>"),
        ("'<|open|>' '<|close|>' '<|sep|>' 'think'", "<|open|>think<|sep|>", "<|close|>think<|sep|>"),
        ("<|begin|>assistant<|think|>", "<|think|>", "<|end|>"),
        ("[BEGIN FINAL RESPONSE]", "Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]"),
        (
            "after 'Here is my thought process:' and 'Here is my response:'",
            "Here is my thought process:",
            "Here is my response:",
        ),
    ],
)
def test_known_formats_are_recognised(template: str, start: str, end: str) -> None:
    thinking = detect([template])
    assert thinking is not None
    assert (thinking.start, thinking.end) == (start, end)


@pytest.mark.parametrize(
    "text", ["{{ messages[0].content }}", "Think about it.", "<thinking_rules>", "<think", "</thinks>"]
)
def test_other_templates_are_not(text: str) -> None:
    assert detect([text]) is None


def test_the_vocabulary_may_know_what_the_template_does_not() -> None:
    thinking = detect(["{{ x }}"], ["<think>", "</think>", "a"])
    assert thinking is not None
    assert not thinking.written
    assert detect(["{{ x }}"], ["<think>"]) is None


def test_a_format_is_fitted_to_how_the_template_writes_it() -> None:
    wide, narrow = detect(["'<think>\\n' </think>"]), detect(["'<think>' + t + '</think>' <answer></answer>"])
    assert wide is not None
    assert narrow is not None
    assert (wide.opening, wide.closing, wide.none) == ("<think>\n", "\n</think>\n\n", "<think>\n\n</think>\n\n")
    assert (narrow.opening, narrow.closing, narrow.none) == ("<think>", "</think>", "<think></think>")
    assert narrow.shed == ("<answer>", "</answer>")


def test_where_prompts_leave_the_model() -> None:
    assert THINK.opened_by("…<think>\n")
    assert not THINK.opened_by("…<think>\n\n</think>\n")
    assert THINK.closed_by("…</think>")
    assert not THINK.closed_by("…")
    assert not HARMONY.closed_by("<|end|><|start|>assistant")
    assert SOLAR.closed_by("<|end|><|begin|>assistant<|think|><|end|>")
    assert APRIEL.opened_by("<|assistant|>")


# ── split ─────────────────────────────────────────────────────────────────────────────────────────────


def test_without_thinking_all_is_answer() -> None:
    assert split(None, "<think>a", "</think>", control("<x>"), "b") == [("answer", "<think>a</think>b")]
    assert split(THINK, " a ", "b\n") == [("answer", " a b\n")]


CASES: tuple[tuple[Thinking, str, bool, list[Part]], ...] = (
    (THINK, "<think>\na b\n</think>\n\nc d\n", False, [("thinking", "a b"), ("answer", "c d\n")]),
    (THINK, "\n<think>a</think>b", False, [("thinking", "a"), ("answer", "b")]),
    (THINK, "<think>\n\n</think>\n\nb", False, [("answer", "b")]),
    (THINK, "a\n\n</think>\nb", True, [("thinking", "a"), ("answer", "b")]),
    (THINK, "<think>\na</think>b", True, [("thinking", "a"), ("answer", "b")]),
    (THINK, "never ended\n", True, [("thinking", "never ended\n")]),
    (THINK, "<think>a < b </thin", False, [("thinking", "a < b </thin")]),
    (THINK, "use <think> and </think>", False, [("answer", "use <think> and </think>")]),
    (THINK, "<think>a</think>say <think>", False, [("thinking", "a"), ("answer", "say <think>")]),
    (THINK, "</think>\n\nb", False, [("answer", "b")]),
    (THINK, "<thin", False, [("answer", "<thin")]),
    (THINK, "<thinner", False, [("answer", "<thinner")]),
    (WRAPPED, "<think>a</think><response>b</response>", False, [("thinking", "a"), ("answer", "b")]),
    (WRAPPED, "<response>b</response>\n", False, [("answer", "b")]),
    (WRAPPED, "a </response> b", False, [("answer", "a </response> b")]),
    (WRAPPED, "a </respo", False, [("answer", "a </respo")]),
    (APRIEL, "a\n[BEGIN FINAL RESPONSE]\nb\n[END FINAL RESPONSE]", True, [("thinking", "a"), ("answer", "b")]),
    (APRIEL, "Here are my reasoning steps:\na", True, [("thinking", "a")]),
    (tags("<|channel>thought\n", "<channel|>", ""), "<|channel>thought\na<channel|>b", False,
     [("thinking", "a"), ("answer", "b")]),
    (KIMI_3, "a<|close|>think<|sep|><|open|>response<|sep|>b<|close|>response<|sep|><|close|>message<|sep|>", True,
     [("thinking", "a"), ("answer", "b")]),
)  # fmt: skip


@pytest.mark.parametrize(("thinking", "text", "opened", "parts"), CASES)
def test_however_it_is_cut(thinking: Thinking, text: str, opened: bool, parts: list[Part]) -> None:
    def stripped(parts: list[Part]) -> list[Part]:
        return [(kind, text.rstrip("\n")) for kind, text in parts]  # an end marker later may or may not be known

    for size in range(1, len(text) + 1):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert stripped(split(thinking, *pieces, opened=opened)) == stripped(parts)


HARMONIOUS: tuple[Token, ...] = (
    control("<|channel|>"), "analysis", control("<|message|>"), "I", " think", "<|end|>",
    control("<|start|>"), "assistant", control("<|channel|>"), "commentary", control("<|message|>"), "Wait.", "<|end|>",
    control("<|start|>"), "assistant", control("<|channel|>"), "analysis", control("<|message|>"), "Again", "<|end|>",
    control("<|start|>"), "assistant", control("<|channel|>"), "final ", control("<|constrain|>"), "json",
    control("<|message|>"), "{}", control("<|return|>"),
)  # fmt: skip


def test_channels() -> None:
    assert split(HARMONY, *HARMONIOUS) == [
        ("thinking", "I think"),
        ("answer", "Wait."),
        ("thinking", "\n\nAgain"),
        ("answer", "\n\n{}"),
    ]
    assert split(HARMONY, "Hello <|channel|>", answering=True) == [("answer", "Hello <|channel|>")]
    assert split(HARMONY, "no header") == [("answer", "no header")]
    assert split(HARMONY, "x" * 300, "y") == [("answer", "x" * 300 + "y")]
    assert split(HARMONY, control("<|channel|>"), "final") == []


def test_recipients_and_contents() -> None:
    assert split(
        ATEM, " to=self", control("<|message|>"), "a", control("<|eom|>"), control("<|start|>"), "assistant to=user",
        control("<|message|>"), "b",
    ) == [("thinking", "a"), ("answer", "b")]  # fmt: skip
    assert split(ATEM, " to=user", control("<|message|>"), "b") == [("answer", "b")]
    assert split(
        SOLAR, control("<|think|>"), "a", "<|end|>", control("<|begin|>"), "assistant", control("<|content|>"), "b", "<|end|>"
    ) == [("thinking", "a"), ("answer", "b")]  # fmt: skip


def test_control_tokens_are_markers_anywhere_and_never_text() -> None:
    marks = control("<think>"), control("</think>")
    assert split(THINK, marks[0], "a", marks[1], "\n\n", "b") == [("thinking", "a"), ("answer", "b")]
    assert split(THINK, "b", marks[0], "a", marks[1], " c") == [("answer", "b"), ("thinking", "a"), ("answer", "\n\nc")]
    assert split(THINK, control("<x>"), "a", control("<y>"), "b") == [("answer", "ab")]
    assert split(THINK, marks[0], "a", control("<x>"), "b") == [("thinking", "ab")]


def test_nothing_is_held_back_longer_than_needed() -> None:
    splitter = ThinkingSplitter(THINK)
    assert splitter.feed("<think>") == []
    assert splitter.inside
    assert splitter.feed("\n") == []
    assert splitter.feed("so") == [("thinking", "so")]
    assert splitter.feed(" far ") == [("thinking", " far")]
    assert splitter.feed("<") == []
    assert splitter.feed("b") == [("thinking", " <b")]
    assert splitter.feed("</think>") == []
    assert not splitter.inside
    assert splitter.feed("\n\nanswer <") == [("answer", "answer ")]
    assert splitter.finish() == [("answer", "<")]


def test_amid_a_thought_blanks_count() -> None:
    splitter = ThinkingSplitter(THINK, prompt_opened=True, resumed=True)
    assert splitter.feed(" more") == [("thinking", " more")]


def test_a_copy_goes_its_own_way() -> None:
    splitter = ThinkingSplitter(THINK, prompt_opened=True)
    splitter.feed("a<")
    other = splitter.copy()
    assert splitter.feed("/think>b") == [("answer", "b")]
    assert other.feed("c") == [("thinking", "<c")]


MARKERS = [marker for _, known in KNOWN for marker in (known.start, known.end, *known.shed, *known.headers)]


@given(
    some.sampled_from([known for _, known in KNOWN]),
    some.lists(some.one_of(some.sampled_from(MARKERS), some.text(max_size=5), some.tuples(some.just(""), some.sampled_from(MARKERS)))),
    some.booleans(),
)  # fmt: skip
def test_nothing_is_made_up_and_nothing_hangs(thinking: Thinking, tokens: list[Token], opened: bool) -> None:
    written = "".join(token for token in tokens if isinstance(token, str))
    shown = "".join(text for _, text in split(thinking, *tokens, opened=opened)).replace("\n\n", "")
    rest = iter(written)
    assert all(letter in rest for letter in shown)  # in order, with parts left out
