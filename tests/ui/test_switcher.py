"""The switcher in the window: typing, choosing, loading, and the way to more."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.protocol import Load
from app.ui.switcher import Switcher
from app.ui.switcher_rows import LINE, Heading, spoken
from tests.tiny_model import write_tiny_model
from tests.ui.conftest import Desk


@pytest.fixture
def models(desk: Desk, own_data_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Two models in the folder of the application; other programs have none."""
    for name in ("HF_HOME", "HOME", "OLLAMA_MODELS", "XDG_CACHE_HOME", "LLAMA_CACHE", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    folder = desk.window.paths.models
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(("Alder", "Birch")):
        write_tiny_model(folder / f"{name.lower()}.gguf", name=name, seed=number)
    return folder


def opened(desk: Desk, command: str = "switch_model") -> Switcher:
    desk.trigger(command)
    switcher = desk.window.findChildren(Switcher)[-1]
    desk.qtbot.waitUntil(lambda: desk.window.models.looked)
    QApplication.processEvents()
    return switcher


def shown(switcher: Switcher) -> list[str]:
    return [spoken(line).partition(",")[0] for line in switcher.lines.lines]


def closed(desk: Desk) -> bool:
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete
    return not [each for each in desk.window.findChildren(Switcher) if each.isVisible()]


def loads(desk: Desk) -> list[str]:
    return [request.path.stem for request in desk.engine.requests if isinstance(request, Load)]


def test_a_few_letters_and_enter(desk: Desk, models: Path) -> None:
    desk.window.composer.show_text("A draft")
    desk.ask("Hello")
    switcher = opened(desk)
    assert switcher.field.hasFocus()
    lines = shown(switcher)
    assert lines[0] == "Used lately"
    assert lines[-3:] == ["Alder", "Birch", "Find more models…"]
    QTest.keyClicks(switcher.field, "bir")
    assert shown(switcher) == ["Birch", "Find more models…"]
    assert "Birch" in switcher.field.accessibleDescription()
    QTest.keyClick(switcher.field, Qt.Key.Key_Return)
    desk.run()
    assert closed(desk)
    assert loads(desk)[-1] == "birch"
    assert desk.window.composer.editor.hasFocus()
    assert desk.window.composer.draft() == "A draft"
    assert [entry.message.text for entry in desk.session.entries] == ["Hello", "Hello"]


def test_escape_gives_the_keyboard_back(desk: Desk, models: Path) -> None:
    desk.window.sidebar.search.setFocus()
    switcher = opened(desk)
    QTest.keyClick(switcher.field, Qt.Key.Key_Escape)
    assert closed(desk)
    assert desk.window.sidebar.search.hasFocus()


def test_letters_typed_on_a_button_go_into_the_field(desk: Desk, models: Path) -> None:
    switcher = opened(desk)
    switcher.buttons[1].setFocus()
    QTest.keyClick(switcher.buttons[1], Qt.Key.Key_B)
    QTest.keyClicks(switcher.field, "ir")
    assert switcher.field.hasFocus()
    assert switcher.field.text() == "bir"
    switcher.close()


def test_escape_and_a_click_beside_it_close_it(desk: Desk, models: Path) -> None:
    before = loads(desk)
    QTest.keyClick(opened(desk).field, Qt.Key.Key_Escape)
    assert closed(desk)
    QTest.mouseClick(opened(desk), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert closed(desk)
    opened(desk)
    desk.window.composer.setFocus()
    assert closed(desk)
    assert loads(desk) == before


def test_the_arrows_pass_by_the_headings_and_go_round(desk: Desk, models: Path) -> None:
    switcher = opened(desk)
    seen = []
    for _ in switcher.lines.lines:
        QTest.keyClick(switcher.field, Qt.Key.Key_Down)
        seen.append(switcher.view.currentIndex().data(LINE))
    assert not any(isinstance(line, Heading) for line in seen)
    assert "more" in seen
    QTest.keyClick(switcher.field, Qt.Key.Key_PageUp)
    QTest.keyClick(switcher.field, Qt.Key.Key_PageUp)
    assert switcher.view.currentIndex().row() == 1
    QTest.keyClick(switcher.field, Qt.Key.Key_PageDown)
    QTest.keyClick(switcher.field, Qt.Key.Key_PageDown)
    assert switcher.view.currentIndex().data(LINE) == "more"
    switcher.close()


def test_what_is_loading_shows_how_far_it_is_and_can_be_cancelled(desk: Desk, models: Path) -> None:
    desk.session.load_model(models / "alder.gguf")
    desk.engine.step(2)
    switcher = opened(desk)
    assert "Loading 50 %" in spoken(switcher.lines.lines[1])
    QTest.keyClick(switcher.field, Qt.Key.Key_Up)
    switcher._go_to(1)
    index = switcher.lines.index(1)
    box = switcher.drawer.end_of(index)
    assert switcher.view.visualRect(index).contains(box.center())
    QTest.keyClick(switcher.field, Qt.Key.Key_Delete)
    desk.run()
    assert desk.session.model_state.path != models / "alder.gguf"
    assert switcher.isVisible()
    switcher.close()


def test_what_is_loaded_already_says_so(desk: Desk, models: Path) -> None:
    assert desk.engine.model is not None
    desk.engine.others = (replace(desk.engine.model, path=models / "birch.gguf"),)
    switcher = opened(desk)
    assert any(spoken(line).startswith("Birch, Loaded") for line in switcher.lines.lines)
    switcher.close()


def test_the_way_to_more_models(desk: Desk, models: Path) -> None:
    desk.window.prefer(offline=True)
    switcher = opened(desk)
    QTest.keyClicks(switcher.field, "nobody has this")
    assert shown(switcher) == ["Find more models…"]
    QTest.keyClick(switcher.field, Qt.Key.Key_Return)
    assert closed(desk)
    assert desk.window.opening.desk is not None
    assert desk.window.opening.desk.hub.find.field.text() == "nobody has this"
    desk.window.opening.leave_models()


def test_the_name_in_the_top_bar_opens_it_and_its_foot_has_the_commands(desk: Desk, models: Path) -> None:
    desk.window.middle.top.model.click()
    switcher = desk.window.findChildren(Switcher)[-1]
    assert [button.accessibleName() for button in switcher.buttons] == [
        "Models", "Use the built-in model", "Open model file…", "Loading settings", "Load model again", "Unload model",
    ]  # fmt: skip
    switcher.buttons[-1].click()
    desk.run()
    assert closed(desk)
    assert desk.session.model_state.state == "none"


def test_an_answer_again_with_another_model(desk: Desk, models: Path) -> None:
    desk.trigger("regenerate_with")
    assert closed(desk)  # there is no answer yet
    desk.ask("Hello")
    switcher = opened(desk, "regenerate_with")
    assert not switcher.buttons
    QTest.keyClicks(switcher.field, "ald")
    QTest.keyClick(switcher.field, Qt.Key.Key_Return)
    desk.run()
    assert loads(desk)[-1] == "alder"
    assert desk.session.entries[-1].versions == 2
