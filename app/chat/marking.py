"""What the user does with single messages beside talking: going to one on any branch, pinning it, noting on it."""

from collections.abc import Callable

from app.chat.answering import Answering
from app.chat.branch import Branch
from app.chat.changes import Change, EntryChanged, UndoPossible
from app.chat.context import Context
from app.chat.deleted import Deleted, NoteRemoved
from app.core.errors import InputError
from app.core.language import tr
from app.core.overview import Overview
from app.core.text import valid

LONGEST_NOTE = 10_000  # characters


class Marking:
    """The part of the session that does it; the session has the attributes. No model sees pins and notes."""

    context: Context
    _branch: Branch
    _answering: Answering
    _deleted: Deleted
    _notify: Callable[[Change], None]
    _show_branch: Callable[[], None]

    @property
    def overview(self) -> Overview:
        """All branches of the conversation in view."""
        return Overview(self._branch.tree, self._branch.conversation.leaf)

    def show_version(self, message_id: int, version: int) -> None:
        """Bring another version of a message into view; 1 is the oldest."""
        self._branch.show_version(message_id, version)
        self._show_branch()
        self.context.recount()

    def show_message(self, message_id: int) -> None:
        """Bring a branch into view that the message is on: the one in view, else the newest.

        Raises:
            InputError: there is no such message.
        """
        message = self._branch.message(message_id)
        if all(shown.id != message.id for shown in self._branch.path()):
            self._branch.change(leaf=self._branch.tree.newest_leaf(message.id))
            self._show_branch()
            self.context.recount()

    def pin_message(self, message_id: int, pinned: bool) -> None:
        """Mark a message so that it is found again, or take the mark away."""
        self._mark(message_id, pinned=pinned)

    def note_message(self, message_id: int, note: str) -> None:
        """Write a note on a message in place of the one it has; an empty one takes it away, with undo.

        Raises:
            InputError: it is too long, or there is no such message.
        """
        note = valid(note).replace("\0", "").strip()
        if len(note) > LONGEST_NOTE:
            raise InputError(
                tr("A note has at most {count} characters.").format(count=f"{LONGEST_NOTE:,}"), tr("Shorten it.")
            )
        before = self._branch.message(message_id).note
        self._mark(message_id, note=note)
        if before and not note:
            self._deleted.add(NoteRemoved(self._branch.conversation.id, message_id, before))
            self._notify(UndoPossible(tr("The note was removed.")))

    def _mark(self, message_id: int, *, pinned: bool | None = None, note: str | None = None) -> None:
        message = self._branch.message(message_id)
        if (running := self._answering.message) is not None and running.id == message_id:
            raise InputError(tr("An answer is still being written."), tr("Wait until it ends, or stop it first."))
        self._answering.tick()  # what a full disk refused before would be written over this
        pinned = message.pinned if pinned is None else pinned
        note = message.note if note is None else note
        self._branch.mark(message_id, pinned=pinned, note=note)
        if any(shown.id == message_id for shown in self._branch.path()):
            self._notify(EntryChanged(self._branch.entry(message_id)))
