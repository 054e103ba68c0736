"""Formulas for browsers: harmless, whole, and nothing where they would say something else."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.typeset.mathml import mathml

PARTS = [
    "x", "1", "+", "^", "_", "{", "}", " ", "中", "<", "&", r"\\", r"\frac", r"\sqrt", r"\text", r"\href", r"\left(", r"\right)",
    r"\begin{matrix}", r"\end{matrix}", r"\color{red}", r"\alpha", r"\sum", "\x00",
]  # fmt: skip


def test_a_formula_with_its_source() -> None:
    tree = ElementTree.fromstring(mathml((r"\frac{a}{\text{中}} < b", True)))
    assert (tree.tag, tree.get("display")) == ("math", "block")
    assert tree.find(".//mfrac") is not None
    assert tree.findtext(".//mtext") == "中"
    assert tree.findtext(".//annotation") == r"\frac{a}{\text{中}} < b"
    assert 'display="inline"' in mathml(("x", False))


@pytest.mark.parametrize("latex", [r"\unknown{a}", "x^a^b", "{" * 100 + "x" + "}" * 100, r"\sqrt" * 1000])
def test_what_cannot_be_said_is_left_as_it_is(latex: str) -> None:
    assert mathml((latex, False)) == ""


def test_nothing_leads_anywhere() -> None:
    assert "href" not in mathml((r"\href{javascript:alert(1)}{y}", False)).partition("<annotation")[0]
    assert "<script>" not in mathml((r"\text{<script>}", False))


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join), st.booleans())
def test_any_latex(latex: str, display: bool) -> None:
    if made := mathml((latex, display)):
        assert ElementTree.fromstring(made).findtext(".//annotation") == latex
