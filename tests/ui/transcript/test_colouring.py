"""Colours are what Pygments says, however the code came and however often the reading rested."""

from itertools import pairwise
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name
from pytestqt.qtbot import QtBot

from app.ui.theme import DARK, LIGHT, Theme
from app.ui.transcript.colouring import INKS, Colouring
from app.ui.transcript.lexers import Lexers

SAMPLES = {
    "python": 'def f(x: int) -> str:\n    """Doc\n    string."""\n    return f"{x}😀" + \'a\'  # 注释\n\n@wrapped\nclass A: pass\n',
    "js": "/** doc\n * more */\nfunction f(a) { return `x ${a}` + 1; } // c\nconst r = /a+/g;\n",
    "c": "#include <x.h>\n/* a\n   b */\nint main(void) { return 0x10; }\n",
    "json": '{"a": [1, true, null], "b": "text"}\n{"c": 2}\n',
    "yaml": "a: 1\nb:\n  - x # c\n",
    "html": "<div class='a'><!-- x\ny --><script>\nvar a = 1;\n</script></div>\n",
    "sql": "select a, 'b' from t where x = 1; -- c\n",
    "diff": "--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n",
}


def inks(colouring: Colouring) -> list[tuple[int, int, str]]:
    return list(colouring.inks(0, len(colouring.text)))


def coloured(language: str, text: str, until: float = inf) -> Colouring:
    found = Colouring(language)
    found.lexer = get_lexer_by_name(language)
    found.show(text, False)
    while not found.finished:
        found.work(until)
    return found


@pytest.mark.parametrize("language", SAMPLES)
def test_what_grew_ends_as_what_was_whole(language: str) -> None:
    text = SAMPLES[language] * 30
    growing = Colouring(language)
    growing.lexer = get_lexer_by_name(language)
    for end in range(0, len(text) + 7, 7):
        growing.show(text[:end], True)
        growing.work(inf)
        assert growing.done == len(text[:end])
    growing.show(text, False)
    while not growing.finished:
        growing.work(0)  # the clock has always run out: one token each
    assert inks(growing) == inks(coloured(language, text))


@pytest.mark.parametrize("growing", [True, False])
@pytest.mark.parametrize(
    ("language", "line", "ink"),
    [("diff", "-old\n+new", "inserted"), ("c", "f(); // c", "comment"), ("bash", "ls # c", "comment")],
)
def test_the_last_line_needs_no_end(language: str, line: str, ink: str, growing: bool) -> None:
    found = Colouring(language)
    found.lexer = get_lexer_by_name(language)
    found.show(line, growing)
    found.work(inf)
    assert inks(found)[-1][1:] == (len(line), ink)


def test_lines_have_their_colours_while_they_are_written() -> None:
    growing = Colouring("python")
    growing.lexer = get_lexer_by_name("python")
    growing.show("def f():\n    return 1", True)
    growing.work(inf)
    assert inks(growing) == [(0, 3, "keyword"), (4, 5, "function"), (13, 19, "keyword"), (20, 21, "number")]


def test_the_end_of_a_comment_colours_its_beginning() -> None:
    growing = Colouring("c")
    growing.lexer = get_lexer_by_name("c")
    text = "int a;\n/* one\n two\n three */\nint b;\n"
    for end in range(1, len(text) + 1):
        growing.show(text[:end], True)
        growing.work(inf)
    assert (7, 28, "comment") in inks(growing)


@pytest.mark.parametrize("step", [1, 3, 4])
def test_a_word_has_one_ink_however_it_came(step: int) -> None:
    text = "let a = b\nexport class A {}\n  return 1\n"
    growing = Colouring("js")
    growing.lexer = get_lexer_by_name("js")
    for end in range(0, len(text) + step, step):
        growing.show(text[:end], True)
        growing.work(inf)
    assert inks(growing) == inks(coloured("js", text))


def test_only_what_is_new_is_read() -> None:
    growing = Colouring("python")
    growing.lexer = get_lexer_by_name("python")
    text = ""
    for number in range(50):
        text += f"a = {number}\n"
        growing.show(text, True)
        begin, end = growing.work(inf)
        assert end - begin < 20


@given(st.sampled_from(["python", "js", "c", "yaml", "bash"]), st.text(max_size=80), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_any_text_is_covered_once_and_in_order(language: str, text: str, step: int) -> None:
    growing = Colouring(language)
    growing.lexer = get_lexer_by_name(language)
    for end in range(0, len(text) + step, step):
        growing.show(text[:end], True)
        growing.work(inf)
        runs = inks(growing)
        assert all(begin < stop for begin, stop, _ in runs)
        assert all(one[1] <= other[0] for one, other in pairwise(runs))
        assert not runs or runs[-1][1] <= len(growing.text)


def test_a_long_line_and_a_huge_text_stay_plain() -> None:
    assert coloured("python", "a = '" + "x" * 6_000 + "'").given_up
    assert coloured("python", "x\n" * 500_001).given_up


def test_lexers_come_by_the_name_on_the_fence(qtbot: QtBot) -> None:
    lexers = Lexers()
    assert not lexers.waiting("")
    assert lexers.waiting("C++")
    assert lexers.waiting("no such language")
    qtbot.waitUntil(lambda: not lexers.waiting("c++") and not lexers.waiting("no such language"))
    lexer = lexers.of("cpp")
    assert lexer is not None
    assert lexer.name == "C++"
    assert lexers.of("no such language") is None


@pytest.mark.parametrize(
    ("fence", "name"),
    [
        ("svg", "XML"),
        ("kt", "Kotlin"),
        ("hpp", "C++"),
        ("patch", "Diff"),
        ("jsonc", "JSON"),
        ("Python:app.py", "Python"),
    ],
)
def test_a_fence_may_say_the_ending_of_a_file(qtbot: QtBot, fence: str, name: str) -> None:
    lexers = Lexers()
    lexers.waiting(fence)
    qtbot.waitUntil(lambda: not lexers.waiting(fence))
    found = lexers.of(fence)
    assert found is not None
    assert found.name == name


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ink", [ink for ink in INKS if ink not in ("", "inserted", "deleted")])
def test_each_ink_can_be_read(theme: Theme, ink: str) -> None:
    one, other = luminance(getattr(theme, ink)), luminance(theme.code)
    assert (max(one, other) + 0.05) / (min(one, other) + 0.05) >= 4.5
