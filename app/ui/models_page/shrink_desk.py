"""Plans and makes a smaller copy of a model, as the dialog wishes; it goes on while the page is left."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.chat.shrinking import Plan, Progress, Quantized, Shrinking, Stopped, Wish, planned, rough_sizes
from app.core.errors import AppError
from app.core.language import tr, trn
from app.core.models import count
from app.core.shrink import layers_to_prune, target
from app.core.verdict import in_gigabytes
from app.library.chores import Going, Over
from app.library.importing import Cancelled, Go
from app.library.on_disk import Entry
from app.ui.models_page.shrink_dialog import Outlook, ShrinkDialog, Wished

if TYPE_CHECKING:
    from app.ui.window import Window

USUAL = "Q4_K_M"
PLANS, COPIES = "plans", "copies"  # lines of work: planning does not wait for a copy that is being made


class ShrinkDesk(QObject):
    """For one dialog; gone with it."""

    def __init__(self, window: "Window", entry: Entry) -> None:
        said = entry.said
        about = "  ·  ".join(
            filter(None, (count(said.parameters), said.quantization, in_gigabytes(entry.file_bytes))) if said else ()
        )
        self.dialog = dialog = ShrinkDialog(entry.title, about, window)
        super().__init__(dialog)
        self._window, self._entry, self._models = window, entry, window.models
        self._plan: Plan | None = None
        self._made: Path | None = None
        self._cancel_planning: Callable[[], None] = _nothing
        self._cancel_making: Callable[[], None] = _nothing
        self._seconds = 0.0
        dialog.wished.connect(self._wished)
        dialog.started.connect(self._start)
        dialog.cancelled.connect(self._stop)
        dialog.use_asked.connect(window.attempting(self._use))
        dialog.finished.connect(lambda _result: self._cancel_planning())
        self._measure()
        dialog.show()  # not modal: it may take an hour, and one goes on talking

    # ── what it will be ───────────────────────────────────────────────────────────────────────────────

    def _measure(self) -> None:
        """Show the types with their rough sizes."""
        entry = self._entry

        def show(over: Over) -> None:
            if over.error is not None:
                self.dialog.show_refused(over.error)
            elif isinstance(over.result, dict):
                self.dialog.show_kinds(over.result, entry.file_bytes, USUAL)
                if not over.result:
                    self.dialog.show_refused(
                        AppError(
                            tr("There is no smaller type for this model."),
                            tr("Make the copy from its F16, BF16 or F32 file."),
                        )
                    )

        self._models.asides.begin(lambda _go: rough_sizes(entry), show, line=PLANS)

    def _wished(self) -> None:
        self._cancel_planning()
        self._plan = None
        wished = self.dialog.wish
        if wished is None:
            return
        try:
            wish = self._as_wish(wished)
        except AppError as error:
            self.dialog.show_refused(error)
            return
        self.dialog.show_asking()
        entry, models = self._entry, self._models
        self._cancel_planning = models.asides.begin(
            lambda _go: planned(entry, wish, models.own, models.places, models.measured()), self._show_plan, line=PLANS
        )

    def _as_wish(self, wished: Wished) -> Wish:
        return Wish(
            target=target(wished.kind),
            output=wished.output,
            importance=Path(wished.importance) if wished.importance else None,
            prune=layers_to_prune(wished.layers) if wished.layers else (),
            requantize=wished.again,
        )

    def _show_plan(self, over: Over) -> None:
        if over.error is not None:
            self.dialog.show_refused(over.error, again=isinstance(over.error, Quantized))
            return
        plan = over.result
        assert isinstance(plan, Plan)
        self._plan = plan
        self.dialog.show_outlook(
            Outlook(
                before=plan.bytes_before, after=plan.bytes_after, certain=plan.certain, memory_before=plan.before.needed,
                judgement=plan.after, output=plan.output, again=plan.again,
            )
        )  # fmt: skip

    # ── making it ─────────────────────────────────────────────────────────────────────────────────────

    def _start(self) -> None:
        plan = self._plan
        if plan is None:
            return
        plan = replace(plan, wish=replace(plan.wish, output=plan.output))

        def make(go: Go) -> Path:
            def told(progress: Progress) -> None:
                self._seconds = progress.seconds
                if not go(progress.done, progress.total):
                    shrinking.stop()

            shrinking = Shrinking(plan, told)
            try:
                return shrinking.run()
            except Stopped:
                raise Cancelled from None

        self.dialog.show_state("working", tr("Making the copy…"), 0.0)
        self._cancel_making = self._models.asides.begin(make, self._end, self._show_progress, line=COPIES)

    def _show_progress(self, going: Going) -> None:
        share = going.done / max(1, going.total)
        text = tr("{done} of {total}").format(done=in_gigabytes(going.done), total=in_gigabytes(going.total))
        if share > 0.02:
            seconds = self._seconds / share * (1 - share)
            if seconds >= 90:
                text += "  ·  " + trn("{count} minute left", "{count} minutes left", round(seconds / 60))
            else:
                text += "  ·  " + trn("{count} second left", "{count} seconds left", max(1, round(seconds)))
        self.dialog.show_state("working", text, share)

    def _stop(self) -> None:
        self._cancel_making()
        self.dialog.show_state("choosing", tr("Stopped. Nothing was kept of the copy."))

    def _end(self, over: Over) -> None:
        if over.error is not None:
            self.dialog.show_state("choosing", "")
            self.dialog.show_refused(over.error)
            return
        assert isinstance(over.result, Path)
        self._made = over.result
        size = in_gigabytes(over.result.stat().st_size)
        self.dialog.show_state("done", tr("“{name}” is made, {size}.").format(name=over.result.name, size=size))
        self._models.look()

    def _use(self) -> None:
        if self._made is not None:
            self.dialog.accept()
            self._window.opening.leave_models()
            self._window.session.load_model(self._made)


def _nothing() -> None:
    """There is nothing to cancel."""
