"""Order among conversations: folders, tags, colours, the archive. Each change can be undone."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from app.core.errors import InputError
from app.core.language import tr
from app.core.listing import Folder, clean_name, clean_tags, matching
from app.core.record import record
from app.core.text import shortened, valid
from app.core.tree import Colour, Conversation
from app.store.database import Database

SHOWN = 40  # characters of a name in a sentence


@record
class Arranged:
    """A change of order, with what is needed to take it back."""

    before: tuple[Conversation, ...]  # of which only folder, tags, colour and archive are put back
    made: str = ""  # a folder that was not there before
    removed: Folder | None = None  # one that is not there any more


class Arranging:
    """`changed` is called with each change after it is on disk, and with a sentence that tells it.

    The sentence is empty where one sees what happened. All methods raise InputError where a conversation is gone.
    """

    def __init__(
        self,
        store: Database,
        get: Callable[[int], Conversation],
        changed: Callable[[Arranged, str], None],
    ) -> None:
        self._store = store
        self._get = get
        self._changed = changed

    def folders(self) -> list[Folder]:
        """All folders by name."""
        return self._store.folders.listed()

    def tags(self) -> list[str]:
        """All tags, those that are used most first."""
        return self._store.folders.tags()

    def known(self) -> dict[str, list[str]]:
        """What filters of the search can name."""
        return {
            "tag": self.tags(),
            "folder": [folder.name for folder in self.folders()],
            "model": self._store.folders.models(),
        }

    # ── conversations ─────────────────────────────────────────────────────────────────────────────────

    def move(self, conversation_id: int, folder: str) -> None:
        """Put a conversation into a folder, which is made where there is none of that name; "" takes it out."""
        name = self._spelled(folder) if folder else ""
        conversation = self._get(conversation_id)
        if conversation.folder == name:
            return
        made = name if name and name not in self._names() else ""
        self._store.conversations.update(replace(conversation, folder=name))
        title = shortened(conversation.title, SHOWN)
        if name:
            told = tr("“{title}” is in the folder “{folder}”.").format(title=title, folder=shortened(name, SHOWN))
        else:
            told = tr("“{title}” is in no folder now.").format(title=title)
        self._changed(Arranged((conversation,), made=made), told)

    def mark(self, conversation_id: int, tags: Iterable[str], colour: Colour) -> None:
        """Give a conversation tags and a colour in place of those that it has."""
        conversation = self._get(conversation_id)
        spelled = {tag.casefold(): tag for tag in self.tags()}
        named = tuple(spelled.get(tag.casefold(), tag) for tag in clean_tags(map(valid, tags)))
        if (named, colour) != (conversation.tags, conversation.colour):
            self._store.conversations.update(replace(conversation, tags=named, colour=colour))
            self._changed(Arranged((conversation,)), "")

    def archive(self, conversation_id: int, archived: bool) -> None:
        """Take a conversation out of the list and keep it, or bring it back."""
        conversation = self._get(conversation_id)
        if conversation.archived == archived:
            return
        self._store.conversations.update(replace(conversation, archived=archived))
        told = tr("“{title}” was archived.") if archived else tr("“{title}” is in the list again.")
        self._changed(Arranged((conversation,)), told.format(title=shortened(conversation.title, SHOWN)))

    # ── folders ───────────────────────────────────────────────────────────────────────────────────────

    def make(self, name: str = "") -> str:
        """Make an empty folder; without a name it gets one that no other has. Returns the name.

        Raises:
            InputError: there is one of that name.
        """
        names = {each.casefold() for each in self._names()}
        if not name:
            basis, number = tr("New folder"), 2
            name = basis
            while name.casefold() in names:
                name, number = f"{basis} {number}", number + 1
        name = self._cleaned(name)
        if name.casefold() in names:
            raise _there(name)
        self._store.folders.add(Folder(name))
        self._changed(Arranged((), made=name), "")
        return name

    def rename(self, old: str, new: str) -> None:
        """Give a folder another name.

        Raises:
            InputError: the name is empty or taken.
        """
        new = self._cleaned(new)
        folder = self._folder(old)
        if new == old:
            return
        if any(name.casefold() == new.casefold() for name in self._names() if name != old):
            raise _there(new)
        before = self._inside(old)
        self._store.folders.rename(old, new)
        self._changed(Arranged(before, made=new, removed=folder), "")

    def remove(self, name: str) -> None:
        """Remove a folder. Its conversations stay in the list."""
        folder = self._folder(name)
        before = self._inside(name)
        self._store.folders.remove(name)
        told = tr("The folder “{name}” was deleted; its conversations stay.").format(name=shortened(name, SHOWN))
        self._changed(Arranged(before, removed=folder), told)

    def fold(self, name: str, folded: bool) -> None:
        """Hide or show what is in a folder; remembered."""
        self._store.folders.add(replace(self._folder(name), folded=folded))

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────

    def _names(self) -> list[str]:
        return [folder.name for folder in self.folders()]

    def _inside(self, name: str) -> tuple[Conversation, ...]:
        return tuple(self._get(number) for number in self._store.folders.inside(name))

    def _folder(self, name: str) -> Folder:
        for folder in self.folders():
            if folder.name == name:
                return folder
        raise InputError(tr("This folder is not there any more."), tr("Choose another one."))

    def _cleaned(self, name: str) -> str:
        name = clean_name(valid(name))
        if not name:
            raise InputError(tr("A folder needs a name of at least one letter."), tr("Write a name."))
        return name

    def _spelled(self, name: str) -> str:
        """The name as the folder has it that is there already."""
        name = self._cleaned(name)
        return next((each for each in matching(self._names(), name) if each.casefold() == name.casefold()), name)


def _there(name: str) -> InputError:
    return InputError(tr("There is a folder “{name}” already.").format(name=name), tr("Choose another name."))


def put_back(store: Database, what: Arranged) -> None:
    """Undo a change of order on disk; what has been deleted for good since is passed over."""
    with store.write():
        if what.removed is not None:
            store.folders.add(what.removed)
        for before in what.before:
            if (now := store.conversations.get(before.id)) is not None:
                store.conversations.update(
                    replace(now, folder=before.folder, tags=before.tags, colour=before.colour, archived=before.archived)
                )
        if what.made and not store.folders.inside(what.made):
            store.folders.remove(what.made)
