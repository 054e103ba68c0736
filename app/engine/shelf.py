"""Idle sequences in ordinary memory: in the KV cache they would slow every token of those that are worked with.

Attention looks at every cell of the cache, also at those of other sequences, if only to pass over them: 3,000 idle
tokens made a token of a model of 330 MB take 35 ms instead of 31. Back in the cache, 2,000 tokens are within hundredths
of a second.
"""

from typing import Any

from app.core.record import record
from app.engine.decoding.base import Sequence
from app.engine.llama.context import Context
from app.engine.slots import Load, common

MOST_BYTES = 1 << 30


@record(eq=False)
class Shelved:
    """The state of one sequence."""

    tokens: list[int]
    state: Any  # bytes, as llama.cpp gives them


class Shelf:
    """Holds as many tokens as the context itself; what was put here longest ago goes first."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shelved: list[Shelved] = []

    def put(self, sequence: Sequence) -> bool:
        """Keep a copy of what the sequence holds; False where it is too large."""
        if len(sequence.tokens) > self._context.length or self._context.state_size(sequence) > MOST_BYTES:
            return False
        self._shelved.append(Shelved(list(sequence.tokens), self._context.state(sequence)))
        while self._tokens > self._context.length or self._bytes > MOST_BYTES:
            del self._shelved[0]
        return True

    @property
    def _tokens(self) -> int:
        return sum(len(each.tokens) for each in self._shelved)

    @property
    def _bytes(self) -> int:
        return sum(len(each.state) for each in self._shelved)

    def best(self, tokens: list[int]) -> tuple[int, Load]:
        """How many of the prompt's first tokens a state here gives, and what loads it. The last one never counts."""
        most, best = 0, None
        for each in self._shelved:
            length = common(each.tokens, tokens, len(tokens) - 1)
            if length > most:
                most, best = length, each
        return most, lambda sequence: self._load(best, sequence)

    def _load(self, shelved: Shelved | None, sequence: Sequence) -> bool | None:
        if shelved is None:
            return False
        if not self._context.load_state(sequence, shelved.state):
            return None  # no room in the cache
        sequence.tokens[:] = shelved.tokens
        if shelved in self._shelved:  # else it had to make room for another one meanwhile
            self._shelved.remove(shelved)
        return True

    def clear(self) -> None:
        self._shelved.clear()
