"""What is done with single messages in dialogs: the branches, notes, the prompt and the details of an answer."""

from typing import TYPE_CHECKING

from app.chat.changes import PromptSeen
from app.core.tree import Message

if TYPE_CHECKING:
    from app.ui.received import ReceivedDialog
    from app.ui.transcript import Transcript
    from app.ui.unfinished import Slot
    from app.ui.window import Window


class MessageDialogs:
    """Opens them for the message that was chosen last, or for the one that is named."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._session = window.session
        self._received: ReceivedDialog | None = None  # waits for its prompt

    def listen(self, transcript: "Transcript") -> None:
        """Do what is wished for in a transcript."""
        transcript.editing.slots = self.slot
        attempting, marks = self._window.attempting, transcript.marks
        transcript.candidates_asked.connect(attempting(self._open_candidates))
        marks.pin_asked.connect(attempting(self._session.pin_message))
        marks.note_asked.connect(attempting(self.open_note))
        marks.received_asked.connect(attempting(self.open_received))
        marks.details_asked.connect(attempting(self.open_details))
        marks.other_model_asked.connect(lambda message_id: self._window.opening.switcher(message_id, again=True))

    def slot(self, what: str) -> "Slot":
        """Where a text is kept that is typed in the conversation in view, until it is saved."""
        from app.ui.unfinished import slot_of

        return slot_of(self._window, what)

    def open_branches(self) -> None:
        """All branches of the conversation in view."""
        from app.ui.branches import BranchesDialog

        if not self._session.entries:
            return
        dialog = BranchesDialog(self._session.overview, self._window.transcript.marks.in_view(), self._window)
        dialog.chosen.connect(self._window.attempting(self._go_to))
        dialog.open()

    def _go_to(self, message_id: int) -> None:
        self._session.show_message(message_id)
        self._window.transcript.message_in_view(message_id)
        self._window.transcript.setFocus()

    def pin(self) -> None:
        """Pin the message that was chosen last, or take its pin away."""
        if (message := self._message(None)) is not None:
            self._session.pin_message(message.id, not message.pinned)

    def open_note(self, message_id: int | None = None) -> None:
        """Write a note on a message."""
        from app.ui.note_dialog import NoteDialog
        from app.ui.unfinished import slot_of

        message = self._message(message_id)
        if message is None:
            return
        slot = slot_of(self._window, f"note:{message.id}")
        dialog = NoteDialog(message.note, slot, self._window)
        save = slot.through(lambda note: self._session.note_message(message.id, note))
        dialog.saved.connect(self._window.attempting(save))
        dialog.open()

    def open_received(self, message_id: int | None = None) -> None:
        """Show what the model was given for an answer."""
        from app.ui.received import ReceivedDialog

        message = self._message(message_id, "assistant")
        if message is None:
            return
        self._session.received.ask(message.id)
        self._received = dialog = ReceivedDialog(message, self._window)
        dialog.finished.connect(self._forget_received)
        dialog.open()

    def show_prompt(self, seen: PromptSeen) -> None:
        """The engine has told the prompt."""
        if self._received is not None and self._received.message_id == seen.message_id:
            self._received.show_prompt(seen)

    def open_details(self, message_id: int | None = None) -> None:
        """Show how an answer came about."""
        from app.ui.answer_details import DetailsDialog

        if (message := self._message(message_id, "assistant")) is not None:
            DetailsDialog(message, self._window).open()

    def _open_candidates(self, message_id: int) -> None:
        from app.ui.candidates import CandidatesDialog

        message = next(entry.message for entry in self._session.entries if entry.message.id == message_id)
        dialog = CandidatesDialog(message.candidates, message.text, self._window)
        take = self._session.take_candidate
        dialog.taken.connect(self._window.attempting(lambda number: take(message_id, number)))
        dialog.open()

    def _forget_received(self) -> None:
        self._received = None

    def _message(self, message_id: int | None, role: str = "") -> Message | None:
        """The named message, or the one that was chosen last; None where nothing was said yet."""
        wanted = self._window.transcript.marks.chosen(role) if message_id is None else message_id
        entries = (entry.message for entry in self._session.entries)
        return next((message for message in entries if message.id == wanted), None)
