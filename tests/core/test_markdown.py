"""Long texts in parts: each means alone what it means in the whole, and nothing is lost."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.markdown import parts_of

LINES = st.sampled_from(["words", "", "- item", "  more", "```", "~~~", "# Title", "x" * 90, "1. one"])


@given(st.lists(LINES, max_size=60), st.integers(10, 60))
def test_parts_lose_nothing_but_line_ends(lines: list[str], size: int) -> None:
    text = "\n".join(lines)
    assert "".join(parts_of(text, size)).replace("\n", "") == text.replace("\n", "")


def test_code_is_never_cut() -> None:
    code = "```\n" + "line\n\n" * 100 + "```"
    parts = parts_of(f"Before.\n\n{code}\n\nAfter.\n\n" + "word\n\n" * 40, 50)
    assert code in [part.strip() for part in parts] or any(part.startswith(code) for part in parts)


def test_parts_begin_where_a_block_does() -> None:
    parts = parts_of("\n\n".join(f"- item {n}\n\n  more of it" for n in range(50)), 100)
    assert all(part.startswith("- item") for part in parts)
    assert len(parts) > 10
