"""What the list of conversations changed, and what is taken back, reaches the conversation in view."""

from collections.abc import Callable

from app.chat.answering import Answering
from app.chat.arranging import Arranged
from app.chat.branch import Branch
from app.chat.changes import Change, ConversationChanged, ListChanged, UndoPossible
from app.chat.deleted import Deleted, Trashed
from app.chat.temporary import InMemory
from app.core.language import tr
from app.core.text import shortened
from app.core.tree import Conversation
from app.store.database import Database


class Following:
    """The part of the session that does it; the session has the attributes."""

    _store: Database
    _branch: Branch
    _answering: Answering
    _deleted: Deleted
    _notify: Callable[[Change], None]
    _in_memory: InMemory
    temporary: bool
    new: Callable[[], None]
    open: Callable[[int], None]

    def _show(self, branch: Branch) -> None:
        raise NotImplementedError

    def undo(self) -> None:
        """Bring back what was deleted or put elsewhere last, into view if it was there."""
        what = self._deleted.bring_back()
        if what is None:
            return
        if isinstance(what, Arranged):
            self._refresh()
        elif self.temporary:  # which is not left for another one
            if what.conversation == self._branch.conversation.id:
                self._show(self._in_memory.branch(what.conversation))
        elif not isinstance(what, Trashed) or what.in_view:
            self.open(what.conversation)
        self._notify(ListChanged())

    def _list_changed(self, conversation: Conversation | None) -> None:
        """A row of the list changed on disk, or the trash was emptied: follow with the conversation in view."""
        if conversation is not None and self._branch.replaced(conversation):
            self._notify(ConversationChanged(conversation))
        self._notify(ListChanged())

    def _refresh(self) -> None:
        """Any row may have changed on disk."""
        self._list_changed(self._store.conversations.get(self._branch.conversation.id))

    def _arranged(self, what: Arranged, told: str) -> None:
        self._deleted.add(what)
        self._refresh()
        if told:
            self._notify(UndoPossible(told))

    def _trashed(self, conversation: Conversation) -> None:
        if (running := self._answering.message) and running.conversation == conversation.id:
            self._answering.abandon()
        in_view = conversation.id == self._branch.conversation.id
        self._deleted.add(Trashed(conversation.id, in_view))
        if in_view:
            self.new()
        self._notify(ListChanged())
        gone = tr("“{title}” was moved to the trash.").format(title=shortened(conversation.title, 40))
        self._notify(UndoPossible(gone))
