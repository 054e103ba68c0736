"""Formulas are told from prices, code and prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.math_marks import LONGEST, display_formula, inline_formula, latex_of


def formulas(text: str) -> list[str]:
    """The formulas within a line."""
    found, position = [], 0
    while position < len(text):
        end = inline_formula(text, position, len(text)) if text[position] in "$\\" else 0
        if end:
            found.append(text[position:end])
        elif text[position] == "\\":
            end = position + 2
        position = end or position + 1
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("let $x$ be", ["$x$"]),
        (r"and \(a+b\), then \[c\].", [r"\(a+b\)", r"\[c\]"]),
        ("$$a$$ and $b$", ["$$a$$", "$b$"]),
        ("设$x$为实数", ["$x$"]),
        ("the $n$th and $i$-th", ["$n$", "$i$"]),
        (r"$\text{a \$ b}$", [r"$\text{a \$ b}$"]),
        ("$10^3$ and $2$", ["$10^3$", "$2$"]),
        (r"$5\%$ of $x + 1$", [r"$5\%$", "$x + 1$"]),
        ("$f(x) = 3$", ["$f(x) = 3$"]),
        ("$a, b$", ["$a, b$"]),
        ("$x\n+ y$", ["$x\n+ y$"]),
        (r"\\(no\\)", []),
        ("$5 and $6", []),
        ("$5, $6, $7", []),
        ("between $5-$10", []),
        ("US$5 or A$6", []),
        ("from $5 to 10$ each", []),
        ("$HOME and $PATH", []),
        ("$HOME/$USER", []),
        ("costs $20k, not 30$.", []),
        (r"\$x\$", []),
        ("$ x $", []),
        ("$$", []),
        ("$$ $$", []),
        (r"\(\)", []),
        ("`$`", []),
        ("$a `b$", []),
        ("one $ alone", []),
    ],
)
def test_within_a_line(text: str, expected: list[str]) -> None:
    assert formulas(text) == expected


@pytest.mark.parametrize(
    ("source", "latex", "display"),
    [
        ("$x$", "x", False),
        (r"\( x \)", "x", False),
        ("$$\nx\n$$", "x", True),
        (r"\[ x \].", "x.", True),
        ("$$x$$,", "x,", True),
        (r"\begin{align}a\end{align}", r"\begin{align}a\end{align}", True),
        ("$$\nx", "", True),
        (r"\begin{align}a", "", True),
    ],
)
def test_latex_between_the_marks(source: str, latex: str, display: bool) -> None:
    assert latex_of(source) == (latex, display)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("$$a$$", 5),
        ("$$\na\n\nb\n$$\nrest", 10),
        ("$$a$$ where", None),
        ("$$a$$.\nb", 6),
        (r"\[a\\[2pt]b\]", 13),
        (r"\[a\[b\]", None),
        (r"\begin{cases}\begin{cases}a\end{cases}\end{cases}", 49),
        (r"\begin{itemize}a\end{itemize}", None),
        ("$$\n$$", None),
        ("$$$", None),
    ],
)
def test_on_lines_of_its_own(text: str, end: int | None) -> None:
    found = display_formula(text, 0)
    assert (found.end if found and found.closed else None) == end


def test_a_formula_may_be_unfinished_but_not_for_ever() -> None:
    found = display_formula("$$\na + b", 0)
    assert found is not None
    assert (found.closed, found.alone) == (False, True)
    assert display_formula("$$\n" + "a" * LONGEST, 0) is None


@given(st.text(r"$\()[]`ab5 .\n", max_size=80))
def test_whatever_is_found_lies_between_marks(text: str) -> None:
    for source in formulas(text):
        assert source.startswith(("$", "\\"))
        assert latex_of(source)[0]


def test_many_marks_take_no_time_to_speak_of() -> None:
    for text in ("$a " * 50_000, r"\(" * 50_000, r"\[" * 50_000, "$$ " * 50_000, "$" * 100_000):
        assert formulas(text)[3:] == [] or "$a $a" not in text
