"""What a window has to do with the Hub: one way to reach it, the downloads, and looking for models."""

from collections.abc import Callable
from typing import Any

from app.chat.changes import DownloadsChanged, FindingChanged
from app.chat.connection import Access, connection, folder_of
from app.chat.downloads import Downloads
from app.chat.finding_models import FindingModels
from app.chat.models import Models
from app.core.params import Preferences
from app.core.paths import Paths

Way = Callable[[Callable[[Any], None]], Callable[[Any], None]]


class ModelsHub:
    """Made when somebody looks for models, or when a download was left; nothing goes out before it is asked to."""

    def __init__(
        self,
        paths: Paths,
        preferences: Preferences,
        models: Models,
        way: Way,
        changed: Callable[[DownloadsChanged | FindingChanged], None],
    ) -> None:
        """
        Args:
            way: makes of a function one that any thread may call, and that calls it in the thread of this object.
        """
        self._paths = paths
        self._models = models
        self.access = Access(paths.data, connection(preferences))
        self.downloads = Downloads(
            paths, self.access, preferences, way, lambda: changed(DownloadsChanged()), self._arrived
        )
        self.finding = FindingModels(
            lambda: models.listing.entries, lambda: models.room, self.downloads, self.access, way,
            lambda: changed(FindingChanged()), models.knows,
        )  # fmt: skip
        self._place(preferences)

    def follow(self, preferences: Preferences) -> None:
        """The preferences are others now."""
        self.downloads.follow(preferences)
        self._place(preferences)
        self.finding.reconsider()

    def close(self) -> None:
        """Give up all questions, and end the downloads until the next window."""
        self.finding.close()
        self.downloads.close()

    def _place(self, preferences: Preferences) -> None:
        self._models.collection.downloads = folder_of(preferences, self._paths)

    def _arrived(self) -> None:
        self._models.look()
        self.finding.reconsider()
