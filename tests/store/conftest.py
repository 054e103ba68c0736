"""Databases on disk with something in them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.core.tree import Conversation, Message
from app.store.database import Database
from app.store.search import Hit, Wanted

NOW = datetime(2026, 3, 4, 5, 6, 7, 891234, UTC)


def conversation(title: str = "Title", **values: object) -> Conversation:
    return Conversation(**({"id": 0, "title": title, "created": NOW, "updated": NOW} | values))


def message(conversation_id: int, text: str, parent: int | None = None, **values: object) -> Message:
    basis = {"id": 0, "conversation": conversation_id, "parent": parent, "role": "user", "text": text, "created": NOW}
    return Message(**(basis | values))


def fill(store: Database, *texts: str, title: str = "Title") -> tuple[Conversation, list[Message]]:
    """A conversation in which each text answers the one before."""
    with store.write():
        row = store.conversations.add(conversation(title))
        messages: list[Message] = []
        for text in texts:
            parent = messages[-1].id if messages else None
            messages.append(store.conversations.add_message(message(row.id, text, parent)))
    return row, messages


def texts(store: Database, conversation_id: int = 1) -> list[str]:
    """What was said in a conversation."""
    return [row.text for row in store.conversations.messages(conversation_id)]


def find(store: Database, *words: str, limit: int = 50, **wanted: Any) -> list[Hit]:
    """Conversations that hold all the words, and are as else is wanted."""
    return store.conversations.search(Wanted(words=words, **wanted), limit)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fireside.db"


@pytest.fixture
def store(path: Path) -> Iterator[Database]:
    database = Database(path)
    yield database
    database.close()
