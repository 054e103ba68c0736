"""The model files on this computer, for a window: the list, whether each of them runs, and what the user says of them.

models = Models(paths, store.preferences, bridge.way, notify)
models.look()                      # returns at once; ModelsListed is told when the list is another one, and at its end
models.listing.entries             # what is known now
models.judgement(entry).verdict    # with the settings that this file is loaded with
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from app.chat.asides import Asides
from app.chat.changes import Change, ModelDone, ModelsListed, ModelState
from app.chat.stored import stored_table, usable
from app.core.language import tr
from app.core.params import Loading, layered
from app.core.paths import Paths
from app.core.protocol import ModelInfo
from app.core.record import record
from app.core.verdict import Judgement, Room
from app.engine.architectures import knows
from app.engine.room import room
from app.library.chores import Chores, Going, Over
from app.library.collection import Collection
from app.library.importing import Go, Imported, bring
from app.library.judging import Held, judgement_of, longest_of, with_held
from app.library.kept import Said
from app.library.looking import Looked, Looking, Reading, Told
from app.library.on_disk import Entry, Listing
from app.library.places import Place
from app.library.removing import removable, remove, to_trash
from app.store.preferences import Settings, read_values

Way = Callable[[Callable[[Any], None]], Callable[[Any], None]]
LOADING = "loading:"  # before the path of a file, in the store


@record(kw_only=True)
class Work:
    """What is being done with files, and how far it is: bytes, of how many; of 0 where nobody knows."""

    number: int
    what: Literal["brought", "trashed"]
    title: str
    path: Path
    done: int = 0
    total: int = 0

    @property
    def text(self) -> str:
        """As it is shown."""
        text = tr("Bringing {name}…") if self.what == "brought" else tr("Moving {name} to the trash…")
        return text.format(name=self.title)


class Models:
    """Single-threaded, as all of chat: what its thread finds comes to `handle` by the way that is given."""

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        way: Way,
        notify: Callable[[Change], None],
        kept: Callable[[], Iterable[ModelInfo]] = tuple,
    ) -> None:
        """
        Args:
            way: makes of a function one that any thread may call, and that calls it in the thread of this object.
            notify: is told ModelsListed after `listing`, `looking`, `read`, `work` or a judgement changed, and
                ModelDone when a piece of work is over.
            kept: the models that are loaded beside the one in use; they make way too.
        """
        self._settings = settings
        self._notify = notify
        self.collection = Collection(paths)
        self._kept = kept
        self._looking = Looking(self.collection, room, way(self.handle), knows)
        self._chores = Chores(way(self._handle_work))
        self.asides = Asides(way)  # single things that are read for a dialog
        self._works: dict[int, Work] = {}  # in their order
        self._judged: dict[Path, Judgement | None] = {}
        self._in_use: ModelState = ModelState("none")
        self.listing = Listing(())
        self.room = Room()  # what a model can have, when those that are loaded make way
        self.version = 0  # of `listing` and the judgements: another number, another list
        self.looked = False  # whether `listing` is that of a whole look
        self.looking = False
        self._asked = 0  # the number of the last look that was asked for, whatever is there
        self.read: tuple[int, int] | None = None  # headers of new files: how many are read, of how many

    # ── the list ──────────────────────────────────────────────────────────────────────────────────────────

    def look(self, *, if_changed: bool = False) -> None:
        """Look at the disk and measure the memory, in a thread.

        Args:
            if_changed: where nothing on the disk changed since the last time, leave all as it is; for a timer.
        """
        in_use = () if self._in_use.model is None else (self._in_use.model,)
        loaded = (*in_use, *self._kept())

        def there(measured: Room, listing: Listing) -> Room:
            return with_held(measured, self._held(loaded, listing))

        self._loadings = self._all_loadings()
        number = self._looking.look(self._loadings, if_changed=if_changed, room=there)
        if not if_changed:
            self._asked, self.looking = number, True

    def room_now(self) -> Room:
        """In any thread, after a `look`: the room as it is now, when those that are loaded make way."""
        in_use = () if self._in_use.model is None else (self._in_use.model,)
        return with_held(room(), self._held((*in_use, *self._kept()), self.listing))

    def handle(self, told: Told) -> None:
        """Take in what the thread found."""
        match told:
            case Looked():
                self.listing, self.room = told.listing, told.room
                self._judged = dict(told.judgements)
                self.version += 1
                self.looked = self.looked or told.over
                self.read = None
                self.looking = not told.over or told.number < self._asked
            case Reading():
                if self.read is not None and 100 * told.done // told.total == 100 * self.read[0] // self.read[1]:
                    return
                self.read = told.done, told.total
                self.looking = True
            case _:
                if not self.looking or told.number < self._asked:
                    return
                self.looking = False
        self._changed()

    def measured(self) -> Room:
        """The room of the last look, or as it is now where there was none. For any thread."""
        return self.room if self.looked else room()

    def entry(self, path: Path | None) -> Entry | None:
        """The entry that a file belongs to, where it is on the list."""
        return next((each for each in self.listing.entries if path in each.parts), None) if path else None

    def judgement(self, entry: Entry) -> Judgement | None:
        """Whether it runs here, with its own settings; None for what is not loaded, and before the first look."""
        if not self.listing.entries:
            return None
        if entry.path not in self._judged:
            self._judged[entry.path] = judgement_of(entry, self.room, self.loading(entry.path), knows)
        return self._judged[entry.path]

    def knows(self, architecture: str) -> bool:
        """Whether the engine can load models of an architecture; True before the first look, which finds the engine."""
        return not self.looked or knows(architecture)

    def longest_context(self, entry: Entry) -> int:
        """The longest context in tokens with which it fits; 0 where none does. Some milliseconds: for one, not for all."""
        return longest_of(entry, self.room, self.loading(entry.path))

    def loading(self, path: Path) -> Loading:
        """How a file is loaded."""
        return stored_table(Loading, self._settings, f"{LOADING}{path}")

    def reconsider(self, path: Path) -> None:
        """The settings of a file changed: it is judged anew."""
        self._judged.pop(path, None)
        self.version += 1
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

    # ── files ─────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def work(self) -> Work | None:
        """What is being done with files."""
        return next(iter(self._works.values()), None)

    def bring(self, file: Path, way: Literal["in place", "copy", "move"]) -> None:
        """Take a model into the list: where it lies, or as a copy or moved into our own folder. ModelDone tells the end."""

        def work(go: Go) -> Imported:
            return bring(file, way, self.own, self.collection.kept, self.places, go)

        self._begin("brought", file.stem, file, work)

    def removable(self, entry: Entry) -> list[Path]:
        """The files that go when a model is moved to the trash.

        Raises:
            InputError: it came with the application, or is another program's.
        """
        return removable(entry, self.listing.entries, self.places)

    def trash(self, entry: Entry) -> None:
        """Move a model's files to the system's trash; who asks for it has asked the person. ModelDone tells the end."""
        others = self.listing.entries

        def work(_go: Go) -> list[Path]:
            return remove(entry, others, self.places, self.own, self.collection.kept, to_trash, sure=True)

        self._begin("trashed", entry.title, entry.path, work)

    def cancel(self) -> None:
        """End the work that is being done; nothing half remains of it."""
        if self.work is not None:
            self._chores.cancel(self.work.number)

    def close(self) -> None:
        """End the threads; nothing is told any more."""
        self._looking.close()
        self._chores.close()
        self.asides.close()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────

    def _changed(self) -> None:
        self._notify(ModelsListed())

    def _begin(self, what: Literal["brought", "trashed"], title: str, path: Path, work: Callable[[Go], object]) -> None:
        number = self._chores.begin(work)
        self._works[number] = Work(number=number, what=what, title=title, path=path)
        self._changed()

    def _handle_work(self, told: Going | Over) -> None:
        if isinstance(told, Going):
            self._works[told.number] = replace(self._works[told.number], done=told.done, total=told.total)
            self._changed()
            return
        work = self._works.pop(told.number)
        title, path, there = work.title, work.path, False
        if isinstance(told.result, Imported):
            title, path, there = told.result.title, told.result.path, told.result.there
        if not told.cancelled:
            self.look()
        self._changed()
        self._notify(
            ModelDone(
                what=work.what,
                title=title,
                source=work.path,
                path=path,
                there=there,
                cancelled=told.cancelled,
                error=told.error,
            )
        )

    def _all_loadings(self) -> dict[Path, Loading]:
        return {
            Path(key.removeprefix(LOADING)): layered(Loading, usable(Loading, read_values(text)))
            for key, text in self._settings.texts(LOADING).items()
        }

    def _held(self, loaded: Iterable[ModelInfo], listing: Listing) -> list[Held]:
        """In the thread: what loaded models hold."""
        return [
            Held(entry, self._loadings.get(model.path, Loading()), model.context_length)
            for model in loaded
            for entry in listing.entries
            if model.path in entry.parts
        ]
