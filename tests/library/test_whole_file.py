"""Small files are there as a whole, or as they were before."""

import stat
from pathlib import Path

import pytest

from app.library.whole_file import write_whole


@pytest.mark.parametrize("sync", [True, False])
def test_it_takes_the_place_of_the_earlier_one(tmp_path: Path, sync: bool) -> None:
    path = tmp_path / "new folder" / "list.json"
    for data in (b"one", b"", b"two\n"):
        write_whole(path, data, sync=sync)
        assert path.read_bytes() == data
    assert list(path.parent.iterdir()) == [path]


def test_who_may_read_it(tmp_path: Path) -> None:
    write_whole(tmp_path / "secret", b"1", mode=0o600)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_whole(tmp_path / "taken", b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
