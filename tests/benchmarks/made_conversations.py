"""Conversations made by rule, on disk: as many as are asked for, in English and one in six in Chinese.

Words are as frequent as in real texts: the n-th one stands 1/n as often as the first.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from app.core.listing import COLOURS, Folder
from app.core.tree import Conversation, Message
from app.store.database import Database
from tests.benchmarks.made_words import COMMON, CONSONANTS, VOWELS

WORDS, SIGNS = 20_000, 2_500
FOLDERS = ("Work", "Garden", "Travel", "Reading", "Cooking", "Music", "House", "Letters", "Ideas", "Study")
TAGS = ("draft", "later", "important", "question", "recipe", "code", "plan", "family", "2026", "done")
MODELS = ("Guide", "Qwen3 4B Instruct", "Llama 3.2 3B", "Gemma 3 12B", "Mistral Small")
NOW = datetime.now(UTC)


class Texts:
    """Draws words; the same seed gives the same texts."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)
        self.words = list(dict.fromkeys([*COMMON.split(), *self._pronounceable()]))[:WORDS]
        self.signs = [chr(0x4E00 + self._random.randrange(0x51A0)) for _ in range(SIGNS)]
        self._word_weights = list(accumulate(1 / (n + 2) for n in range(len(self.words))))
        self._sign_weights = list(accumulate(1 / (n + 20) for n in range(SIGNS)))

    def _pronounceable(self) -> Iterator[str]:
        for _ in range(WORDS * 2):
            parts = self._random.randint(2, 4)
            yield "".join(self._random.choice(CONSONANTS) + self._random.choice(VOWELS) for _ in range(parts))

    def english(self, count: int) -> str:
        """So many words in sentences."""
        words = self._random.choices(self.words, cum_weights=self._word_weights, k=count)
        for at in range(0, count - 12, 12):
            words[at] = words[at].capitalize()
            words[at + 11] += "."
        return " ".join(words)

    def chinese(self, count: int) -> str:
        """So many characters in sentences."""
        signs = self._random.choices(self.signs, cum_weights=self._sign_weights, k=count)
        for at in range(15, count, 16):
            signs[at] = "。" if at % 3 else ","
        return "".join(signs)

    def message(self, number: int, conversation: int) -> str:
        """A question, or an answer about four times as long."""
        long = self._random.randint(40, 200) if number % 2 else self._random.randint(8, 50)
        return self.chinese(long * 2) if conversation % 6 == 0 else self.english(long)


def made(path: Path, conversations: int, messages_each: int) -> Database:
    """A database with these conversations over two years: some pinned, a third in ten folders, a few archived."""
    store, texts, drawn = Database(path), Texts(), random.Random(11)
    for name in FOLDERS:
        store.folders.add(Folder(name))
    for first in range(0, conversations, 200):
        with store.write():
            for number in range(first, min(first + 200, conversations)):
                then = NOW - timedelta(minutes=105 * (conversations - number))
                title = texts.chinese(8) if number % 6 == 0 else texts.english(5)
                row = store.conversations.add(
                    Conversation(
                        id=0, title=title, created=then, updated=then + timedelta(minutes=messages_each),
                        pinned=number % 500 == 0, folder=drawn.choice(FOLDERS) if number % 3 == 0 else "",
                        tags=tuple(drawn.sample(TAGS, 2)) if number % 4 == 0 else (),
                        colour=drawn.choice(COLOURS), archived=number % 20 == 19,
                    )
                )  # fmt: skip
                above = None
                for place in range(messages_each):
                    answer = place % 2 == 1
                    above = store.conversations.add_message(
                        Message(
                            id=0, conversation=row.id, parent=above, role="assistant" if answer else "user",
                            text=texts.message(place, number), created=then + timedelta(minutes=place),
                            model=MODELS[number % len(MODELS)] if answer else "",
                        )
                    ).id  # fmt: skip
    store.run("PRAGMA wal_checkpoint(TRUNCATE)")
    return store
