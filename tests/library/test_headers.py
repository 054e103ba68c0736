"""Headers read here and in a process of its own: the same, whatever the files are and whatever becomes of the process."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from app.core.errors import AppError
from app.library import headers
from app.library.description import Description
from app.library.headers import MANY, read_beside, read_here
from tests.library.files import write_model


@pytest.fixture
def files(tmp_path: Path) -> list[list[Path]]:
    made = [[write_model(tmp_path / f"{number}.gguf", f"Model {number}")] for number in range(MANY)]
    (tmp_path / "3.gguf").write_bytes(b"no model")
    (tmp_path / "5.gguf").unlink()
    return made


def _told(results: Sequence[object]) -> list[str]:
    return [result.name if isinstance(result, Description) else str(result) for result in results]


def test_a_process_says_the_same(files: list[list[Path]]) -> None:
    beside = list(read_beside(files))
    assert _told(beside) == _told(list(read_here(files)))
    assert isinstance(beside[3], AppError)
    assert isinstance(beside[5], AppError)


def test_one_that_is_given_up_leaves_nothing_running(files: list[list[Path]]) -> None:
    with closing(read_beside(files)) as results:
        next(results)


def test_what_a_lost_process_owes_is_read_here(files: list[list[Path]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "_serve", _die)
    assert _told(list(read_beside(files))) == _told(list(read_here(files)))


def _die(there: object, files: object, languages: object) -> None:
    raise SystemExit(9)
