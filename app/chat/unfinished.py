"""What was typed and not saved: a note, a system prompt, a message that is edited. It is kept where its conversation is.

unfinished.keep(7, "note:12", "half a sent")
unfinished.text(7, "note:12")                 # "half a sent", also after a restart
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from app.chat.kept import own_key
from app.store.database import Database
from app.store.preferences import Settings

WHAT = "unfinished"


class Unfinished:
    """Texts by what they are to become: "prompt", "tags", or with the number of a message "note:12", "edit:12".

    Conversation 0 is one that is not on the disk yet, and has what belongs to no conversation.
    """

    def __init__(self, home: Callable[[int], Database]) -> None:
        """`home` is where a conversation and its messages are kept."""
        self._home = home

    def text(self, conversation_id: int, what: str) -> str | None:
        """What was typed; None where nothing is kept."""
        return read(self._home(conversation_id).preferences, conversation_id).get(what)

    def keep(self, conversation_id: int, what: str, text: str | None) -> None:
        """Keep a text, also an empty one; None forgets it. Of a conversation that is gone nothing is kept.

        Raises:
            StoreError: it cannot be written.
        """
        home = self._home(conversation_id)
        kept = read(home.preferences, conversation_id)
        if kept.get(what) == text or (conversation_id and not home.conversations.get(conversation_id)):
            return
        _write(home.preferences, conversation_id, {name: each for name, each in kept.items() if name != what}
               | ({} if text is None else {what: text}))  # fmt: skip

    def forget(self, conversation_id: int, beginning: str) -> None:
        """Forget all texts whose names begin like this."""
        home = self._home(conversation_id).preferences
        kept = read(home, conversation_id)
        left = {name: text for name, text in kept.items() if not name.startswith(beginning)}
        if left != kept:
            _write(home, conversation_id, left)

    def number(self, conversation_id: int) -> None:
        """A new conversation has its number now, and takes what was typed for it along."""
        home = self._home(conversation_id).preferences
        kept = read(home, 0)
        taken = {name: text for name, text in kept.items() if ":" not in name}
        if taken:
            _write(home, conversation_id, taken)
            _write(home, 0, {name: text for name, text in kept.items() if name not in taken})


def carry(source: Settings, before: int, target: Settings, now: int, numbers: Mapping[int | None, int | None]) -> None:
    """Take what belongs to a conversation along to where it has other numbers, and its messages too."""
    carried = {}
    for name, text in read(source, before).items():
        what, colon, number = name.partition(":")
        known = numbers.get(int(number)) if number.isdecimal() else None
        carried[f"{what}{colon}{known or number}"] = text
    _write(target, now, carried)


def read(settings: Settings, conversation_id: int) -> dict[str, str]:
    """All that is kept of a conversation, by name."""
    written = settings.text(own_key(WHAT, conversation_id))
    try:
        found: Any = json.loads(written) if written else {}
    except ValueError:
        return {}
    return {name: text for name, text in found.items() if isinstance(text, str)} if isinstance(found, dict) else {}


def _write(settings: Settings, conversation_id: int, texts: Mapping[str, str]) -> None:
    settings.set_text(own_key(WHAT, conversation_id), json.dumps(texts, ensure_ascii=False) if texts else "")
