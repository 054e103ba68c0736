"""Versions of Fireside: which of two is the newer one, and what the change log says of each."""

import re

LONGEST = 40  # characters of a version; whatever is longer is something else
_VERSION = re.compile(r"v?([0-9]{1,6}(?:\.[0-9]{1,6}){0,3})(?:[-.]?(dev|a|alpha|b|beta|rc)[-.]?([0-9]{0,6}))?")
_BEFORE = {"dev": 0, "a": 1, "alpha": 1, "b": 2, "beta": 2, "rc": 3}
_FINISHED = 4


def version_of(text: str) -> str:
    """The version that a tag names: "0.2.0" of "v0.2.0"; "" where it names none."""
    text = text.strip()
    return text.removeprefix("v") if len(text) <= LONGEST and _VERSION.fullmatch(text) else ""


def is_newer(version: str, than: str) -> bool:
    """Whether a version comes after another one; no, where one of them is no version."""
    one, other = _order(version), _order(than)
    return one is not None and other is not None and one > other


def _order(version: str) -> tuple[tuple[int, ...], int, int] | None:
    """Numbers, and what stands behind them: 1.0rc2 comes after 1.0b1 and before 1.0, which is 1.0.0."""
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return None
    numbers = [int(number) for number in found[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), _BEFORE[found[2]] if found[2] else _FINISHED, int(found[3] or 0)
