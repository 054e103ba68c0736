"""The Models page while it is open: which tabs it has, how it comes into the window and leaves it."""

from typing import TYPE_CHECKING

from app.core.errors import AppError
from app.core.language import tr
from app.ui.models_page.here import OnThisComputer
from app.ui.models_page.here_desk import HereDesk
from app.ui.models_page.hub_tabs import HubTabs
from app.ui.models_page.page import ModelsPage

if TYPE_CHECKING:
    from app.chat.changes import ModelDone
    from app.ui.window import Window

HERE = "here"


class ModelsDesk:
    """Made when the page is opened, gone when it is left."""

    def __init__(self, window: "Window", chosen: str = HERE) -> None:
        self._window = window
        self.page = page = ModelsPage()
        self.tab = OnThisComputer(page)
        page.add_tab(HERE, tr("On this computer"), self.tab)
        self.here = HereDesk(window, self.tab, self)
        self.hub = HubTabs(window, page)
        page.left.connect(self.leave)
        page.sidebar_asked.connect(window.actions_by_name["toggle_sidebar"].trigger)
        page.toast.undo_asked.connect(window.actions_by_name["undo_delete"].trigger)
        window.shell.shaped.connect(self._show_sides)
        window.shell.show_page(page)
        self.choose(chosen)

    def choose(self, tab: str) -> None:
        """Bring a tab into view."""
        self.page.choose(tab)

    def begin_search(self) -> None:
        """Put the keyboard where words are typed on the tab in view."""
        self.page.tabs[self.page.chosen].begin_search()

    def take_keyboard(self) -> None:
        """What lay over the page is gone."""
        if self._window.opening.desk is self:
            self.choose(self.page.chosen)

    def leave(self) -> None:
        """Back to the conversation, with the keyboard where one writes."""
        self._window.opening.leave_models()
        self._window.composer.setFocus()

    def close(self) -> None:
        """The page goes."""
        self.page.rest()
        self.here.close()
        self.hub.close()
        self._window.shell.shaped.disconnect(self._show_sides)
        self._window.shell.show_page(None)

    def _show_sides(self) -> None:
        self.page.show_sides(sidebar=self._window.shell.in_view("sidebar"))

    def show_problem(self, error: AppError) -> None:
        """Say what was refused."""
        self.page.show_problem(error)

    def say(self, text: str, undo: bool = False) -> None:
        """Say something for some seconds."""
        self.page.say(text, undo)

    def attempt_done(self, done: "ModelDone") -> None:
        """Work on files is over: what came is chosen."""
        self.here.attempt_done(done)
