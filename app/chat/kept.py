"""What is kept beside the conversations: the application's preferences, and texts under a name."""

from app.chat.stored import checked, stored_table
from app.core.params import Preferences, Value, changed, layered
from app.store.database import Database

LAST = "conversation.last"  # the number of the conversation that was in view last


class Kept:
    """The part of the session that needs nothing but the store."""

    def __init__(self, store: Database) -> None:
        self._store = store
        self.preferences = stored_table(Preferences, store.preferences, "preferences")

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
