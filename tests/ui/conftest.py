"""A real window over a real session: database on disk, engine without a model."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.chat.session import Session
from app.core import language
from app.core.paths import Paths, bundled
from app.engine.scripted import Scripted
from app.store.database import Database
from app.ui.bridge import Bridge
from app.ui.window import Window


@dataclass
class Desk:
    """What a test has before it."""

    window: Window
    session: Session
    engine: Scripted
    bridge: Bridge
    qtbot: QtBot

    def run(self) -> None:
        """Let the engine answer to the end, and the window show it."""
        while self.engine.step():
            QApplication.processEvents()
        QApplication.processEvents()

    def ask(self, text: str) -> None:
        """A question and its answer."""
        self.session.say(text)
        self.run()

    def trigger(self, name: str) -> None:
        """As if the user chose the command."""
        self.window.actions_by_name[name].trigger()
        QApplication.processEvents()


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """Stands for a model; the scripted engine does not read it."""
    path = tmp_path / "small.gguf"
    path.write_bytes(b"GGUF")
    return path


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, model_file: Path, new_database: Path) -> Iterator[Desk]:
    """The window is shown and the model is loaded."""
    store = Database(Path(shutil.copy(new_database, tmp_path / "fireside.db")))
    bridge = Bridge()
    engine = Scripted(bridge.deliver)
    session = Session(store, engine, bridge.changed.emit, model_file)
    bridge.attach(session.handle)
    session.load_model()
    window = Window(session, bridge, Paths(tmp_path, tmp_path, tmp_path))
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(lambda: window.panel is not None)
    result = Desk(window, session, engine, bridge, qtbot)
    result.run()
    yield result
    window.close()
    engine.close()
    store.close()
    language.use("en", bundled("resources/translations"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A window without a screen cannot pass its smallest size on, and Qt says so each time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints", extend=True))
