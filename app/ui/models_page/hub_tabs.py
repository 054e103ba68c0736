"""Wires the tabs “Find” and “Downloads” to what they show."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject

from app.chat.changes import DownloadsChanged, FindingChanged, ModelsListed
from app.core.language import tr
from app.library.address import Address
from app.library.repository import RemoteFile, Variant
from app.ui.models_page.downloads_page import DownloadsPage
from app.ui.models_page.find_page import FindPage
from app.ui.models_page.page import LaterTab, ModelsPage

if TYPE_CHECKING:
    from app.ui.window import Window

FIND, DOWNLOADS = "find", "downloads"


class HubTabs(QObject):
    """Lives as long as the page does."""

    def __init__(self, window: "Window", page: ModelsPage) -> None:
        super().__init__(page)
        self._window = window
        self._page = page
        self._hub = window.opening.hub
        self._later = {
            FIND: LaterTab(self._made_find, self._hub.finding.reconsider),
            DOWNLOADS: LaterTab(self._made_downloads, self._show_downloads),
        }
        page.add_tab(FIND, tr("Find"), self._later[FIND])
        page.add_tab(DOWNLOADS, tr("Downloads"), self._later[DOWNLOADS])
        self._hub.downloads.start()
        window.bridge.changed.connect(self._show)
        self._show_downloads()

    @property
    def find(self) -> FindPage:
        """Made when it is first looked at."""
        return cast(FindPage, self._later[FIND].tab)

    @property
    def downloads(self) -> DownloadsPage:
        """The same."""
        return cast(DownloadsPage, self._later[DOWNLOADS].tab)

    def _made_find(self) -> FindPage:
        finding, attempting = self._hub.finding, self._window.attempting
        find = FindPage()
        repository = find.repository
        find.asked.connect(finding.look_for)
        find.entered.connect(attempting(self._enter))
        find.opened.connect(self._open)
        find.again_asked.connect(finding.again)
        find.settings_asked.connect(self._open_settings)
        repository.left.connect(finding.leave)
        repository.again_asked.connect(finding.again)
        repository.settings_asked.connect(self._open_settings)
        repository.page_asked.connect(self._open_page)
        repository.followed.connect(self._window.opening.browse)
        repository.download_asked.connect(attempting(self._download))
        repository.resume_asked.connect(attempting(self._hub.downloads.resume))
        repository.progress_asked.connect(lambda _number: self._page.choose(DOWNLOADS))
        repository.use_asked.connect(attempting(self._use))
        repository.gate.page_asked.connect(self._open_page)
        repository.gate.token_page_asked.connect(
            lambda: self._window.opening.browse(f"{finding.endpoint}/settings/tokens")
        )
        repository.gate.given.connect(finding.keep_token)
        repository.gate.forget_asked.connect(lambda: finding.keep_token(""))
        find.filters.show_question(finding.question)
        find.show_words(finding.question)
        return find

    def _made_downloads(self) -> DownloadsPage:
        downloads, attempting = self._hub.downloads, self._window.attempting
        page = DownloadsPage()
        page.pause_asked.connect(attempting(downloads.pause))
        page.resume_asked.connect(attempting(downloads.resume))
        page.cancel_asked.connect(attempting(downloads.cancel))
        page.moved.connect(attempting(downloads.move))
        page.clear_asked.connect(attempting(downloads.clear_finished))
        page.find_asked.connect(lambda: self._page.choose(FIND))
        page.looked_at.connect(self._look_at)
        page.use_asked.connect(attempting(self._use))
        page.settings_asked.connect(self._open_settings)
        return page

    def close(self) -> None:
        """The page goes."""
        self._window.bridge.changed.disconnect(self._show)

    def _show(self, change: Any) -> None:
        match change:
            case FindingChanged():
                self._show_finding()
            case DownloadsChanged():
                self._show_downloads()
            case ModelsListed() if self._page.chosen == FIND:
                self._hub.finding.reconsider()

    def _show_finding(self) -> None:
        if self._page.chosen != FIND:
            return
        finding = self._hub.finding
        self.find.show_finding(finding)
        if finding.looked is not None:
            repository = self.find.repository
            repository.show_looked(finding.looked, offline=finding.offline)
            repository.show_gate(finding.looked, has_token=finding.has_token, error=finding.token_error)
            self._show_states()

    def _show_states(self) -> None:
        looked, hub = self._hub.finding.looked, self._hub
        if looked is not None:
            self.find.repository.show_states(hub.finding.here, lambda variant: hub.downloads.of(looked.name, variant))

    def _show_downloads(self) -> None:
        downloads = self._hub.downloads
        if self._page.chosen == DOWNLOADS:
            self.downloads.show_items(downloads.items, offline=downloads.offline, problem=downloads.problem)
        together = downloads.together
        label = tr("Downloads")
        self._page.show_label(DOWNLOADS, f"{label}  {int(together.share * 100)} %" if together.count else label)
        if self._page.chosen == FIND:
            self._show_states()

    def _enter(self, text: str) -> None:
        address = self._hub.finding.address(text)
        if address is None:
            self.find.ask_words()
        else:
            self._hub.finding.open(address)
            self.find.repository.take_focus()

    def _open(self, repository: str) -> None:
        looked = self._hub.finding.looked
        if looked is None or looked.name != repository:
            self._hub.finding.open(Address(repository=repository))
            self.find.repository.take_focus()

    def _look_at(self, repository: str) -> None:
        self._hub.finding.open(Address(repository=repository))
        self._page.choose(FIND)

    def _download(self, variant: Variant, projector: RemoteFile | None) -> None:
        self._hub.finding.download(variant, projector)

    def _use(self, path: str) -> None:
        self._window.session.load_model(Path(path))
        self._page.left.emit()

    def _open_page(self) -> None:
        if (looked := self._hub.finding.looked) is not None:
            self._window.opening.browse(f"{self._hub.finding.endpoint}/{looked.name}")

    def _open_settings(self) -> None:
        self._window.opening.preferences().go_to("offline")
