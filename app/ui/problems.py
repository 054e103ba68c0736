"""Dialogs for what went wrong: details of a problem, a start that failed, the crash report."""

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from app.chat.changes import Entry
from app.core.errors import AppError
from app.core.language import tr
from app.ui.dialogs import Dialog, paragraph
from app.ui.grounds import Muted
from app.ui.theme import dress, in_use, px


class TextBox(QPlainTextEdit):
    """Text of many lines in a frame."""


def report_box(text: str) -> TextBox:
    """Text for developers: read only, of equal width."""
    box = TextBox(text)
    box.setReadOnly(True)
    box.setAccessibleName(tr("Report"))
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(px(12))
    box.setFont(font)
    box.setMinimumHeight(px(160))
    return box


def show_details(error: AppError, parent: QWidget | None) -> Dialog:
    """What a developer wants to know of a problem."""
    dialog = Dialog(error.message, parent, width=600, height=420)
    if error.hint:
        dialog.page.addWidget(Muted(error.hint, size=14))
    dialog.page.addWidget(report_box(error.detail), 1)
    _add_copy(dialog, f"{error}\n\n{error.detail}")
    dialog.add_close()
    dialog.fit()
    dialog.open()
    return dialog


def show_reason(failed: Entry, parent: QWidget | None) -> Dialog:
    """The same of an answer that failed."""
    return show_details(AppError(tr("The answer could not be written."), failed.message.error, failed.detail), parent)


def show_crash(report: str, parent: QWidget | None) -> Dialog:
    """The last-chance hook's dialog: what happened, that nothing is lost, and a report that can be copied."""
    dialog = Dialog(tr("Something in Fireside went wrong"), parent, width=640, height=480)
    dialog.page.addWidget(
        paragraph(
            tr(
                "This is a fault in the program, not in what you did. Your conversations are on disk. You can go on; if it happens again, start Fireside anew and send the report below to its developers."
            )
        )
    )
    dialog.page.addWidget(report_box(report), 1)
    _add_copy(dialog, report)
    dialog.add_close()
    dialog.fit()
    dialog.open()
    return dialog


def show_start_fault(report: str) -> None:
    """The same as `show_crash` where there is no window; returns when the dialog is closed."""
    _dress()
    show_crash(report, None).exec()


def show_start_problem(error: AppError) -> None:
    """The application cannot start: say why and what to do, then return when the dialog is closed."""
    _dress()
    dialog = Dialog(error.message, None, width=480)
    if error.hint:
        dialog.page.addWidget(paragraph(error.hint))
    if error.detail:
        dialog.page.addWidget(report_box(error.detail), 1)
        _add_copy(dialog, f"{error}\n\n{error.detail}")
    dialog.add_close()
    dialog.fit()
    dialog.exec()


def _dress() -> None:
    """There is no window that has done it."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        dress(app, in_use("system"), 100)


def _add_copy(dialog: Dialog, text: str) -> None:
    copy = dialog.add_button(tr("Copy the report"), left=True)
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
