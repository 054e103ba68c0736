"""A window with model files on the disk, and its Models page."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.library.arranged import Row
from app.ui.models_page.desk import ModelsDesk
from app.ui.models_page.here import OnThisComputer
from tests.library.files import write_model, write_projector
from tests.ui.conftest import Desk


@dataclass
class Shelf:
    """The page, over files in Fireside's own folder."""

    desk: Desk
    folder: Path

    @property
    def page(self) -> ModelsDesk:
        opened = self.desk.window.opening.desk
        assert opened is not None
        return opened

    @property
    def tab(self) -> OnThisComputer:
        return self.page.tab

    def open(self) -> None:
        """Open the page and wait for the list."""
        self.desk.window.opening.models()
        self.settle()

    def settle(self) -> None:
        """Wait until the look and the work on files are over."""
        models = self.desk.window.models
        self.desk.qtbot.waitUntil(lambda: models.looked and not models.looking and models.work is None, timeout=20_000)
        QApplication.processEvents()

    def names(self) -> list[str]:
        """What stands in the list."""
        return [line.name if isinstance(line, Row) else f"# {line.text}" for line in self.tab.list.lines_model.lines]

    def choose(self, name: str) -> None:
        """Put the keyboard on a model."""
        row = next(line for line in self.rows() if line.name == name)
        assert self.tab.list.choose(row.entry.path)
        QApplication.processEvents()

    def rows(self) -> list[Row]:
        return [line for line in self.tab.list.lines_model.lines if isinstance(line, Row)]


@pytest.fixture
def shelf(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setenv("HOME", str(tmp_path))  # where other programs have their models
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "models"
    write_model(folder / "ant.gguf", "Ant")
    write_model(folder / "bee-Q8_0.gguf", "Bee", general__file_type=7, general__license="mit")
    write_projector(folder / "eyes" / "mmproj-cat.gguf", "cat eyes")
    (folder / "broken.gguf").write_bytes(b"nothing of the kind")
    return Shelf(desk, folder)
