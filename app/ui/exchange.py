"""Conversations leave and come: the dialogs before, the work in another process, what is said of it in the window."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from app.core.errors import AppError, InputError, sentences
from app.core.export import Format, file_name
from app.core.language import tr, trn
from app.core.record import record

if TYPE_CHECKING:
    from app.chat.jobs import AllPages, Job, Pages
    from app.ui.export_dialogs import Form
    from app.ui.import_dialog import ImportDialog
    from app.ui.pdf_export import PdfExport
    from app.ui.restore_dialog import RestoreDialog
    from app.ui.tasks import Task
    from app.ui.window import Window

FOLDER, FORM = "export.folder", "export.form"
SILENT = 300  # ms; what is done by then needs no strip


@record
class Restoring:
    """A backup, copied and checked, that waits for the database to be closed."""

    name: str
    prepared: Path


@record
class Restored:
    """What became of it."""

    name: str
    aside: Path | None = None  # where the conversations of before are
    error: AppError | None = None


class Exchange:
    """One piece of work at a time; it goes on while the window is built anew and ends when it closes."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._session = window.session
        self.task: Task | PdfExport | None = None
        self.looks: set[Task] = set()  # at the backups; several, where one was left and the next is opened at once
        self._told: tuple[str, float | None] = ("", None)
        self._done: Callable[[], None] = lambda: None
        self._importing: ImportDialog | None = None
        self._files: tuple[Path, ...] = ()
        self.restoring: Restoring | None = None  # what takes the place of the conversations when the window has closed
        self._shown = QTimer(window)
        self._shown.setSingleShot(True)
        self._shown.setInterval(SILENT)
        self._shown.timeout.connect(self.show)

    # ── leaving ───────────────────────────────────────────────────────────────────────────────────────

    def export_one(self) -> None:
        """Ask where the conversation in view goes, and in what form."""
        from app.ui.export_dialogs import SaveDialog, folder_for, forms

        self._require_free()
        conversation, messages = self._session.whole()
        if not messages:
            raise InputError(
                tr("There is nothing to export yet."), tr("Write a message first, or open a conversation.")
            )
        kinds = forms(
            any(entry.versions > 1 for entry in self._session.entries) or len(messages) > len(self._session.entries)
        )
        last = self._session.recall(FORM)
        first = next((kind for kind in kinds if kind.form == last), kinds[0])
        folder = folder_for(self._session.recall(FOLDER))
        dialog = SaveDialog(self._window, folder / file_name(conversation, first.form), kinds, first)
        dialog.placed.connect(self._window.attempting(self._export_one))
        dialog.open()

    def _export_one(self, path: Path, form: "Form") -> None:
        from app.chat.jobs import ExportOne, Pages

        self._require_free()
        conversation, messages = self._session.whole()
        self._session.remember(FOLDER, str(path.parent))
        self._session.remember(FORM, form.form)

        def done() -> None:
            self._window.middle.say(tr("Saved as {name}.").format(name=path.name))

        if form.form == "pdf":
            self._set_pages(Pages(conversation, messages, path, form.all_branches), tr("Making the PDF…"), done)
        else:
            job = ExportOne(conversation, messages, form.form, path, form.all_branches)
            self._start(job, tr("Exporting…"), done)

    def export_all(self) -> None:
        """Ask in what form all conversations leave, then where to."""
        from app.ui.export_dialogs import ExportAllDialog

        self._require_free()
        count = self._session.history.count()
        if not count:
            raise InputError(
                tr("There is nothing to export yet."), tr("Write a message first, or open a conversation.")
            )
        dialog = ExportAllDialog(
            trn(
                "{count} conversation leaves; the trash stays.", "{count} conversations leave; the trash stays.", count
            ),
            self._window,
        )
        dialog.chosen.connect(self._window.attempting(self._ask_place))
        dialog.open()

    def _ask_place(self, form: Format, together: bool) -> None:
        from app.ui.export_dialogs import ask_file, ask_folder, folder_for

        folder = folder_for(self._session.recall(FOLDER))
        title = tr("Export all conversations")
        if together:
            name = f"fireside-{datetime.now():%Y-%m-%d}.json"
            ask_file(
                self._window,
                title,
                folder / name,
                ".json",
                self._window.attempting(lambda path: self._export_all(path, form, True)),
            )
        else:
            ask_folder(
                self._window, title, folder, self._window.attempting(lambda path: self._export_all(path, form, False))
            )

    def _export_all(self, out: Path, form: Format, together: bool) -> None:
        from app.chat.jobs import AllPages, ExportAll

        self._require_free()
        self._session.remember(FOLDER, str(out.parent if together else out))
        database = self._window.paths.database

        def done() -> None:
            self._window.middle.say(tr("Exported to {name}.").format(name=out.name or str(out)))

        if form == "pdf":
            self._set_pages(AllPages(database, out), tr("Making PDF files…"), done)
        else:
            self._start(ExportAll(database, form, out, together), tr("Exporting…"), done)

    def _start(self, job: "Job", told: str, done: Callable[[], None]) -> None:
        from app.ui.tasks import Task

        self._run(Task(job, self._window), told, done)

    def _set_pages(self, job: "Pages | AllPages", told: str, done: Callable[[], None]) -> None:
        from app.ui.pdf_export import PdfExport

        self._run(PdfExport(job, self._window), told, done)

    # ── coming ────────────────────────────────────────────────────────────────────────────────────────

    def import_chats(self, files: Sequence[Path] = ()) -> None:
        """Show the dialog in which files are named, looked into and taken; with files, these at once."""
        from app.ui.import_dialog import ImportDialog

        if self._importing is None:
            self._require_free()
            dialog = self._importing = ImportDialog(self._window)
            dialog.named.connect(self._window.attempting(self._read))
            dialog.asked.connect(self._window.attempting(self._add))
            dialog.finished.connect(self._stop_importing)
            dialog.show()
        else:
            self._importing.raise_()
            self._importing.activateWindow()
        if files and self._importing.state in ("empty", "choosing", "done"):
            self._read(tuple(files))

    def _read(self, files: tuple[Path, ...]) -> None:
        from app.chat.jobs import ReadChats
        from app.ui.tasks import Task

        self._require_free()
        dialog = self._importing
        assert dialog is not None
        self._files = files
        dialog.read(files)
        task = Task(ReadChats(self._window.paths.database, files), self._window)
        self._quietly(task, dialog.show_found, dialog.show_read)

    def _add(self, marks: frozenset[str]) -> None:
        from app.chat.importing.adding import Preview
        from app.chat.jobs import AddChats
        from app.ui.tasks import Task

        self._require_free()
        dialog = self._importing
        assert dialog is not None
        dialog.show_adding()
        task = Task(AddChats(self._window.paths.database, self._files, marks), self._window)

        def came(step: object) -> None:
            if isinstance(step, Preview):
                dialog.show_added()

        def ended(error: AppError | None) -> None:
            self._session.history.written_beside()
            dialog.show_done(error, task.cancelled)

        self._quietly(task, came, ended)

    def _stop_importing(self) -> None:
        """The dialog was closed: what is under way ends; what was added stays."""
        self._importing = None
        if self.task is not None:
            self.task.cancel()

    def restore(self) -> None:
        """Show the backups; the one that is chosen is prepared, then the window closes and makes room for it."""
        from app.chat.jobs import Kept, LookAtBackups
        from app.store.backup import aside_name
        from app.ui.restore_dialog import RestoreDialog
        from app.ui.tasks import Task

        self._require_free()
        paths = self._window.paths
        today = datetime.now().date()
        dialog = RestoreDialog(aside_name(paths.database).name, today, self._window)
        look = Task(LookAtBackups(paths.database, paths.backups), self._window)

        def came(step: object) -> None:
            if isinstance(step, Kept):
                dialog.show_found(step)

        def ended(error: AppError | None) -> None:
            self.looks.discard(look)
            look.deleteLater()
            if look.cancelled:
                return
            dialog.show_read()
            if error is not None:
                dialog.show_refused(str(error))

        dialog.chosen.connect(self._window.attempting(lambda backup: self._restore(dialog, backup)))
        dialog.finished.connect(look.cancel)
        dialog.open()
        look.came.connect(came)
        look.ended.connect(ended)
        self.looks.add(look)
        look.start()

    def _restore(self, dialog: "RestoreDialog", backup: Path) -> None:
        from app.chat.jobs import PrepareBackup
        from app.ui.tasks import Task

        self._require_free()
        dialog.show_work()
        found: list[Path] = []
        task = Task(PrepareBackup(self._window.paths.database, backup), self._window)
        dialog.finished.connect(task.cancel)

        def ended(error: AppError | None) -> None:
            if task.cancelled:
                return
            if error is not None or not found:
                dialog.show_refused(str(error or ""))
                return
            self.restoring = Restoring(backup.name, found[0])
            dialog.accept()  # a window that is still open would keep the program from ending
            self._window.close()

        self._quietly(task, found.append, ended)

    def tell_restored(self, restored: "Restored") -> None:
        """Say in the new window what has happened."""
        if restored.error is not None:
            self._window.middle.banner.show_problem(restored.error, retry=False)
            return
        told = tr("The conversations of {name} are back.").format(name=restored.name)
        if restored.aside is not None:
            told = sentences(told, tr("What was there before is kept as {file}.").format(file=restored.aside.name))
        self._window.middle.say(told)

    # ── the work ──────────────────────────────────────────────────────────────────────────────────────

    def _require_free(self) -> None:
        if self.task is not None:
            raise InputError(
                tr("Something else is being exported or imported."), tr("Wait until it is done, or cancel it first.")
            )

    def _run(self, task: "Task | PdfExport", told: str, done: Callable[[], None]) -> None:
        self.task, self._told, self._done = task, (told, None), done
        task.came.connect(self._progress)
        task.ended.connect(self._ended)
        task.start()
        self._shown.start()

    def _quietly(self, task: "Task", came: Callable[[Any], None], ended: Callable[[AppError | None], None]) -> None:
        """Run something of which a dialog tells how far it is."""

        def over(error: AppError | None) -> None:
            self.task = None
            task.deleteLater()
            if task.cancelled and self._importing is None and self.restoring is None:
                self._session.history.written_beside()  # the dialog is gone, what was added is there
            else:
                ended(error)

        self.task, self._told = task, ("", None)
        task.came.connect(came)
        task.ended.connect(over)
        task.start()

    def _progress(self, step: object) -> None:
        from app.chat.jobs import Progress

        if isinstance(step, Progress) and step.total > 1:
            told = tr("Exporting {number} of {count}").format(number=f"{step.done:,}", count=f"{step.total:,}")
            self._told = told, step.done / step.total
            if not self._shown.isActive():
                self.show()

    def _ended(self, error: AppError | None) -> None:
        task, self.task = self.task, None
        assert task is not None
        self._shown.stop()
        self.show()
        task.deleteLater()
        if error is not None:
            self._window.middle.banner.show_problem(error, retry=False)
        elif task.cancelled:
            self._window.middle.say(tr("Cancelled."))
        else:
            self._done()

    def show(self) -> None:
        """Show in the window what is going on; it may have been built anew."""
        text, share = self._told if self.task is not None else ("", None)
        self._window.middle.show_work(text, share)

    def cancel(self) -> None:
        """End the work."""
        if self.task is not None:
            self.task.cancel()

    def close(self) -> None:
        """The window closes: end the work now."""
        self._shown.stop()
        task, self.task = self.task, None
        for work in (task, *self.looks):
            if work is not None:
                work.close()
        if self._importing is not None:
            self._importing.close()
