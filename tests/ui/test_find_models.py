"""The tabs “Find” and “Downloads” in a real window, against a stand-in of the Hub."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from app.chat.session import Session
from app.core.paths import Paths
from app.ui.bridge import Bridge
from app.ui.models_page.downloads_page import DownloadsPage
from app.ui.models_page.find_page import FindPage
from app.ui.models_page.repository_page import RepositoryPage
from app.ui.models_page.variant_row import VariantRow
from app.ui.settings_dialogs import PreferencesDialog
from app.ui.switcher import Switcher
from app.ui.window import Window
from tests.library.hub_server import File, HubServer, Repo
from tests.library.tiny_hub import NAME, NOISE, tiny_hub
from tests.ui.conftest import Desk


@dataclass
class Hunt:
    """The Models page with its tabs, and the Hub that they ask."""

    desk: Desk
    server: HubServer

    @property
    def window(self) -> Window:
        return self.desk.window

    @property
    def find(self) -> FindPage:
        assert self.window.opening.desk is not None
        return self.window.opening.desk.hub.find

    @property
    def repository(self) -> RepositoryPage:
        return self.find.repository

    @property
    def downloads(self) -> DownloadsPage:
        assert self.window.opening.desk is not None
        return self.window.opening.desk.hub.downloads

    def wait(self, found: Callable[[], object]) -> None:
        self.desk.qtbot.waitUntil(lambda: bool(found()), timeout=60_000)
        QApplication.processEvents()

    def titles(self) -> list[str]:
        return [line.title for line in self.find.list.lines.lines if line.repository]

    def open(self, name: str = NAME) -> None:
        """Open a repository by pasting its address."""
        self.desk.trigger("find_models")
        self.find.field.setText(f"{self.server.endpoint}/{name}")
        self.press(self.find.field, Qt.Key.Key_Return)
        self.wait(lambda: self.repository.rows and not self.window.opening.hub.finding.looked.asking)  # type: ignore[union-attr]

    def row(self, quantization: str) -> VariantRow:
        return next(row for row in self.repository.rows if row.offer.variant.quantization == quantization)

    def press(self, widget: QWidget, key: Qt.Key) -> None:
        self.desk.qtbot.keyClick(widget, key)
        QApplication.processEvents()

    def states(self) -> list[str]:
        return [row.item.state for row in self.downloads.rows]


@pytest.fixture
def hunt(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hunt]:
    with tiny_hub(monkeypatch, tmp_path) as server:
        yield Hunt(desk, server)
        desk.window.close()


def test_from_a_word_to_an_answer(hunt: Hunt) -> None:
    hunt.desk.trigger("find_models")
    assert hunt.find.field.hasFocus()
    assert "Qwen3.5 4B" in hunt.titles()
    assert hunt.server.log == []  # what is shown at first needs no network
    hunt.desk.qtbot.keyClicks(hunt.find.field, "tiny")
    hunt.wait(lambda: hunt.titles() == ["Tiny-GGUF"])  # after a short pause, without Enter
    hunt.press(hunt.find.field, Qt.Key.Key_Down)
    hunt.press(hunt.find.list, Qt.Key.Key_Up)
    assert hunt.find.field.hasFocus()
    hunt.press(hunt.find.field, Qt.Key.Key_Down)
    hunt.press(hunt.find.list, Qt.Key.Key_Return)
    hunt.wait(lambda: hunt.repository.card.isVisible())
    assert hunt.repository.card.toPlainText().strip() == "Tiny"
    row = hunt.row("Q4_K_M")
    assert not hunt.row("Q2_K").button.isEnabled()
    row.button.click()
    hunt.wait(lambda: row.button.text() == "Use it")
    models = hunt.window.models
    hunt.wait(lambda: any(entry.repository == NAME for entry in models.listing.entries))
    row.button.click()
    QApplication.processEvents()
    assert hunt.window.opening.desk is None
    assert hunt.window.composer.editor.hasFocus()
    hunt.desk.run()
    state = hunt.desk.session.model_state
    assert (state.state, state.path and state.path.name) == ("ready", "tiny-Q4_K_M.gguf")
    hunt.desk.ask("Hello")
    assert hunt.desk.session.entries[-1].message.role == "assistant"


def test_what_was_typed_in_the_switcher_is_looked_for(hunt: Hunt) -> None:
    hunt.open()  # a repository that was left open
    hunt.desk.trigger("focus_composer")
    hunt.desk.trigger("switch_model")
    switcher = hunt.window.findChildren(Switcher)[-1]
    hunt.desk.qtbot.keyClicks(switcher.field, "tiny")
    hunt.press(switcher.field, Qt.Key.Key_Return)
    hunt.wait(lambda: hunt.find.list.isVisible() and hunt.titles() == ["Tiny-GGUF"])
    assert hunt.find.field.text() == "tiny"
    assert hunt.find.field.hasFocus()


def test_going_back_with_the_keyboard(hunt: Hunt) -> None:
    hunt.open()
    assert hunt.row("Q8_0").button.hasFocus() or hunt.repository.back.hasFocus()
    hunt.press(hunt.repository, Qt.Key.Key_Escape)
    assert not hunt.repository.isVisible()
    assert hunt.find.list.isVisible()
    hunt.press(hunt.find.field, Qt.Key.Key_Escape)
    assert hunt.find.field.text() == ""
    hunt.press(hunt.find.field, Qt.Key.Key_Escape)
    assert hunt.window.opening.desk is None
    hunt.desk.trigger("find_models")
    assert hunt.find.isVisible()


def test_filters(hunt: Hunt) -> None:
    hunt.desk.trigger("find_models")
    everything = len(hunt.titles())
    hunt.find.filters.size_of.chosen.emit("")
    hunt.find.filters.size_of.show_value("2")
    hunt.find.filters.size_of.chosen.emit("2")
    assert 0 < len(hunt.titles()) < everything
    hunt.find.filters.author.setText("nobody")
    hunt.find.filters.author.editingFinished.emit()
    assert hunt.titles() == []
    assert hunt.find.nothing.isVisible()
    hunt.find.clear.click()
    assert len(hunt.titles()) == everything
    assert not hunt.find.filters.order.isVisible()
    hunt.find.source.show_value("hub")
    hunt.find.source.chosen.emit("hub")
    hunt.wait(lambda: len(hunt.titles()) == 2)
    assert hunt.find.filters.order.isVisible()
    hunt.find.filters.fits.click()
    hunt.window.models.look()
    hunt.wait(lambda: hunt.titles() == ["Tiny-GGUF"])
    hunt.find.filters.order.show_value("likes")
    hunt.find.filters.order.chosen.emit("likes")
    hunt.wait(lambda: any("likes" in each.query.get("sort", []) for each in hunt.server.log))
    hunt.window.opening.leave_models()
    hunt.desk.trigger("find_models")  # what was asked is still asked
    assert hunt.find.filters.fits.isChecked()
    hunt.wait(lambda: hunt.titles() == ["Tiny-GGUF"])


def test_what_goes_wrong_is_said_where_it_belongs(hunt: Hunt) -> None:
    hunt.server.faults.status = [("/api/models", 429)]
    hunt.server.faults.headers = {"Retry-After": "7"}
    hunt.desk.trigger("find_models")
    hunt.find.source.show_value("hub")
    hunt.find.source.chosen.emit("hub")
    hunt.wait(hunt.find.notice.isVisible)
    assert hunt.find.told._whole == ""  # and not that the Hub is asked
    assert "too many requests" in hunt.find.notice.message.text()
    assert "7 seconds" in hunt.find.notice.hint.text()
    hunt.find.notice.button.click()
    hunt.wait(lambda: len(hunt.titles()) == 2)
    assert not hunt.find.notice.isVisible()
    hunt.find.field.setText(f"{hunt.server.endpoint}/datasets/a/b")
    hunt.press(hunt.find.field, Qt.Key.Key_Return)
    assert hunt.window.opening.desk is not None
    assert hunt.window.opening.desk.page.banner.isVisible()
    hunt.find.field.setText("nobody/Nothing-GGUF")
    hunt.press(hunt.find.field, Qt.Key.Key_Return)
    hunt.wait(hunt.repository.notice.isVisible)
    hunt.wait(lambda: "is not at the Hub" in hunt.repository.notice.message.text())
    assert hunt.repository.gate.isVisible()  # it may be private


def test_pause_order_and_cancel(hunt: Hunt) -> None:
    files = {
        f"m-{name}.gguf": File(NOISE[: 300_000 + place]) for place, name in enumerate(("Q3_K_M", "Q4_K_M", "Q5_K_M"))
    }
    hunt.server.repositories["someone/Three-GGUF"] = Repo(files)
    hunt.server.faults.stall_after = [100_000, 50_000]
    hunt.window.prefer(downloads_at_once=1)
    hunt.open("someone/Three-GGUF")
    for row in hunt.repository.rows:
        row.button.click()
    assert hunt.server.stalled.acquire(timeout=60)
    hunt.row("Q3_K_M").button.click()  # how far it is leads to the downloads
    assert hunt.downloads.isVisible()
    assert [row.item.number for row in hunt.downloads.rows] == [1, 2, 3]
    rows = hunt.downloads.rows
    rows[1].grip.setFocus()
    assert rows[1].grip.hasFocus()
    hunt.press(rows[1].grip, Qt.Key.Key_Down)
    assert [row.item.number for row in hunt.downloads.rows] == [1, 3, 2]
    assert rows[1].grip.hasFocus()
    last = hunt.downloads.rows[2]
    last.grip.dragged.emit(QPointF(hunt.downloads.rows[0].mapToGlobal(QPointF(5, 2))))
    assert hunt.downloads._gap.isVisible()
    last.grip.dropped.emit()
    assert [row.item.number for row in hunt.downloads.rows] == [2, 1, 3]
    assert not hunt.downloads._gap.isVisible()
    first = next(row for row in hunt.downloads.rows if row.item.number == 1)
    first.pause.click()
    hunt.wait(lambda: first.item.state == "paused" and first.item.received == 100_000)
    assert "Paused" in first.told.text()
    assert hunt.server.stalled.acquire(timeout=60)  # the next one runs
    next(row for row in hunt.downloads.rows if row.item.number == 2).cancel.click()
    hunt.wait(lambda: hunt.states() == ["paused", "done"])
    hunt.downloads.clear.click()
    assert hunt.states() == ["paused"]
    first.pause.click()
    hunt.wait(lambda: hunt.states() == ["done"])
    assert [each.start for each in hunt.server.fetches][-1] == 100_000
    assert first.use.isVisible()
    assert hunt.server.fetches[-1].start == 100_000
    first.cancel.click()
    assert hunt.downloads.find_models.isVisible()


def test_the_next_window_goes_on(hunt: Hunt, tmp_path: Path) -> None:
    hunt.server.faults.stall_after = [100_000]
    hunt.open()
    hunt.row("Q8_0").button.click()
    part = tmp_path / "models" / "someone" / "Tiny-GGUF" / "tiny-Q8_0.gguf.part"
    hunt.wait(lambda: part.exists() and part.stat().st_size == 100_000)
    hunt.wait(lambda: hunt.window.middle.top.sign is not None)
    hunt.window.close()
    assert (tmp_path / "downloads.json").exists()
    bridge = Bridge()
    session = Session(hunt.desk.session._store, hunt.desk.engine, bridge.changed.emit, tmp_path / "small.gguf")
    bridge.attach(session.handle)
    window = Window(session, bridge, Paths(tmp_path, tmp_path, tmp_path))
    hunt.desk.qtbot.addWidget(window)
    window.show()
    window.opening.go_on_downloading()
    hunt.wait(lambda: not part.exists())
    hunt.wait(lambda: [item.state for item in window.opening.hub.downloads.items] == ["done"])
    assert [each.start for each in hunt.server.fetches] == [0, 100_000]
    window.close()


def test_a_quiet_sign_while_something_comes(hunt: Hunt) -> None:
    top = hunt.window.middle.top
    assert top.sign is None
    hunt.server.faults.stall_after = [100_000]
    hunt.open()
    hunt.row("Q8_0").button.click()
    assert hunt.server.stalled.acquire(timeout=60)
    hunt.wait(lambda: top.sign is not None)
    hunt.window.opening.leave_models()
    assert top.sign is not None
    hunt.wait(lambda: top.sign.isVisible() and "Tiny-GGUF" in top.sign.toolTip())  # type: ignore[union-attr]
    top.sign.click()
    assert hunt.downloads.isVisible()
    desk = hunt.window.opening.desk
    assert desk is not None
    labels = [button.text() for button in desk.page.findChildren(QAbstractButton)]
    assert any(label.startswith("Downloads") and label.endswith("%") for label in labels)
    hunt.downloads.rows[0].pause.click()
    hunt.wait(lambda: not top.sign.isVisibleTo(top))  # type: ignore[union-attr]


def test_offline(hunt: Hunt) -> None:
    hunt.desk.trigger("find_models")
    hunt.window.prefer(offline=True)
    hunt.desk.qtbot.keyClicks(hunt.find.field, "qwen")
    hunt.press(hunt.find.field, Qt.Key.Key_Return)
    assert "offline" in hunt.find.notice.message.text()
    assert "Qwen3.5 4B" in hunt.titles()
    assert "Llama 3.2 3B Instruct" not in hunt.titles()
    hunt.find.list.choose_first()
    hunt.press(hunt.find.list, Qt.Key.Key_Return)
    assert hunt.repository.rows
    assert not any(row.button.isVisible() for row in hunt.repository.rows)
    assert hunt.server.log == []
    hunt.repository.notice.button.click()
    dialog = next(each for each in hunt.window.findChildren(PreferencesDialog) if each.isVisible())
    assert dialog.rows["offline"].isAncestorOf(dialog.focusWidget())
    dialog.close()
    hunt.window.prefer(offline=False)
    hunt.press(hunt.repository, Qt.Key.Key_Escape)
    hunt.find.field.setText("tiny")
    hunt.press(hunt.find.field, Qt.Key.Key_Return)
    hunt.wait(lambda: hunt.titles() == ["Tiny-GGUF"])


def test_a_gated_model(hunt: Hunt, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True)
    hunt.server.repositories[NAME].gated = "auto"
    hunt.open()
    gate = hunt.repository.gate
    assert gate.isVisible()
    gate.page.click()
    gate.tokens.click()
    assert opened == [f"{hunt.server.endpoint}/{NAME}", f"{hunt.server.endpoint}/settings/tokens"]
    row = hunt.row("Q4_K_M")
    row.button.click()
    hunt.wait(lambda: row.button.text() == "Try again")
    assert "accepted its terms" in row.button.toolTip()
    hunt.desk.trigger("downloads")
    hunt.downloads.rows[0].look.click()
    hunt.wait(lambda: gate.isVisible() and not hunt.window.opening.hub.finding.looked.asking)  # type: ignore[union-attr]
    gate.field.setFocus()
    hunt.desk.qtbot.keyClicks(gate.field, "hf_good")
    assert gate.field.echoMode() == QLineEdit.EchoMode.Password
    hunt.press(gate.field, Qt.Key.Key_Return)
    assert gate.field.text() == ""
    hunt.wait(gate.forget.isVisible)
    hunt.wait(lambda: hunt.row("Q4_K_M").button.text() == "Try again")
    hunt.row("Q4_K_M").button.click()
    hunt.wait(lambda: hunt.row("Q4_K_M").button.text() == "Use it")
    texts = [each.text() for each in hunt.window.findChildren(QLineEdit)]
    assert not any("hf_good" in text for text in texts)
    assert "hf_good" not in caplog.text


def test_a_hostile_card_fetches_nothing(hunt: Hunt) -> None:
    place = f"{hunt.server.endpoint}/tracked"
    card = (
        f"![a]({place}/1)<img src='{place}/2'><link rel=stylesheet href='{place}/3'><style>@import '{place}/4'</style>"
        f"<script src='{place}/5'></script><iframe src='{place}/6'></iframe><table background='{place}/7'><tr><td>x</td></table>"
        f"<div style=\"background: url('{place}/8')\">words</div><object data='{place}/9'></object>"
    )
    hunt.server.repositories[NAME].files["README.md"] = File(card.encode(), lfs=False)
    hunt.open()
    hunt.wait(hunt.repository.card.isVisible)
    assert "words" in hunt.repository.card.toPlainText()
    hunt.repository.card.grab()
    hunt.repository.card.setHtml(f"<img src='{place}/10'><body background='{place}/11'>")  # were it to come so far
    hunt.repository.card.grab()
    QApplication.processEvents()
    assert not [each for each in hunt.server.log if "tracked" in each.path]


def test_another_theme_and_language_keep_what_is_looked_at(hunt: Hunt) -> None:
    hunt.open()
    hunt.window.prefer(theme="dark")
    QApplication.processEvents()
    assert hunt.repository.isVisible()
    assert hunt.row("Q4_K_M").button.isVisible()
    hunt.server.faults.stall_after = [100_000]
    hunt.row("Q8_0").button.click()
    assert hunt.server.stalled.acquire(timeout=60)
    hunt.row("Q8_0").button.click()
    assert hunt.downloads.isVisible()
    hunt.window.prefer(language="zh_CN")
    QApplication.processEvents()
    assert hunt.downloads.isVisible()
    assert hunt.states() == ["running"]
    hunt.downloads.rows[0].cancel.click()
    hunt.wait(lambda: hunt.downloads.find_models.text() == "查找模型" and hunt.downloads.find_models.isVisible())


def test_names_are_no_markup(hunt: Hunt) -> None:
    marks = f"<img src='{hunt.server.endpoint}/tracked'><h1>Large</h1>"
    hunt.server.repositories[NAME].gguf["architecture"] = marks
    hunt.server.repositories[NAME].card = {
        "license_name": marks,
        "license_link": "javascript:alert(1)",
        "language": [marks],
    }
    hunt.open()
    hunt.wait(lambda: "Large" in hunt.repository.facts.text())
    assert "<h1>" not in hunt.repository.facts.text()
    assert "href" not in hunt.repository.facts.text()
    for label in hunt.repository.findChildren(QLabel):
        assert label is hunt.repository.facts or label.textFormat() == Qt.TextFormat.PlainText or not label.text()
    hunt.repository.grab()
    assert not [each for each in hunt.server.log if "tracked" in each.path]


def test_every_part_has_a_name(hunt: Hunt) -> None:
    hunt.server.repositories[NAME].gated = "auto"
    hunt.open()
    hunt.row("Q4_K_M").button.click()
    hunt.wait(lambda: hunt.row("Q4_K_M").button.text() == "Try again")
    for page in (hunt.find, hunt.downloads):
        for widget in page.findChildren(QWidget):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and isinstance(widget, QAbstractButton | QLineEdit):
                assert widget.accessibleName() or getattr(widget, "text", str)(), widget


def test_offline_the_window_opens_no_socket(tmp_path: Path) -> None:
    """In a process of its own: an audit hook cannot be taken away again."""
    ended = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(tmp_path)], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout.split()) == (0, ["waiting", "offline"]), ended.stderr
    assert "socket" not in ended.stderr


OFFLINE = """
import os, sys
from pathlib import Path

folder = Path(sys.argv[1])
os.environ.update(FIRESIDE_HOME=str(folder), HOME=str(folder), QT_QPA_PLATFORM="offscreen", HF_ENDPOINT="http://127.0.0.1:9")

def watch(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__":
        print(event, arguments, file=sys.stderr)
    if event == "socket.__new__" and arguments[1] != 1:  # what processes talk through on this computer
        print(event, arguments, file=sys.stderr)

sys.addaudithook(watch)
from PySide6.QtWidgets import QApplication
from app.chat.session import Session
from app.core.paths import Paths, bundled
from app.engine.scripted import Scripted
from app.library.queue import DownloadQueue
from app.library.source import Source
from app.library.wanted import Wanted
from app.store.database import Database
from app.ui.application import Application
from app.ui.bridge import Bridge
from app.ui.window import Window

paths = Paths(folder, folder, folder)
source = Source(repository="a/b", commit="c", path="x.gguf", size=9, digest="sha256:0")
DownloadQueue(paths.downloads, lambda: None).add("a/b", [Wanted(source=source, target=folder / "x.gguf")])
application, store, bridge = Application(), Database(paths.database), Bridge()
engine = Scripted(bridge.deliver)
session = Session(store, engine, bridge.changed.emit, bundled("models/guide.gguf"))
bridge.attach(session.handle)
session.set_preferences(offline=True, read_back=False)
window = Window(session, bridge, paths)
window.show()
window.opening.go_on_downloading()
window.opening.models("find")
tabs = window.opening.desk.hub
for text in ("qwen", "someone/Tiny-GGUF", "https://huggingface.co/a/b"):
    tabs.find.field.setText(text)
    tabs.find.entered.emit(text)
    for _ in range(20):
        QApplication.processEvents()
tabs.find.opened.emit("unsloth/Qwen3.5-4B-GGUF")
window.opening.models("downloads")
item = window.opening.hub.downloads.items[0]
window.opening.hub.downloads.pause(item.number)
window.opening.hub.downloads.resume(item.number)
for _ in range(20):
    QApplication.processEvents()
print(window.opening.hub.downloads.items[0].state)
print("offline" if "offline" in tabs.downloads.notice.message.text() else "")
window.close()
engine.close()
store.close()
"""
