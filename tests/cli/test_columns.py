"""Lines of a terminal with wide characters in them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.columns import folded, left, listed, right, width, wrapped

SOME = st.text(st.sampled_from("ab ,.，。你好（“”é"), max_size=60)


def test_wide_characters_take_two_columns() -> None:
    assert (width("ab"), width("你好"), width("")) == (2, 4, 0)
    assert (left("你", 4), right("你", 4)) == ("你  ", "  你")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("你好你好你好。", ["你好你好", "你好。"]),
        ("你好你好，好", ["你好你", "好，好"]),
        ("  a\n b  ", ["a b"]),
        ("averylongword b", ["averylongword", "b"]),
        ("用abc和def", ["用abc和", "def"]),
        ("", [""]),
    ],
)
def test_lines_break_at_blanks_and_beside_wide_characters(text: str, lines: list[str]) -> None:
    assert wrapped(text, 9) == lines


@given(SOME, st.integers(4, 30))
def test_nothing_is_lost(text: str, columns: int) -> None:
    lines = wrapped(text, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(line == line.strip() for line in lines)


@given(SOME, st.integers(12, 30))
def test_lines_below_each_other(text: str, columns: int) -> None:
    lines = folded(text, columns, "- ", "    ")
    assert lines[0].startswith("- ")
    assert all(line.startswith("    ") for line in lines[1:])
    told = lines[0][2:] + "".join(line[4:] for line in lines[1:])
    assert told.replace(" ", "") == text.replace(" ", "")
    assert folded(text, 0, "- ") == ["- " + text]


def test_a_long_text_goes_on_below_itself_and_a_path_stays_whole() -> None:
    path = str(Path(Path.cwd().anchor) / "home" / "a person" / "models")
    assert listed([("Name", "one two three"), ("上", "one"), ("File", path)], 14) == [
        "Name  one two",
        "      three",
        "上    one",
        "File  " + path,
    ]
