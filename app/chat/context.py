"""How full the context is: the conversation in view and the text in the composer, counted by the engine."""

from collections.abc import Callable, Sequence

from app.chat.changes import Change, ContextUsed
from app.core.protocol import Counted, Event, Failed, ModelInfo, Turn
from app.engine.base import Engine

LONGEST = 400_000  # characters that are counted exactly; beyond them four make a token
BYTES_PER_TOKEN = 4


class ContextMeter:
    """Only the newest question is answered: what the user typed since then has made the older ones void."""

    def __init__(self, engine: Engine, notify: Callable[[Change], None]) -> None:
        self._engine = engine
        self._notify = notify
        self.draft = ""
        self.left_out = 0
        self._request: int | None = None
        self._given_up: set[int] = set()
        self._conversation: int | None = None
        self._total = 0

    def recount(self, model: ModelInfo | None, conversation: int, turns: Sequence[Turn]) -> None:
        """Ask anew; ContextUsed follows when the engine has counted."""
        if model is None:
            return
        if conversation != self._conversation:
            self._conversation, self.left_out = conversation, 0
        self._total = model.context_length
        if self._request is not None:
            self._given_up.add(self._request)
        characters = sum(len(turn.text) for turn in turns)
        if characters + len(self.draft) > LONGEST:
            self._request = None
            self._tell(characters // BYTES_PER_TOKEN, len(self.draft) // BYTES_PER_TOKEN)
        else:
            self._request = self._engine.count(tuple(turns), self.draft)

    def handle(self, event: Event) -> bool:
        """Take in an event; False when it answers no question of the meter."""
        if not isinstance(event, Counted | Failed):
            return False
        if event.id in self._given_up:
            self._given_up.discard(event.id)
            return True
        if self._request is None or event.id != self._request:
            return False
        self._request = None
        if isinstance(event, Counted):
            self._tell(event.conversation_tokens, event.draft_tokens)
        return True

    def _tell(self, conversation: int, draft: int) -> None:
        self._notify(ContextUsed(conversation, draft, self._total, self.left_out))
