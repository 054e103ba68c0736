"""Opens the dialogs of the Models page, and does what is chosen in them; some of them open without the page."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject

from app.chat.changes import ModelDone, ModelsListed
from app.core.errors import InputError
from app.core.gguf import Header, read_header
from app.core.language import tr
from app.library.chores import Over
from app.library.on_disk import Entry

if TYPE_CHECKING:
    from app.ui.window import Window

FOLDER = "models.folder"  # from which files were added last
LONGEST_TEMPLATE = 1_000_000  # characters that can be written over here
Way = Literal["in place", "copy", "move"]
WAYS: tuple[Way, ...] = ("in place", "copy", "move")


class Asking(QObject):
    """For one window."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._to_use: set[Path] = set()  # files that are used as soon as they are brought

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────

    def show_header(self, entry: Entry) -> None:
        """Every key of a model's header."""

        def show(over: Over) -> None:
            from app.ui.models_page.header_dialog import HeaderDialog

            if over.error is not None:
                self._window.show_refused(over.error)
            elif isinstance(over.result, Header):
                HeaderDialog(entry.title, over.result.metadata, self._window).open()

        self._window.models.asides.begin(lambda _go: read_header(entry.path), show)

    def show_template(self, entry: Entry) -> None:
        """The chat template of a model, to be written over."""

        def show(over: Over) -> None:
            if over.error is not None:
                self._window.show_refused(over.error)
            elif isinstance(over.result, Header):
                text = over.result.text("tokenizer.chat_template")
                self._window.attempt(lambda: self._open_template(entry, text))

        self._window.models.asides.begin(lambda _go: read_header(entry.path), show)

    def _open_template(self, entry: Entry, of_file: str) -> None:
        from app.ui.models_page.template_dialog import TemplateDialog
        from app.ui.unfinished import slot_of

        if len(of_file) > LONGEST_TEMPLATE:
            raise InputError(
                tr("The chat template of “{model}” is too long to be shown.").format(model=entry.title),
                tr("Choose another file of this model, one made for chat."),
            )
        session, models = self._window.session, self._window.models

        def save(text: str) -> None:
            session.set_template(text, entry.path)
            models.reconsider(entry.path)  # what is told of it is another thing now

        slot = slot_of(self._window, f"template:{entry.path}", 0)
        dialog = TemplateDialog(entry.title, of_file, session.template_of(entry.path), slot, self._window)
        dialog.saved.connect(self._window.attempting(slot.through(save)))
        dialog.open()

    def shrink_file(self, path: Path) -> None:
        """The same of a file that need not be on the list."""

        def show(over: Over) -> None:
            if over.error is not None:
                self._window.show_refused(over.error)
            elif isinstance(over.result, Entry):
                entry = over.result
                self._window.attempt(lambda: self.shrink(entry))

        models = self._window.models
        models.asides.begin(lambda _go: models.collection.looked_at(path), show)

    def shrink(self, entry: Entry) -> None:
        """The dialog that makes a smaller copy of a model.

        Raises:
            AppError: it is nothing that can be shrunk.
        """
        from app.library.shrinking import check_source
        from app.ui.models_page.shrink_desk import ShrinkDesk

        check_source(entry)
        ShrinkDesk(self._window, entry)

    # ── adding ────────────────────────────────────────────────────────────────────────────────────────

    def choose_files(self) -> None:
        """Let model files be chosen, then ask where they are to lie."""
        from PySide6.QtWidgets import QFileDialog

        from app.ui.export_dialogs import dress

        dialog = QFileDialog(self._window, tr("Add models"), self._folder())
        dress(dialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([f"{tr('Model files')} (*.gguf)", f"{tr('All files')} (*)"])
        dialog.filesSelected.connect(lambda names: self.ask_to_add([Path(name) for name in names]))
        dialog.open()

    def choose_folder(self) -> None:
        """Let a folder be chosen in which models are looked for too."""
        from PySide6.QtWidgets import QFileDialog

        from app.ui.export_dialogs import dress

        dialog = QFileDialog(self._window, tr("Add model folder…"), self._folder())
        dress(dialog)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._window.attempting(lambda name: self.add_folder(Path(name))))
        dialog.open()

    def add_folder(self, folder: Path) -> None:
        """Look for models there too, and show the list.

        Raises:
            StoreError: it cannot be kept.
        """
        self._window.session.remember(FOLDER, str(folder))
        self._window.models.add_place(folder)
        self._window.opening.models()
        self._window.say(tr("Models are looked for in {folder} too.").format(folder=folder.name or str(folder)))

    def ask_to_add(self, files: Sequence[Path]) -> None:
        """Ask where model files are to lie, and whether the one is used at once."""
        from app.ui.models_page.adding import AddDialog

        self._window.session.remember(FOLDER, str(files[0].parent))
        dialog = AddDialog(files, self._window.models.own, self._window)
        dialog.chosen.connect(self._window.attempting(lambda way, use: self._add(files, way, use)))
        dialog.open()

    def _add(self, files: Sequence[Path], chosen: str, use: bool) -> None:
        way = next(each for each in WAYS if each == chosen)
        models = self._window.models
        if use and way == "in place":
            self._window.opening.leave_models()
            self._window.session.load_model(files[0])
        elif use:
            self._to_use.add(files[0])
        if way != "in place" or not use:
            self._window.opening.models()  # where one sees how far it is
        for file in files:
            models.bring(file, way)

    def take_done(self, done: ModelDone) -> None:
        """Something was brought: perhaps it is to be used at once."""
        wanted = done.source in self._to_use
        self._to_use.discard(done.source)
        if wanted and done.error is None and not done.cancelled:
            self._window.opening.leave_models()
            self._window.session.load_model(done.path)

    def _folder(self) -> str:
        last = self._window.session.recall(FOLDER)
        return last if last and Path(last).is_dir() else str(Path.home())

    def show_folders(self) -> None:
        """Where models are looked for."""
        from app.ui.models_page.adding import FoldersDialog

        window, models = self._window, self._window.models
        dialog = FoldersDialog(models.places, window)

        def hear(change: object) -> None:
            if isinstance(change, ModelsListed):
                dialog.show_places(models.places)

        def forget(place: Path) -> None:
            models.forget_place(place)
            dialog.show_places(models.places)

        dialog.forgotten.connect(window.attempting(forget))
        dialog.add_asked.connect(self.choose_folder)
        window.bridge.changed.connect(hear)
        dialog.finished.connect(lambda: window.bridge.changed.disconnect(hear))
        dialog.open()
