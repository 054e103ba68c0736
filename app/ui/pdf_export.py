"""Conversations as PDF files: their pieces are made in another process, set here in slices of time."""

from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.chat.jobs import AllPages, Pages, Progress, Sheets
from app.chat.pages import Piece
from app.core.errors import AppError
from app.typeset.formula import Formula, Key
from app.ui.pdf import Pdf
from app.ui.tasks import Task

if TYPE_CHECKING:
    from app.typeset.typesetter import Typesetter

SLICE = 8  # ms of work on pages before the window is let at its other work


class PdfExport(QObject):
    """Begins at `start`; `ended` tells an AppError or None, also after `cancel`. A file is whole or not there."""

    came = Signal(object)  # Progress
    ended = Signal(object)
    _set = Signal(object, object)  # a formula, told by the typesetter's thread

    def __init__(self, job: Pages | AllPages, parent: QObject) -> None:
        super().__init__(parent)
        self.cancelled = False
        self._over = False
        self._task = Task(job, self, holds=True)
        self._task.came.connect(self._take)
        self._task.ended.connect(self._done)
        self._waiting: deque[Piece] = deque()
        self._pdf: Pdf | None = None
        self._held = False  # the other process waits until this part is set
        self._formulas: dict[Key, Formula | None] = {}
        self._asked: set[Key] = set()
        self._typesetter: Typesetter | None = None
        self._set.connect(self._formula_came, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._work)

    def start(self) -> None:
        """Begin; returns at once."""
        self._task.start()

    def cancel(self) -> None:
        """End it; `ended` follows."""
        self.cancelled = True
        self._timer.stop()
        self._drop()
        self._task.cancel()

    def close(self) -> None:
        """End it now and wait; nothing is told any more."""
        self._over = True
        self._timer.stop()
        self._task.close()
        self._drop()
        self._rest()

    def _take(self, step: object) -> None:
        try:
            if isinstance(step, Sheets):
                self._finish()
                self._pdf = Pdf(step.path, step.title)
                self.came.emit(Progress(step.number - 1, step.total))
                self._task.go_on()
            elif isinstance(step, list):
                self._held = True
                self._waiting.extend(step)
                self._ask([key for piece in step for key in piece.formulas])
                self._timer.start(0)
        except AppError as error:
            self._fail(error)

    def _ask(self, keys: list[Key]) -> None:
        for key in keys:
            if key not in self._formulas and key not in self._asked:
                self._asked.add(key)
                if self._typesetter is None:
                    from app.typeset.typesetter import Typesetter  # most pages have no formula

                    self._typesetter = Typesetter(self._set.emit)
                self._typesetter.ask(key)

    def _formula_came(self, key: Key, formula: Formula | None) -> None:
        self._formulas[key] = formula
        self._asked.discard(key)
        if not self._over and not self.cancelled:
            self._timer.start(0)

    def _work(self) -> None:
        """Set pieces for a slice of time; those with formulas that are still to come wait, and all behind them."""
        end = perf_counter() + SLICE / 1000
        while self._waiting and self._pdf is not None:
            if any(key not in self._formulas for key in self._waiting[0].formulas):
                return  # goes on when it comes
            self._pdf.add(self._waiting.popleft(), self._formulas)
            if perf_counter() > end:
                self._timer.start(0)
                return
        if self._held:
            self._held = False
            self._task.go_on()

    def _done(self, error: AppError | None) -> None:
        if error is None and not self.cancelled:
            try:
                self._finish()
            except AppError as refused:
                error = refused
        self._end(error)

    def _fail(self, error: AppError) -> None:
        self._task.ended.disconnect(self._done)
        self._task.ended.connect(lambda _none: self._end(error))
        self._drop()
        self._task.cancel()

    def _end(self, error: AppError | None) -> None:
        self._drop()
        self._rest()
        self._over = True
        self.ended.emit(error)

    def _finish(self) -> None:
        pdf, self._pdf = self._pdf, None
        if pdf is not None:
            pdf.finish()

    def _drop(self) -> None:
        pdf, self._pdf = self._pdf, None
        self._waiting.clear()
        if pdf is not None:
            pdf.drop()

    def _rest(self) -> None:
        if self._typesetter is not None:
            self._typesetter.close()
