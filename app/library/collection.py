"""Everything that lies on this computer, as window and command line share it: places, what the user said, known headers."""

from collections.abc import Callable, Sequence
from pathlib import Path

from app.core.paths import Paths, bundled
from app.library.header_cache import HeaderCache
from app.library.headers import Read, read_here
from app.library.kept import Kept
from app.library.naming import named
from app.library.on_disk import Entry, Listing, Told, listed, looked_at
from app.library.places import Place, Surroundings, places


class Collection:
    """Holds no state of its own but the headers that it knows: the disk is asked each time."""

    def __init__(self, paths: Paths) -> None:
        self.own = paths.models
        self.downloads: Path | None = None  # where the user wants them, if not in our own folder
        self.kept = Kept(paths.kept_of_models)
        self._cache = HeaderCache(paths.headers)

    @property
    def places(self) -> list[Place]:
        """Where models are looked for."""
        found = places(self.own, self.kept.read().places, Surroundings.here(), bundled("models/guide.gguf"))
        if self.downloads is not None and self.downloads != self.own:
            found.insert(0, Place(self.downloads, "own"))
        return found

    def listing(
        self,
        told: Told | None = None,
        known_ones: Callable[[Listing], None] | None = None,
        read: Read = read_here,
    ) -> Listing:
        """All models; see `listed`."""
        return listed(self.places, self._cache, self.kept.read(), told, known_ones, read)

    def meant(self, text: str, entries: Sequence[Entry]) -> Entry:
        """The entry of a path or a name.

        Raises:
            InputError: none has this name, or several have it.
        """
        path = Path(text).expanduser().absolute()
        for entry in entries:
            if path in entry.parts:
                return entry
        return named(entries, text)

    def looked_at(self, path: Path) -> Entry:
        """A file, wherever it lies.

        Raises:
            ModelFileError: it is no model, or not a whole one.
        """
        return looked_at(path, self.kept.read())
