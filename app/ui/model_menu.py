"""The menu under the model's name: built-in, recently used, open, settings, unload."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.chat.changes import ModelState
from app.core.language import tr
from app.ui.actions import Actions
from app.ui.controls import Menu
from app.ui.icons import icon
from app.ui.theme import px, theme_of


class ModelMenu(Menu):
    """Commands of the table, and the files that were used before."""

    chosen = Signal(str)  # path of a model file

    def __init__(self, state: ModelState, recent: Sequence[str], actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        theme = theme_of(self.palette())
        others = [Path(name) for name in recent if Path(name).name != "guide.gguf"]
        for name, picture in (("models", "chip"), ("built_in_model", "fireside"), ("", ""), ("open_model", "folder"), ("loading_settings", "settings"),
                              ("reload_model", "refresh"), ("unload_model", "eject")):  # fmt: skip
            if name:
                actions[name].setIcon(icon(picture, theme.muted, px(16)))
                self.addAction(actions[name])
                continue
            for path in others:
                in_use = state.path == path
                picture = "check" if in_use else "chip"
                item = self.addAction(icon(picture, theme.accent if in_use else theme.muted, px(16)), path.stem)
                item.setToolTip(str(path))
                item.triggered.connect(lambda _checked=False, path=path: self.chosen.emit(str(path)))
            self.addSeparator()
        self.setToolTipsVisible(True)
        self.setAccessibleName(tr("Model"))
