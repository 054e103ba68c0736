"""Conversations that are on the disk before the program starts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.core.tree import Conversation, Message
from app.store.database import Database


def write(home: Path, title: str, said: Sequence[str], folder: str = "") -> None:
    """Add a conversation to the data folder: question, answer, question … in one branch."""
    home.mkdir(parents=True, exist_ok=True)
    store = Database(home / "fireside.db")
    now = datetime.now(UTC)
    try:
        with store.write():
            row = Conversation(id=0, title=title, created=now, updated=now, titled=True, folder=folder)
            kept, parent = store.conversations.add(row), None
            for number, text in enumerate(said):
                role = "assistant" if number % 2 else "user"
                message = Message(id=0, conversation=kept.id, parent=parent, role=role, text=text, created=now)
                parent = store.conversations.add_message(message).id
            store.conversations.update(replace(kept, leaf=parent))
    finally:
        store.close()
