"""What a screen reader finds: the tree of messages and what is in them, the keyboard's place, sentences while they come."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.transcript import Transcript
from tests.ui.transcript.conftest import entry, talk

Role = QAccessible.Role
ANSWER = """# Title

See **this** [page](https://a.example) and [file](ftp://b.example).

> quoted

```python
a = 1

b = 2
```

| head | [more](https://c.example) |
|---|---|
| cell | two |

1. first
- [x] done

---
"""


def tree(view: Transcript) -> QAccessibleInterface:
    return QAccessible.queryAccessibleInterface(view)


def name(thing: QAccessibleInterface) -> str:
    return thing.text(QAccessible.Text.Name)


def about(thing: QAccessibleInterface) -> str:
    return thing.text(QAccessible.Text.Description)


def children(thing: QAccessibleInterface) -> list[QAccessibleInterface]:
    return [thing.child(number) for number in range(thing.childCount())]


@pytest.fixture
def listening() -> Iterator[None]:
    """A screen reader is there."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def test_the_parts_of_an_answer_have_roles_and_names(view: Transcript) -> None:
    view.show_entries([entry(1, "Q"), entry(2, ANSWER)], key=1)
    parts = children(tree(view).child(1))
    found = [(part.role(), name(part)) for part in parts if part.role() != Role.Button]
    assert found == [
        (Role.Heading, "Title"),
        (Role.Paragraph, "See this page and file."),
        (Role.Paragraph, "quoted"),
        (Role.Section, "Code, python, 3 lines"),
        (Role.Table, "Table with 1 row"),
        (Role.Paragraph, "1. first"),
        (Role.Paragraph, "Done: done"),
        (Role.Separator, ""),
    ]
    assert about(parts[2]) == "Quotation"
    assert about(parts[0]) == "Level 1"
    assert [name(line) for line in children(parts[3])] == ["a = 1", "", "b = 2"]
    links = children(parts[1])
    assert [(link.role(), name(link), about(link)) for link in links] == [
        (Role.Link, "page", "https://a.example"),
        (Role.Link, "file", "ftp://b.example"),
    ]
    head, row = children(parts[4])
    assert [(cell.role(), name(cell)) for cell in children(head)] == [
        (Role.ColumnHeader, "head"),
        (Role.ColumnHeader, "more"),
    ]
    assert [(cell.role(), name(cell)) for cell in children(row)] == [(Role.Cell, "cell"), (Role.Cell, "two")]
    assert [(link.role(), about(link)) for link in children(head.child(1))] == [(Role.Link, "https://c.example")]
    assert "Copy" in [name(part) for part in parts if part.role() == Role.Button]


def test_everything_knows_where_it_is(view: Transcript) -> None:
    view.show_entries([entry(1, "Q"), entry(2, ANSWER)], key=1)
    view.show_start()

    def walk(thing: QAccessibleInterface, depth: int = 0) -> int:
        found = 0
        for number, child in enumerate(children(thing)):
            assert child.isValid()
            assert thing.indexOfChild(child) == number
            assert child.parent() is thing or depth == 0
            if child.role() in (Role.Link, Role.Heading, Role.Section, Role.Table, Role.Button):
                middle = child.rect().center()
                assert child.rect().height() > 0
                hit = thing.childAt(middle.x(), middle.y())
                assert hit is child or thing.role() in (Role.ColumnHeader, Role.Row, Role.Table)
            found += 1 + walk(child, depth + 1)
        return found

    assert walk(tree(view)) > 20
    assert tree(view).childAt(-5, -5) is None


def test_what_is_gone_is_invalid_and_says_nothing(view: Transcript) -> None:
    view.show_entries([entry(1, "Q"), entry(2, ANSWER)], key=1)
    message = tree(view).child(1)
    part = message.child(7)
    view.change_entry(entry(2, "Short."))
    assert message.isValid()
    assert (name(message.child(0)), part.isValid() and part.role() != Role.Button) == ("Short.", False)
    view.show_entries([entry(1, "Q")], key=1)
    assert not message.isValid()
    assert (name(message), message.childCount(), message.rect().isNull()) == ("", 0, True)
    assert message.state().invalid


def test_messages_out_of_view_are_told_without_being_laid_out(view: Transcript) -> None:
    view.show_entries(talk(500), key=1)
    laid_out = sum(item.row is not None for item in view.items)
    far = tree(view).child(3)
    assert [part.role() for part in children(far)] == [Role.Paragraph] * 3 + [Role.Section, Role.Paragraph]
    assert far.rect().isNull()
    assert far.state().offscreen
    assert sum(item.row is not None for item in view.items) == laid_out


def test_an_open_thought_is_told(view: Transcript) -> None:
    view.show_entries([entry(1, "Q"), entry(2, "A", thinking="Hm, so.", thinking_s=3.0)], key=1)
    view.notes.toggle(2)
    note = tree(view).child(1).child(0)
    assert (note.role(), name(note)) == (Role.Note, "Hm, so.")


def test_the_keyboard_reaches_links_and_the_tree_says_where_it_is(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), entry(2, ANSWER)], key=1)
    view.clearFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(view.hasFocus)
    found = []
    while (held := tree(view).focusChild()) is not None and len(found) < 30:
        found.append((held.role(), name(held)))
        assert held.state().focused
        if held.role() == Role.Link and name(held) == "page":
            with qtbot.waitSignal(view.link_opened) as caught:
                qtbot.keyClick(view, Qt.Key.Key_Return)
            assert caught.args == ["https://a.example"]
        before = view.keys.button
        qtbot.keyClick(view, Qt.Key.Key_Right)
        if view.keys.button == before:
            break
    assert found[0][0] == Role.ListItem
    assert (Role.Link, "page") in found
    assert (Role.Link, "more") in found
    assert (Role.Section, "Code, python, 3 lines") in found
    assert (Role.Link, "file") not in found  # it does not open


def test_focus_is_always_seen(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Q"), entry(2, "An answer.")], key=1)
    view.clearFocus()
    plain = view.viewport().grab().toImage()
    for reason in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.ShortcutFocusReason, Qt.FocusReason.OtherFocusReason):
        view.setFocus(reason)
        qtbot.waitUntil(view.hasFocus)
        QApplication.processEvents()
        assert view.viewport().grab().toImage() != plain, reason
        qtbot.keyClick(view, Qt.Key.Key_Escape)
        assert view.viewport().grab().toImage() != plain, reason
        view.clearFocus()
        view.keys.forget()
        assert view.viewport().grab().toImage() == plain
    view.show_entries([], key=2)
    empty = view.viewport().grab().toImage()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert view.viewport().grab().toImage() != empty
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))


def test_answers_are_said_sentence_by_sentence(view: Transcript, listening: None) -> None:
    said: list[str] = []
    view.frames.announcer.said.connect(said.append)
    view.show_entries([entry(1, "Q"), entry(2, status="streaming")], key=1)
    for piece in ("First", " one. Sec", "ond **one**", "! Third\n\n- it", "em\n"):
        view.grow(2, piece)
        view.frames.show_frame()
    assert said == ["First one.", "Second one!", "Third"]
    view.grow(2, "- last")
    view.change_entry(entry(2, "First one. Second **one**! Third\n\n- item\n- last"))
    assert said[3:] == ["item", "last"]
    view.change_entry(entry(2, "Other."))
    assert len(said) == 5


def test_a_failure_is_said(view: Transcript, listening: None) -> None:
    said: list[str] = []
    view.frames.announcer.said.connect(said.append)
    view.show_entries([entry(1, "Q"), entry(2, status="streaming")], key=1)
    view.grow(2, "Half")
    view.frames.show_frame()
    view.change_entry(entry(2, "Half", status="failed", error="The model has ended."))
    assert said == ["Half", "The model has ended."]


@pytest.mark.parametrize("error", ["", "The model has ended."])
def test_what_came_within_one_frame_is_said(view: Transcript, listening: None, error: str) -> None:
    said: list[str] = []
    view.frames.announcer.said.connect(said.append)
    view.show_entries([entry(1, "Q"), entry(2, status="streaming")], key=1)
    view.grow(2, "One. Two.")
    view.change_entry(entry(2, "One. Two.", status="failed" if error else "done", error=error))
    assert said == ["One.", "Two.", error][: 3 if error else 2]


def test_a_failure_before_the_first_word_is_said(view: Transcript, listening: None) -> None:
    said: list[str] = []
    view.frames.announcer.said.connect(said.append)
    view.show_entries([entry(1, "Q"), entry(2, status="streaming")], key=1)
    view.change_entry(entry(2, status="failed", error="The model has ended."))
    assert said == ["The model has ended."]


def test_nothing_is_said_where_nobody_listens(view: Transcript) -> None:
    said: list[str] = []
    view.frames.announcer.said.connect(said.append)
    view.show_entries([entry(1, "Q"), entry(2, status="streaming")], key=1)
    view.grow(2, "A sentence. Another")
    view.frames.show_frame()
    assert said == []
