"""Full-text search over titles and messages, in any script."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.text import valid
from app.core.tree import Conversation
from app.store.statements import Statements

SHORTEST = 3  # characters that the trigram index can find; shorter words are looked for one row after the other
BEFORE, LENGTH = 30, 120  # characters of a snippet: before the hit, and in all


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation that was found; `snippet` and `message_id` are set when a message holds the words."""

    conversation: Conversation
    snippet: str = ""
    message_id: int | None = None


def search(database: Statements, query: str, limit: int, get: Callable[[int], Conversation | None]) -> list[Hit]:
    """Conversations whose title, or one of whose messages, holds every word; pinned first, then newest.

    Of several messages in one conversation the newest is shown.
    """
    words = valid(query).replace("\0", " ").split()
    if not words:
        return []
    titles, title_values = _condition("c.id", "title_index", "c.title", words)
    texts, text_values = _condition("m.id", "message_index", "m.text", words)
    found = database.rows(
        f"""
        SELECT c.id, max(hits.message) FROM (
            SELECT c.id AS conversation, NULL AS message FROM conversation c WHERE {titles}
            UNION ALL
            SELECT m.conversation, m.id FROM message m WHERE {texts}
        ) hits JOIN conversation c ON c.id = hits.conversation
        WHERE c.deleted IS NULL GROUP BY c.id ORDER BY c.pinned DESC, c.updated DESC, c.id DESC LIMIT ?
        """,
        (*title_values, *text_values, limit),
    )
    hits = []
    for conversation_id, message_id in found:
        conversation = get(conversation_id)
        assert conversation is not None  # found in the same breath
        text = database.rows("SELECT text FROM message WHERE id = ?", (message_id,))[0][0] if message_id else ""
        hits.append(Hit(conversation, snippet(text, words), message_id))
    return hits


def snippet(text: str, words: list[str]) -> str:
    """One line of the text around the first place that holds one of the words."""
    lower = text.lower()
    places = [place for word in words if (place := lower.find(word.lower())) >= 0]
    start = max(0, min(places, default=0) - BEFORE)
    if start:
        border = text.find(" ", start, start + BEFORE)
        start = border + 1 if border >= 0 else start
    line = " ".join(text[start : start + LENGTH].split())
    return ("…" if start else "") + line + ("…" if start + LENGTH < len(text) else "")


def _condition(rowid: str, index: str, column: str, words: list[str]) -> tuple[str, list[str]]:
    """SQL for "holds every word", with its values: the index for long words, LIKE for short ones."""
    conditions, values = [], []
    if long := [word for word in words if len(word) >= SHORTEST]:
        conditions.append(f"{rowid} IN (SELECT rowid FROM {index} WHERE {index} MATCH ?)")
        values.append(" ".join('"' + word.replace('"', '""') + '"' for word in long))
    for word in words:
        if len(word) < SHORTEST:
            # LIKE knows upper and lower case in ASCII only, so that both are asked for in other scripts
            forms = list(dict.fromkeys((word, word.lower(), word.upper())))
            conditions.append("(" + " OR ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(forms)) + ")")
            values.extend("%" + _literal(form) + "%" for form in forms)
    return " AND ".join(conditions), values


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
