"""When what a model has read is saved: a conversation is left, the model is freed, the program ends."""

import time

from app.core.protocol import SavedAt
from app.engine.decoding.base import Sequence
from app.engine.slots import Slots
from app.engine.state import SavedStates

FREEING = 5.0  # seconds that saving may take when another model is to be loaded


class Parking:
    """Saves idle sequences of one loaded model, one at a time and only when nobody waits for an answer."""

    def __init__(self, states: SavedStates, slots: Slots) -> None:
        self._states, self._slots = states, slots
        self._left: list[int] = []  # conversations that are to be saved
        slots.saved = states

    def limit(self, saved: SavedAt) -> None:
        """How much may be saved from now on."""
        self._states.limit = saved.limit_bytes

    def park(self, conversation: int) -> int:
        """The conversation was left: save it when there is time; returns how many tokens that will be."""
        tokens = [len(sequence.tokens) for sequence in self._idle(conversation) if self._states.wanted(sequence)]
        if tokens and conversation not in self._left:
            self._left.append(conversation)
        return max(tokens, default=0)

    def save_one(self) -> bool:
        """Save a conversation that was left; False when there is none. Nobody waits for anything now."""
        if not self._left:
            return False
        for sequence in self._idle(self._left.pop(0)):  # none where it is being answered in again
            self._states.keep(sequence)
        return True

    def _idle(self, conversation: int) -> list[Sequence]:
        return self._slots.newest().get(conversation, [])

    def save_all(self, seconds: float) -> None:
        """Save what idle sequences hold of each conversation, what was used last first, in about so many seconds."""
        end = time.monotonic() + seconds
        for sequences in self._slots.newest().values():
            for sequence in sequences:
                if time.monotonic() < end:
                    self._states.keep(sequence)
        self._states.flush(max(0.0, end - time.monotonic()), hurry=True)

    def forget(self, conversation: int | None) -> None:
        """Something of the conversation was deleted; None: all that is saved goes."""
        self._slots.disown(conversation)
        self._states.forget(conversation)
