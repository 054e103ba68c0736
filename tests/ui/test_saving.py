"""A block of code becomes a file where the person wants it."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from app.core.errors import InputError
from app.ui.saving import write_text
from tests.ui.conftest import Desk


def test_a_text_ends_its_last_line(tmp_path: Path) -> None:
    write_text(tmp_path / "a.py", "x = '中'\ny")
    assert (tmp_path / "a.py").read_bytes() == "x = '中'\ny\n".encode()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write_text(tmp_path / "none" / "a.py", "x")
    assert caught.value.message == "a.py could not be saved."


def test_the_window_asks_where(desk: Desk, tmp_path: Path) -> None:
    desk.window.transcript.plates.save_asked.emit("code.py", "x = 1")
    (dialog,) = desk.window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "code.py"))
    assert (tmp_path / "code.py").read_text("utf-8") == "x = 1\n"
    dialog.close()
