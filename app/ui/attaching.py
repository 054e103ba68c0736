"""A text box with attachments: what becomes one, how it opens and goes back, and one undo for both."""

from collections.abc import Callable, Sequence
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from threading import Thread
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QTextCursor, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from app.core.attachments import LONG, MOST, Attachment, check_length, from_file, pasted, split
from app.core.encodings import decoded
from app.core.errors import AppError, InputError
from app.core.language import tr
from app.core.record import record
from app.ui.chips import ChipBar
from app.ui.grounds import tab_before

if TYPE_CHECKING:
    from app.ui.unfinished import Slot

OPENED = "attachment:"  # begins the name under which what is typed in one is kept
RETURNED = 20_000  # characters; a longer text would take the box seconds to lay out, and stays beside it


class AttachingEdit(QPlainTextEdit):
    """Plain text. Tells of long pastes and of files, and leaves undoing to whoever knows about both."""

    pasted_long = Signal(str)
    files_given = Signal(list)  # of Path
    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.beside = (False, False)  # can something beside the text be undone, or done again?

    def can_undo(self) -> bool:
        """Is there anything to undo?"""
        return self.document().isUndoAvailable() or self.beside[0]

    def insertFromMimeData(self, source: QMimeData) -> None:
        if files := local_files(source):
            self.files_given.emit(files)
        elif source.hasText():
            text = source.text().replace("\r\n", "\n").replace("\0", "")
            if len(text) > LONG:
                self.pasted_long.emit(text)
            else:
                self.insertPlainText(text)
                self.ensureCursorVisible()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        if any(path.suffix.lower() == ".gguf" for path in local_files(source)):
            return False  # a model, for the window
        return source.hasText()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo, redo = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
            if (event.matches(undo) and self.beside[0]) or (event.matches(redo) and self.beside[1]):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_asked.emit()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo_asked.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu()
        for name, asked, possible in (
            ("edit-undo", self.undo_asked, self.can_undo()),
            ("edit-redo", self.redo_asked, self.document().isRedoAvailable() or self.beside[1]),
        ):
            for action in menu.actions():
                if action.objectName() == name:
                    action.triggered.disconnect()
                    action.triggered.connect(asked.emit)
                    action.setEnabled(possible)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())


def local_files(source: QMimeData) -> list[Path]:
    """The files that are dropped or pasted."""
    return [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]


@record
class Step:
    """A change of the attachments, which may have brought changes of the text with it."""

    before: tuple[Attachment, ...]
    after: tuple[Attachment, ...]
    undoable: int  # steps of the text that lay behind it when it was done
    texts: int = 0  # how many of them are its own


class Attached(QObject):
    """The attachments beside an editor: shown in a bar, opened, edited, undone."""

    changed = Signal()
    refused = Signal(object)  # AppError
    _came = Signal(str, object)  # name of a file; its text, or the AppError that says why there is none

    def __init__(self, edit: AttachingEdit, bar: ChipBar) -> None:
        super().__init__(edit)
        self.attachments: tuple[Attachment, ...] = ()
        self.slots: Callable[[str], Slot] = loose_slot  # where what is typed in one that is open is kept
        self._edit, self._bar = edit, bar
        self._done: list[Step] = []
        self._undone: list[tuple[Step, int]] = []  # with the steps of the text that could be done again then
        self._stepping = False
        edit.pasted_long.connect(self.paste)
        edit.files_given.connect(self.read_files)
        edit.undo_asked.connect(self.undo)
        edit.redo_asked.connect(self.redo)
        edit.textChanged.connect(self._typed)
        bar.opened.connect(self.open)
        bar.remove_asked.connect(self._remove)
        bar.put_back_asked.connect(self._put_back)
        self._came.connect(self._take, Qt.ConnectionType.QueuedConnection)

    # ── changing ──────────────────────────────────────────────────────────────────────────────────────

    def show(self, typed: str, attachments: Sequence[Attachment]) -> None:
        """Begin anew with these; there is nothing to undo."""
        self._stepping = True
        self._edit.setPlainText(typed)
        self._edit.moveCursor(QTextCursor.MoveOperation.End)
        self._stepping = False
        self._done, self._undone = [], []
        self._show(tuple(attachments))

    def paste(self, text: str) -> None:
        """A long text becomes an attachment; a whole message that had some is taken apart again."""
        try:
            check_length(text)
        except InputError as error:
            self.refused.emit(error)
            return
        typed, attached = split(text)
        if not attached or len(typed) > LONG:
            self._change((*self.attachments, pasted(text, self._names())))
            return
        texts = self._insert(typed) if typed else 0
        self._change((*self.attachments, *attached), texts)

    def _names(self) -> list[str]:
        return [each.name for each in self.attachments]

    def _insert(self, text: str) -> int:
        """Put a text where the cursor is, as a step of its own; returns how many steps of the document that is."""
        document = self._edit.document()
        before = document.availableUndoSteps()
        document.setModified(False)  # what was typed before is another step
        self._stepping = True
        self._edit.insertPlainText(text)
        self._stepping = False
        self._edit.ensureCursorVisible()
        return document.availableUndoSteps() - before

    def _change(self, after: tuple[Attachment, ...], texts: int = 0) -> None:
        document = self._edit.document()
        document.setModified(False)  # what is typed next is another step
        document.clearUndoRedoStacks(QTextDocument.Stacks.RedoStack)
        self._undone = []
        self._done.append(Step(self.attachments, after, document.availableUndoSteps(), texts))
        self._show(after)

    def _show(self, attachments: tuple[Attachment, ...]) -> None:
        focused = self._bar.isAncestorOf(self._edit.window().focusWidget())
        self.attachments = attachments
        self._bar.show_attachments(attachments, RETURNED)
        for chip in self._bar.chips:
            tab_before(self._edit, chip)
        self._tell_beside()
        if focused:
            self._edit.setFocus()
        self.changed.emit()

    def _remove(self, number: int) -> None:
        self._change((*self.attachments[:number], *self.attachments[number + 1 :]))
        self._edit.setFocus()

    def _put_back(self, number: int) -> None:
        self._put_back_as(self.attachments[number], self.attachments[number])

    def _put_back_as(self, old: Attachment, new: Attachment) -> None:
        """Make it a part of the text, where the cursor is."""
        if old in self.attachments and len(new.text) <= RETURNED:
            number = self.attachments.index(old)
            texts = self._insert(new.text)
            self._change((*self.attachments[:number], *self.attachments[number + 1 :]), texts)
            self._edit.setFocus()

    def open(self, number: int) -> None:
        """Open one to be read and edited."""
        from hashlib import sha256  # not needed before one is opened

        from app.ui.attachment_dialog import AttachmentDialog

        each = self.attachments[number]
        this = sha256(f"{each.name}\n{each.text}".encode("utf-8", "replace")).hexdigest()[:16]
        slot = self.slots(f"{OPENED}{this}")
        dialog = AttachmentDialog(
            each, self._edit.window(), edited=True, may_return=len(each.text) <= RETURNED, slot=slot
        )
        dialog.saved.connect(slot.through(lambda new: self._replace(each, new)))
        dialog.put_back_asked.connect(slot.through(lambda new: self._put_back_as(each, new)))
        dialog.open()

    def _replace(self, old: Attachment, new: Attachment) -> None:
        if new != old and old in self.attachments:
            number = self.attachments.index(old)
            self._change((*self.attachments[:number], new, *self.attachments[number + 1 :]))

    # ── undoing ───────────────────────────────────────────────────────────────────────────────────────

    def undo(self) -> None:
        """Undo what was done last, in the text or beside it."""
        document = self._edit.document()
        if not self._done or self._done[-1].undoable < document.availableUndoSteps():
            self._step(self._edit.undo)
            return
        step = self._done.pop()
        while step.texts and document.availableUndoSteps() > step.undoable - step.texts:
            self._step(self._edit.undo)
        self._undone.append((step, document.availableRedoSteps()))
        self._show(step.before)

    def redo(self) -> None:
        """Do again what was undone last."""
        document = self._edit.document()
        if not self._undone or self._undone[-1][1] < document.availableRedoSteps():
            self._step(self._edit.redo)
            return
        step, _ = self._undone.pop()
        while step.texts and document.availableUndoSteps() < step.undoable and document.isRedoAvailable():
            self._step(self._edit.redo)
        self._done.append(step)
        self._show(step.after)

    def _step(self, go: Callable[[], None]) -> None:
        self._stepping = True
        go()
        self._stepping = False
        self._tell_beside()

    def _typed(self) -> None:
        if not self._stepping and self._undone:
            self._undone = []
            self._tell_beside()

    def _tell_beside(self) -> None:
        self._edit.beside = (bool(self._done), bool(self._undone))

    # ── files ─────────────────────────────────────────────────────────────────────────────────────────

    def read_files(self, paths: Sequence[Path]) -> None:
        """Read text files, on a thread of their own: a disk may be far away."""
        Thread(target=self._read, args=(tuple(paths),), name="attached files", daemon=True).start()

    def _read(self, paths: Sequence[Path]) -> None:
        for path in paths:
            found: str | AppError
            try:
                found = text_of(path)
            except AppError as error:
                found = error
            try:
                self._came.emit(path.name, found)
            except RuntimeError:  # the window is gone
                return

    def _take(self, name: str, found: str | AppError) -> None:
        if isinstance(found, AppError):
            self.refused.emit(found)
        else:
            self._change((*self.attachments, from_file(name, found, self._names())))


def loose_slot(_what: str) -> "Slot":
    """For an editor that nobody gave a better one."""
    from app.ui.unfinished import Slot

    return Slot()


def text_of(path: Path) -> str:
    """The text of a file.

    Raises:
        InputError: it cannot be read, is too large, or is no text.
    """
    try:
        about = path.stat()
        if S_ISDIR(about.st_mode):
            raise InputError(tr("{name} is a folder.").format(name=path.name), tr("Drop the files that are in it."))
        if not S_ISREG(about.st_mode):  # a pipe would keep us waiting
            raise OSError("not a regular file")
        if about.st_size > MOST:
            raise InputError(
                tr("{name} is too large: it has {size} MB.").format(name=path.name, size=round(about.st_size / 1e6, 1)),
                tr("Attach a part of it; {size} MB are the most.").format(size=MOST // 1_000_000),
            )
        with path.open("rb") as file:
            data = file.read(MOST + 1)
    except OSError as problem:
        raise InputError(
            tr("{name} could not be read.").format(name=path.name),
            tr("See whether it is still there and whether you may read it."),
            str(problem),
        ) from problem
    if not data.strip():
        raise InputError(tr("{name} is empty.").format(name=path.name), tr("Choose another file."))
    return decoded(data, path.name)
