"""What is kept beside the conversations: the application's preferences, and texts under a name."""

from app.chat.stored import checked, stored_table
from app.core.params import Preferences, Value, changed, layered
from app.store.database import Database
from app.store.preferences import Settings

LAST = "conversation.last"  # the number of the conversation that was in view last

_OWN = ("draft", "place", "unfinished")  # what is kept of a conversation beside its messages


def own_key(what: str, conversation_id: int) -> str:
    """The name under which something of a conversation is kept."""
    return f"kept:{what}:{conversation_id}"


def forget_own(settings: Settings, conversation_id: int) -> None:
    """Let go of what is kept of a conversation beside its messages."""
    for what in _OWN:
        settings.set_text(own_key(what, conversation_id), "")


class Kept:
    """The part of the session that needs nothing but the store."""

    def __init__(self, store: Database) -> None:
        self._store = store
        self.preferences = stored_table(Preferences, store.preferences, "preferences")

    @property
    def settings(self) -> Settings:
        """All that is remembered, also of single model files."""
        return self._store.preferences

    def set_preferences(self, **values: Value) -> None:
        """Change the application's preferences."""
        preferences = layered(Preferences, changed(self.preferences) | checked(Preferences, values))
        self._store.preferences.set_values("preferences", changed(preferences))
        self.preferences = preferences

    def remember(self, key: str, value: str) -> None:
        """Keep a text under a name: window geometry, drafts."""
        self._store.preferences.set_text(f"kept:{key}", value)

    def recall(self, key: str, default: str = "") -> str:
        """What was remembered."""
        return self._store.preferences.text(f"kept:{key}", default)
