"""LaTeX becomes a harmless drawing, or is refused."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.typeset.formula import INK
from app.typeset.worker import DEPTH, NotSet, _answer, nesting, set_formula

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ziamath")  # as the process does


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{-b \pm \sqrt{b^2-4ac}}{2a}",
        r"\begin{align*} a &= b \\ c &= d \end{align*}",
        r"\begin{alignat}{2} a &= b \\ c &= d \end{alignat}",
        r"\begin{gathered} a \\ b \end{gathered}",
        r"\begin{equation} E = mc^2 \tag{1} \label{e} \end{equation}",
        r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}",
        r"\sum_{\substack{i<n\\ j<m}} \operatorname*{argmin}_x \hspace*{1em} a \bmod b",
        r"\mathbb{R} \to \mathcal{L}(\mathfrak{g}), \quad \vec{v} \cdot \hat{w}",
    ],
)
def test_what_models_write(latex: str) -> None:
    for display in (False, True):
        formula = set_formula((latex, display))
        assert formula.width > 0.6
        assert formula.ascent > 0.3
        assert INK in formula.svg
        assert not formula.signs


def test_the_baseline_and_the_size() -> None:
    letter, fraction = set_formula(("x", False)), set_formula((r"\frac{1}{x}", False))
    assert 0.4 < letter.ascent < 0.6
    assert letter.descent < 0.1
    assert fraction.descent > 0.3
    assert set_formula((r"\sum_{i=1}^n i", True)).ascent > set_formula((r"\sum_{i=1}^n i", False)).ascent


def test_signs_that_the_font_lacks_keep_their_places() -> None:
    formula = set_formula((r"x_{\text{最大}} = \text{如果 } y", False))
    assert "".join(sign.text for sign in formula.signs) == "最大如果"
    low, high = formula.signs[0], formula.signs[2]
    assert low.size < high.size
    assert low.y > high.y == 0
    assert formula.signs[0].x < formula.signs[1].x < formula.signs[2].x < formula.width


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a}{",
        r"\ce{H2O}",
        r"\unknown x",
        r"\includegraphics{file:///etc/passwd}",
        r"\color{url(http://a.example)}{x}",
        r"\begin{array}{c|c} a & b \end{array}",
        r"a \\ b",
        r"\text{عربي}",
        "{" * 60 + "x" + "}" * 60,
        r"\begin{matrix}" * 60,
        "",
        "&",
        "\x00",
    ],
)
def test_what_cannot_be_shown_as_it_is_meant_is_refused(latex: str) -> None:
    assert _answer((latex, True)) is None


def test_addresses_never_come_out() -> None:
    formula = set_formula((r"\href{http://a.example}{y}", False))
    assert not re.search("a.example|href=", formula.svg)


def test_nesting() -> None:
    assert nesting(r"\frac{a}{b}") == 1
    assert nesting(r"{a{b}\{\{\{") == 2
    assert nesting(r"\left(\left(\begin{matrix}\end{matrix}\right)\right)") == 4
    with pytest.raises(NotSet):
        set_formula(("{" * (DEPTH + 1), False))


PARTS = [*r"\{}^_&ab1 $%#中", r"\frac", r"\left(", r"\right)", r"\begin{matrix}", r"\text{"]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(PARTS), max_size=25).map("".join))
def test_any_text_gives_a_drawing_or_nothing(latex: str) -> None:
    formula = _answer((latex, False))
    assert formula is None or formula.width > 0
