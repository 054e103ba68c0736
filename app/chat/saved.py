"""What models have read of the conversations, on disk: how much there may be, and what goes with what is deleted."""

from app.chat.model import ModelInUse
from app.core.protocol import Event, Failed, Parked
from app.core.tree import Message
from app.engine.base import Engine


class SavedContexts:
    """Saved by the engine, so that a conversation goes on at once after a restart; it follows what happens to them."""

    def __init__(self, engine: Engine, model: ModelInUse, gibibytes: int) -> None:
        self._engine, self._model = engine, model
        self._parking: set[int] = set()
        self.allow(gibibytes)

    @property
    def bytes(self) -> int:
        """How much disk space they take."""
        return self._engine.saved_bytes()

    def allow(self, gibibytes: int) -> None:
        """Keep no more than this; 0 keeps none."""
        self._engine.save_up_to(gibibytes << 30)

    def clear(self) -> None:
        """Remove all of them."""
        self._engine.forget()

    def moved(self, before: int, now: int, answering: Message | None = None) -> None:
        """Another conversation is in view: a good moment to save what was read of the one before.

        Not where it is still being answered in; that is told when the answer has ended.
        """
        answered = answering is not None and answering.conversation == before
        if before not in (0, now) and self._model.ready and not answered:
            self._parking.add(self._engine.park(before))

    def deleted(self, conversation: int) -> None:
        """A part of it is not to be found on the disk any more: neither here."""
        if conversation:
            self._engine.forget(conversation)

    def handle(self, event: Event) -> bool:
        """Take in an event; False when it is about something else. That nothing could be saved is no problem."""
        if isinstance(event, Parked | Failed) and event.id in self._parking:
            self._parking.discard(event.id)
            return True
        return False
