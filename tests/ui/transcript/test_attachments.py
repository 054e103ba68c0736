"""Attachments of messages that were said: folded chips that open, are copied, selected, searched, edited and dragged."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.core.attachments import attachment, joined
from app.ui.attachment_dialog import AttachmentDialog
from app.ui.theme import LIGHT, dress
from app.ui.transcript import Transcript
from app.ui.transcript.attachment_piece import AttachmentPiece
from app.ui.transcript.headed import Headed
from tests.ui.transcript.conftest import entry, talk

TEXT = "\n".join(f"line {n}" for n in range(500))
MESSAGE = joined("Read this, please.", [attachment("minutes.txt", TEXT), attachment("app.py", "print('😀')", "python")])


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> None:
    dress(qapp, LIGHT, 100)


def show(view: Transcript, text: str = MESSAGE) -> list[AttachmentPiece]:
    view.show_entries([entry(1, text), entry(2, "An answer.\n\n```python title='a.py'\nx = 1\n```")], key=1)
    view.show_start()
    return [item.piece for item in view.row(0).placed if isinstance(item.piece, AttachmentPiece)]


def middle_of(view: Transcript, row: int, number: int) -> QPoint:
    item = view.row(row).placed[number]
    return QPoint(view.left, view.reading.top_of(row) or 0) + item.rect.center()


def test_chips_stand_below_the_words(view: Transcript) -> None:
    first, second = show(view)
    assert [block.kind for block in view.items[0].blocks()] == ["paragraph", "attachment", "attachment"]
    assert (first.label, first.size) == ("minutes.txt", "4,389 characters, 500 lines")
    assert second.text == "print('😀')"
    assert first.height < 60
    assert view.row(0).card.contains(view.row(0).placed[2].rect)


def test_a_megabyte_is_one_chip(view: Transcript) -> None:
    (chip,) = show(view, joined("", [attachment("big", "word " * 200_000)]))
    assert len(view.items) == 2
    assert chip.length == 1_000_000
    assert view.row(0).height < 200


def test_long_words_and_a_chip(view: Transcript) -> None:
    show(view, joined("words and words\n" * 4000, [attachment("a", "b")]))
    assert len(view.items) > 2
    blocks = [block for item in view.items[:-1] for block in item.blocks()]
    assert [block.kind for block in blocks].count("attachment") == 1
    assert blocks[-1].text == "b"


def test_a_chip_opens(view: Transcript, qtbot: QtBot) -> None:
    show(view)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(view, 0, 1))
    (dialog,) = view.window().findChildren(AttachmentDialog)
    qtbot.waitUntil(lambda: not dialog._waiting)
    assert dialog.text.toPlainText() == TEXT
    assert dialog.text.isReadOnly()
    dialog.reject()


@pytest.mark.qt_log_ignore("This plugin does not support")  # raising and grabbing, as the offscreen one says
def test_chips_by_keyboard(view: Transcript, qtbot: QtBot) -> None:
    show(view)
    view.setFocus()
    view.keys.walk(-1)
    view.keys.walk(-1)
    for _ in range(len(view.row(0).stops()) - 1):
        qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert view.keys.code == 1
    assert view.plates.description(show_piece(view, 1)) == "Attachment: minutes.txt, 4,389 characters, 500 lines"
    qtbot.keyClick(view, Qt.Key.Key_Return)
    (dialog,) = view.window().findChildren(AttachmentDialog)
    dialog.reject()
    menu = view.keys.build_menu(0, "", 1)
    assert [action.text() for action in menu.actions()][:3] == ["Open", "Copy text", "Save as file…"]
    menu.actions()[1].trigger()
    assert QGuiApplication.clipboard().text() == TEXT
    with qtbot.waitSignal(view.plates.save_asked) as caught:
        menu.actions()[2].trigger()
    assert caught.args == ["minutes.txt", TEXT]
    assert isinstance(menu, QMenu)


def show_piece(view: Transcript, number: int) -> AttachmentPiece:
    piece = view.row(0).placed[number].piece
    assert isinstance(piece, AttachmentPiece)
    return piece


def test_all_of_it_is_selected_and_copied(view: Transcript) -> None:
    show(view)
    view.keys.select_all()
    assert f"Read this, please.\n\n{TEXT}\nprint('😀')" in view.selected_text()
    view.act(0, "copy")
    assert QGuiApplication.clipboard().text() == MESSAGE


def test_editing_shows_the_chips_again(view: Transcript, qtbot: QtBot) -> None:
    show(view)
    view.start_editing(1)
    editor = view.editing.editor
    assert editor is not None
    assert editor._text.toPlainText() == "Read this, please."
    assert len(editor._bar.chips) == 2
    assert editor.text == MESSAGE
    assert not editor.is_changed
    assert editor.height() >= editor._bar.height() + 40
    editor._bar.chips[1].cross.click()
    assert editor.is_changed
    qtbot.keyClicks(editor._text, " Now")
    view.editing.put_away()
    view.editing.start(1)
    assert view.editing.editor is not None
    assert len(view.editing.editor._bar.chips) == 1
    with qtbot.waitSignal(view.edited) as caught:
        view.editing.editor.save()
    assert caught.args == [1, joined("Read this, please. Now", [attachment("minutes.txt", TEXT)])]


def test_an_answer_s_fences_stay_what_they_are(view: Transcript) -> None:
    view.show_entries([entry(1, "Q"), entry(2, MESSAGE)], key=1)
    assert [block.kind for block in view.items[1].blocks()] == ["paragraph", "code", "code"]


def moved(widget: QWidget, kind: QEvent.Type, at: QPoint) -> None:
    button = Qt.MouseButton.LeftButton
    place = QPointF(at)
    QApplication.sendEvent(
        widget,
        QMouseEvent(
            kind, place, QPointF(widget.mapToGlobal(at)), button if kind != QEvent.Type.MouseMove else Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button, Qt.KeyboardModifier.NoModifier,
        ),
    )  # fmt: skip


def test_what_is_dragged_out(view: Transcript) -> None:
    dragging = view.plates.dragging
    content: QMimeData = dragging.content("a.py", "x = 1")
    again = dragging.content("a.py", "y = 2")
    first, second = (Path(each.urls()[0].toLocalFile()) for each in (content, again))
    assert (content.text(), first.name, first.read_text("utf-8")) == ("x = 1", "a.py", "x = 1\n")
    assert second.name == "a.py"
    assert second.read_text("utf-8") == "y = 2\n"
    folder = first.parent.parent
    dragging.rest()
    assert not folder.exists()


def test_the_head_of_code_begins_a_drag(view: Transcript, qtbot: QtBot) -> None:
    show(view)
    number = next(n for n, item in enumerate(view.row(1).placed) if isinstance(item.piece, Headed))
    item = view.row(1).placed[number]
    at = QPoint(view.left + item.x + 60, (view.reading.top_of(1) or 0) + item.y + 12)
    moved(view.viewport(), QEvent.Type.MouseMove, at)
    assert view.viewport().cursor().shape() == Qt.CursorShape.OpenHandCursor
    moved(view.viewport(), QEvent.Type.MouseButtonPress, at)
    held = view.plates.dragging._held
    assert held is not None
    assert held[1:] == ("a.py", "x = 1")
    moved(view.viewport(), QEvent.Type.MouseMove, at + QPoint(1, 0))
    assert view.plates.dragging._held is not None
    moved(view.viewport(), QEvent.Type.MouseButtonRelease, at)
    assert view.plates.dragging._held is None
    assert not view.selection


def test_a_chip_that_is_dragged_does_not_open(view: Transcript) -> None:
    show(view)
    at = middle_of(view, 0, 1)
    moved(view.viewport(), QEvent.Type.MouseMove, at)
    moved(view.viewport(), QEvent.Type.MouseButtonPress, at)
    moved(view.viewport(), QEvent.Type.MouseMove, at + QPoint(60, 0))  # nobody takes it here
    moved(view.viewport(), QEvent.Type.MouseButtonRelease, at)
    assert view.plates.dragging._count == 1
    assert not view.window().findChildren(AttachmentDialog)


def test_opening_many_messages_is_not_slower(view: Transcript) -> None:
    view.show_entries(talk(2000), key=1)
    assert len(view.items) == 2000
