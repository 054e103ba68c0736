"""The model files on this computer, for a window: the list, whether each of them runs, and what the user says of them.

models = Models(paths, store.preferences, bridge.way, lambda: notify(ModelsListed()))
models.look()                      # returns at once; `changed` is called when the list is another one, and at its end
models.listing.entries             # what is known now
models.judgement(entry).verdict    # with the settings that this file is loaded with
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from app.chat.changes import ModelState
from app.chat.stored import stored_table, usable
from app.core.params import Loading, layered
from app.core.paths import Paths
from app.core.verdict import Judgement, Room
from app.engine.room import room
from app.library.collection import Collection
from app.library.judging import Held, judgement_of, longest_of, with_held
from app.library.kept import Said
from app.library.looking import Looked, Looking, Reading, Told
from app.library.on_disk import Entry, Listing
from app.library.places import Place
from app.store.preferences import Settings, read_values

T = TypeVar("T")
Way = Callable[[Callable[[Told], None]], Callable[[Told], None]]
LOADING = "loading:"  # before the path of a file, in the store


class Models:
    """Single-threaded, as all of chat: what its thread finds comes to `handle` by the way that is given."""

    def __init__(self, paths: Paths, settings: Settings, way: Way, changed: Callable[[], None]) -> None:
        """
        Args:
            way: makes of a function one that any thread may call, and that calls it in the thread of this object.
            changed: is called after `listing`, `looking`, `read` or what is said of a model changed.
        """
        self._settings = settings
        self._changed = changed
        self.collection = Collection(paths)
        self._looking = Looking(self.collection, room, way(self.handle))
        self._judged: dict[Path, Judgement | None] = {}
        self._in_use: ModelState = ModelState("none")
        self.listing = Listing(())
        self.room = Room()  # what a model can have, when the one in use makes way
        self.looked = False  # whether `listing` is that of a whole look
        self.looking = False
        self.read: tuple[int, int] | None = None  # headers of new files: how many are read, of how many

    # ── the list ──────────────────────────────────────────────────────────────────────────────────────────

    def look(self, *, if_changed: bool = False) -> None:
        """Look at the disk and measure the memory, in a thread.

        Args:
            if_changed: where nothing on the disk changed since the last time, leave all as it is; for a timer.
        """
        if not if_changed:
            self.looking = True
        in_use = self._in_use

        def there(measured: Room, listing: Listing) -> Room:
            return with_held(measured, self._held(in_use, listing))

        self._loadings = self._all_loadings()
        self._looking.look(self._loadings, if_changed=if_changed, room=there)

    def handle(self, told: Told) -> None:
        """Take in what the thread found."""
        match told:
            case Looked():
                self.listing, self.room = told.listing, told.room
                self._judged = dict(told.judgements)
                self.looked = self.looked or told.over
                self.read = None
                self.looking = not told.over
            case Reading():
                if self.read is not None and 100 * told.done // told.total == 100 * self.read[0] // self.read[1]:
                    return
                self.read = told.done, told.total
                self.looking = True
            case _:
                if not self.looking:
                    return
                self.looking = False
        self._changed()

    def entry(self, path: Path | None) -> Entry | None:
        """The entry that a file belongs to, where it is on the list."""
        return next((each for each in self.listing.entries if path in each.parts), None) if path else None

    def judgement(self, entry: Entry) -> Judgement | None:
        """Whether it runs here, with its own settings; None for what is not loaded, and before the first look."""
        if not self.listing.entries:
            return None
        if entry.path not in self._judged:
            self._judged[entry.path] = judgement_of(entry, self.room, self.loading(entry.path))
        return self._judged[entry.path]

    def longest_context(self, entry: Entry) -> int:
        """The longest context in tokens with which it fits; 0 where none does. Some milliseconds: for one, not for all."""
        return longest_of(entry, self.room, self.loading(entry.path))

    def loading(self, path: Path) -> Loading:
        """How a file is loaded."""
        return stored_table(Loading, self._settings, f"{LOADING}{path}")

    def reconsider(self, path: Path) -> None:
        """The settings of a file changed: it is judged anew."""
        self._judged.pop(path, None)
        self._changed()

    def follow(self, state: ModelState) -> None:
        """What the model in use does: the room that it holds counts as free for another one."""
        if state.path is not None and state.state in ("loading", "ready"):
            self._judged.pop(state.path, None)  # its settings may be others
        self._in_use = state

    # ── places, names and notes ───────────────────────────────────────────────────────────────────────────

    @property
    def own(self) -> Path:
        """Our own folder."""
        return self.collection.own

    @property
    def places(self) -> list[Place]:
        """Where models are looked for."""
        return self.collection.places

    @property
    def said(self) -> Said:
        """Folders and files that were added, names and notes."""
        return self.collection.kept.read()

    def add_place(self, place: Path) -> None:
        """Look for models there too.

        Raises:
            StoreError: it cannot be kept.
        """
        self.collection.kept.add(place.absolute())
        self.look()

    def forget_place(self, place: Path) -> None:
        """Look there no more; nothing is removed from the disk.

        Raises:
            StoreError: it cannot be kept.
        """
        self.collection.kept.forget(place)
        self.look()

    def set_name(self, entry: Entry, name: str) -> None:
        """Call a model something else; "" is its own name again.

        Raises:
            StoreError: it cannot be kept.
        """
        self.collection.kept.set_name(entry.key, "" if name.strip() in (entry.own_name, entry.stem) else name)
        self.look()

    def set_note(self, entry: Entry, note: str) -> None:
        """Keep a note with a model; "" takes it away.

        Raises:
            StoreError: it cannot be kept.
        """
        self.collection.kept.set_note(entry.key, note)
        self.look()

    def close(self) -> None:
        """End the thread; nothing is told any more."""
        self._looking.close()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────

    def _all_loadings(self) -> dict[Path, Loading]:
        return {
            Path(key.removeprefix(LOADING)): layered(Loading, usable(Loading, read_values(text)))
            for key, text in self._settings.texts(LOADING).items()
        }

    def _held(self, state: ModelState, listing: Listing) -> list[Held]:
        """In the thread: what the model in use holds."""
        model = state.model
        if model is None:
            return []
        loading = self._loadings.get(model.path, Loading())
        return [Held(entry, loading, model.context_length) for entry in listing.entries if model.path in entry.parts]
