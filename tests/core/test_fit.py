"""What fits where: the parsing of the rows, and the arithmetic of memory."""

import re

import pytest

from app.core.errors import InputError
from app.core.fit import first_numbers, shares


def test_shares() -> None:
    assert shares("", 4) == shares("  ", 4) == []
    assert shares("3,1", 4) == [3.0, 1.0]
    assert shares("1", 1) == [1.0]
    with pytest.raises(InputError, match="1,2"):
        shares("1,2", 1)


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 20, 61, 99, 100, 101, 128, 345, 999])
def test_the_first_numbers(count: int) -> None:
    pattern = re.compile(rf"blk\.{first_numbers(count)}\.")
    assert [number for number in range(1500) if pattern.search(f"blk.{number}.ffn")] == list(range(count))
