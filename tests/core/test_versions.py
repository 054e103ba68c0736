"""Versions are compared as versions, not as texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import __version__
from app.core.versions import is_newer, version_of

IN_ORDER = ["0.1.0.dev1", "0.1.0a1", "0.1.0-beta.2", "0.1.0rc1", "0.1.0-rc2", "0.1.0", "0.1.1", "0.2", "0.10", "1.0", "1.0.0.1", "1.2.3"]  # fmt: skip


def test_later_ones_are_newer() -> None:
    for place, version in enumerate(IN_ORDER):
        assert [is_newer(other, version) for other in IN_ORDER] == [later > place for later in range(len(IN_ORDER))]


def test_zeros_at_the_end_and_the_tag_s_letter_say_nothing() -> None:
    assert not is_newer("v1.0.0", "1.0")
    assert not is_newer("1.0", "v1.0.0")
    assert version_of(" v1.2.0 ") == "1.2.0"


@pytest.mark.parametrize("text", ["", "v", "latest", "1..2", "1.2.3.4.5", "1.0; rm", "9" * 41, "1.0-preview", "１.0"])
def test_what_is_no_version_is_never_newer(text: str) -> None:
    assert not is_newer(text, "0.0.1")
    assert not is_newer("9.9", text)


@given(st.text(max_size=60))
def test_any_text_is_a_version_or_none(text: str) -> None:
    assert is_newer(text, "0.0.1") in (True, False)
    found = version_of(text)
    assert not found or found.isascii()


def test_this_version_is_one() -> None:
    assert version_of(__version__) == __version__
