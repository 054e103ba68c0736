"""The list of conversations: titles, pins, search, order and the trash."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from app.chat.arranging import Arranged, Arranging
from app.chat.kept import forget_own
from app.core.errors import InputError
from app.core.language import tr
from app.core.listing import Heading, Line, Mode, Summary, by_day, lines, matching
from app.core.query import parse
from app.core.text import shortened, valid
from app.core.tree import Conversation
from app.store.database import Database
from app.store.search import Hit, Wanted

LONGEST_TITLE = 200
FOUND = 100  # conversations that a search shows; who looks for one adds a word


class History:
    """`changed` and `trashed` are called with the conversation as it is now, after it was changed on disk.

    `changed` gets None when the trash was emptied; `gone` is called with the id of each conversation that will be;
    `arranged` with each change of order and the sentence that tells it.
    """

    def __init__(
        self,
        store: Database,
        changed: Callable[[Conversation | None], None],
        trashed: Callable[[Conversation], None],
        gone: Callable[[int], None],
        arranged: Callable[[Arranged, str], None],
    ) -> None:
        self._store = store
        self._changed = changed
        self._trashed = trashed
        self._gone = gone
        self.arranging = Arranging(store, self.get, arranged)

    def listed(self) -> list[Summary]:
        """All conversations but archived ones: pinned first, then those that were used last."""
        return self._store.conversations.summaries()

    def archived(self) -> list[Summary]:
        """The archive, in the same order."""
        return self._store.conversations.summaries(archived=True)

    def lines(self, mode: Mode, text: str, now: datetime) -> list[Line]:
        """What the list shows: everything in its order, the archive by day, or what a search for `text` finds.

        Raises:
            InputError: see `search`.
        """
        if mode == "archive":
            return by_day(self.archived(), now)
        if mode == "list":
            return lines(self.listed(), self._store.folders.listed(), now)
        hits = self.search(text)
        found: list[Line] = []
        for hit in hits:
            found += [hit.conversation, *hit.places]
        return [*found, Heading(tr("More: add a word or a filter"))] if len(hits) == FOUND else found

    def search(self, text: str, limit: int = FOUND) -> list[Hit]:
        """Conversations that hold every word and fit the filters, archived ones too; see `core/query` for the form.

        Raises:
            InputError: a filter has a value that it does not take, or names something that there is not.
        """
        query = parse(text, date.today())
        if not query:
            return []
        folders = self._store.folders
        names = [folder.name for folder in folders.listed()] if query.folders else []
        tags = folders.tags() if query.tags else []
        models = folders.models() if query.models else []
        no_tag, no_folder = tr("No conversation has the tag “{name}”."), tr("There is no folder “{name}”.")
        no_model = tr("No answer is from a model called “{name}”.")
        wanted = Wanted(
            words=query.words,
            tags=tuple(tuple(_named(tags, tag, no_tag)) for tag in query.tags),
            folders=tuple(name for each in query.folders for name in _named(names, each, no_folder)),
            models=tuple(name for each in query.models for name in _named(models, each, no_model, parts=True)),
            roles=query.roles,
            before=query.before,
            after=query.after,
        )
        return self._store.conversations.search(wanted, limit)

    def words(self, text: str) -> tuple[str, ...]:
        """The words of what is typed into the search; none where it is refused."""
        try:
            return parse(text, date.today()).words
        except InputError:
            return ()

    def count(self) -> int:
        """How many there are, without the trash."""
        return self._store.conversations.count()

    def written_beside(self) -> None:
        """Another process of this program added to the list."""
        self._changed(None)

    def rename(self, conversation_id: int, title: str) -> None:
        """Give a title.

        Raises:
            InputError: it is empty, or the conversation is gone.
        """
        title = shortened(" ".join(valid(title).replace("\0", "").split()), LONGEST_TITLE)
        if not title:
            raise InputError(tr("A title needs at least one letter."), tr("Write a title, or leave the old one."))
        self._update(replace(self.get(conversation_id), title=title, titled=True))

    def pin(self, conversation_id: int, pinned: bool) -> None:
        """Keep a conversation at the top, or let it go."""
        self._update(replace(self.get(conversation_id), pinned=pinned))

    def trash(self, conversation_id: int) -> None:
        """Move a conversation to the trash, where it stays until the trash is emptied."""
        conversation = replace(self.get(conversation_id), deleted=datetime.now(UTC))
        self._store.conversations.update(conversation)
        self._trashed(conversation)

    def restore(self, conversation_id: int) -> None:
        """Take a conversation out of the trash."""
        self._update(replace(self.get(conversation_id), deleted=None))

    def trashed(self) -> list[Conversation]:
        """What lies in the trash, what was deleted last first."""
        return self._store.conversations.trashed()

    def empty_trash(self) -> None:
        """Remove for good what lies in the trash."""
        trashed = self.trashed()
        for conversation in trashed:
            self._gone(conversation.id)
        with self._store.write():
            for conversation in trashed:
                forget_own(self._store.preferences, conversation.id)
            self._store.conversations.empty_trash()
        self._changed(None)

    def get(self, conversation_id: int) -> Conversation:
        """A conversation's row.

        Raises:
            InputError: it was removed for good.
        """
        conversation = self._store.conversations.get(conversation_id)
        if conversation is None:
            raise InputError(tr("This conversation is not there any more."), tr("Choose another one from the list."))
        return conversation

    def _update(self, conversation: Conversation) -> None:
        self._store.conversations.update(conversation)
        self._changed(conversation)


def _named(known: Iterable[str], name: str, missing: str, *, parts: bool = False) -> list[str]:
    """The names that are meant; with `parts` all that hold the word.

    Raises:
        InputError: there is none; `missing` is the sentence for that.
    """
    known = list(known)
    found = [each for each in known if name.casefold() in each.casefold()] if parts else matching(known, name)
    if not found:
        hint = tr("There is: {names}.").format(names=", ".join(known[:5])) if known else tr("Leave the filter out.")
        raise InputError(missing.format(name=name), hint)
    return found
