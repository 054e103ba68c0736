"""Which sequence holds which tokens, so that nothing is read twice.

A sequence is busy while a request works with it and idle afterwards: what it holds may serve a later prompt. When
room is needed, the one that was idle longest goes first.
"""

from collections.abc import Callable
from typing import Protocol

from app.core.record import record
from app.engine.decoding.base import Sequence
from app.engine.llama.context import Context

NONE = -1  # no sequence, no token
WORTH_PUTTING_ASIDE = 128  # tokens that no other sequence holds
WORTH_WAITING = 16  # tokens that another request is about to read; fewer are read again sooner

Load = Callable[[Sequence], bool | None]
"""Loads a state and sets the sequence's tokens. False: it cannot be used; None: there is no room in the cache now."""


class Saved(Protocol):
    """States of sequences outside the context, such as on disk."""

    def best(self, tokens: list[int]) -> tuple[int, Load]:
        """How many of the first tokens a saved state gives, and what loads it into an empty sequence."""

    def keep(self, sequence: Sequence) -> int:
        """Save what this idle sequence holds; how many tokens are saved."""


class Aside(Protocol):
    """Where idle sequences are while they would only be in the way."""

    def put(self, sequence: Sequence) -> bool:
        """Keep a copy of what it holds; False where that cannot be."""

    def best(self, tokens: list[int]) -> tuple[int, Load]:
        """How many of the first tokens a copy gives, and what puts it back into an empty sequence."""

    def clear(self) -> None:
        """Forget all of them."""


class Nothing:
    """Nothing is saved."""

    def best(self, tokens: list[int]) -> tuple[int, Load]:
        return 0, _nothing

    def keep(self, sequence: Sequence) -> int:
        return 0


@record
class Begun:
    """A sequence that holds as much of a prompt as was to be had."""

    sequence: Sequence
    reused: int  # tokens
    restored: int = 0  # of these, from a saved state


class Slots:
    """All sequences of one context."""

    def __init__(self, context: Context, aside: Aside | None = None) -> None:
        """Without an `aside`, all that is idle stays in the cache."""
        self._context = context
        self._aside = aside
        self.saved: Saved = Nothing()
        self._free = list(range(context.sequences))[::-1]  # taken from the end
        self._busy: dict[int, Sequence] = {}
        self._idle: dict[int, Sequence] = {}  # longest idle first
        self._reading: dict[int, list[int]] = {}  # what busy sequences will hold soon
        self._untidy = False  # may there be something to put aside

    @property
    def idle(self) -> list[Sequence]:
        """What may serve later prompts, longest idle first."""
        return list(self._idle.values())

    @property
    def available(self) -> int:
        """How many sequences can be taken without taking one from a request."""
        return len(self._free) + len(self._idle)

    def begin(self, tokens: list[int], background: bool = False, conversation: int = 0) -> Begun | None:
        """A busy sequence that holds the longest known beginning of the prompt, but not its last token.

        The last token's logits are wanted, so it is always read. None: another request is just reading what both
        have in common; ask again after its next batch. Nobody waits for what is read in the `background`. What the
        sequence holds may be saved as the `conversation`'s from now on.
        """
        _, held = self._longest(tokens)
        if self._soon(tokens) >= held + WORTH_WAITING:
            return None
        sequence, restored = self._fetched(tokens, held)
        if sequence is None:
            sequence = self._continued(tokens, conversation)
        sequence.conversation = conversation
        if not background:
            self._reading[sequence.id] = tokens
        return Begun(sequence, len(sequence.tokens), restored)

    def _fetched(self, tokens: list[int], held: int) -> tuple[Sequence | None, int]:
        """A sequence from outside the cache that holds more of the prompt, and how much of it was saved."""
        put_aside, load_aside = self._aside.best(tokens) if self._aside is not None else (0, _nothing)
        saved, load_saved = self.saved.best(tokens)
        if saved > put_aside and saved >= held + WORTH_WAITING and (sequence := self._restored(tokens, load_saved)):
            return sequence, len(sequence.tokens)
        return (self._restored(tokens, load_aside) if put_aside >= held + WORTH_WAITING else None), 0

    def _restored(self, tokens: list[int], load: Load) -> Sequence | None:
        sequence = self._take(spared=None)
        while (loaded := load(sequence)) is None and self.evict():
            pass
        length = common(sequence.tokens, tokens, len(tokens) - 1)
        if loaded and self._context.keeps(sequence, length):
            self._context.cut(sequence, length)
            return sequence
        self._forget(sequence)
        return None

    def _continued(self, tokens: list[int], conversation: int) -> Sequence:
        """A busy sequence with what another holds of the prompt; in place of the other where nothing is lost by it.

        What cannot be cut stays as it is: other branches may begin with it.
        """
        source, length = self._longest(tokens)
        mine = source is not None and source.conversation in (0, conversation) and self._context.can_cut
        if source is not None and mine and source.id in self._idle and length == len(source.tokens):
            sequence = self._idle.pop(source.id)
            self._busy[sequence.id] = sequence
            return sequence
        sequence = self._take(spared=source)
        if source is not None and source is not sequence:
            self._context.copy(source, sequence, length)
        elif source is not None:
            self._context.cut(sequence, length)
        return sequence

    def _longest(self, tokens: list[int]) -> tuple[Sequence | None, int]:
        """The sequence that holds most of the prompt's beginning, and how much of it can be used."""
        best: Sequence | None = None
        most = 0
        for sequence in (*self._busy.values(), *self._idle.values()):
            length = common(sequence.tokens, tokens, len(tokens) - 1)
            # Of two that hold as much the idle one, and of these the one that need not be copied.
            better = length > most or (
                length == most > 0 and sequence.id in self._idle and length == len(sequence.tokens)
            )
            if better and self._context.keeps(sequence, length):
                best, most = sequence, length
        return best, most

    def _soon(self, tokens: list[int]) -> int:
        """How much of the prompt's beginning some request is just reading."""
        if not self._context.can_cut:
            return 0
        return max((common(target, tokens, len(tokens) - 1) for target in self._reading.values()), default=0)

    def held(self, tokens: list[int]) -> int:
        """How many of the first tokens need not be read again."""
        return self._longest([*tokens, NONE])[1]

    def has_read(self, sequence: Sequence) -> None:
        """The prompt that the sequence was begun for is in it."""
        self._reading.pop(sequence.id, None)

    def _take(self, spared: Sequence | None) -> Sequence:
        """An empty busy sequence; or the spared one, where there is no other."""
        if not self._free:
            self.evict(spared)
        if self._free:
            sequence = Sequence(self._free.pop(), [])
        elif spared is not None and spared.id in self._idle:
            sequence = self._idle.pop(spared.id)
            self.saved.keep(sequence)
        else:
            raise RuntimeError("more sequences are wanted than were promised")
        self._busy[sequence.id] = sequence
        return sequence

    def evict(self, spared: Sequence | None = None) -> bool:
        """Take the sequence that was idle longest out of the cache; False where there is none."""
        victim = next((sequence for sequence in self._idle.values() if sequence is not spared), None)
        if victim is None:
            return False
        others = (*self._busy.values(), *(sequence for sequence in self._idle.values() if sequence is not victim))
        last = not any(sequence.conversation == victim.conversation for sequence in others)
        if not (last and self.saved.keep(victim)) and self._own(victim) >= WORTH_PUTTING_ASIDE:
            self._put_aside(victim)
        self._forget(victim)
        return True

    def _put_aside(self, sequence: Sequence) -> bool:
        """Keep a copy in memory, from where any part of it can be used."""
        return self._aside is not None and self._context.can_cut and self._aside.put(sequence)

    def newest(self) -> dict[int, list[Sequence]]:
        """Of each conversation the idle sequence that was used last; the conversation used last comes first.

        Of a model that cannot be cut it is two: after an answer the next prompt may begin only with the one before.
        """
        newest: dict[int, list[Sequence]] = {}
        for sequence in reversed(self._idle.values()):
            if sequence.conversation:
                newest.setdefault(sequence.conversation, []).append(sequence)
        return {conversation: found[: 1 if self._context.can_cut else 2] for conversation, found in newest.items()}

    def disown(self, conversation: int | None) -> None:
        """What was read of the conversation so far is nobody's now and is not saved; None: of all."""
        for sequence in (*self._busy.values(), *self._idle.values()):
            if conversation in (None, sequence.conversation):
                sequence.conversation = 0

    def tidy(self) -> None:
        """Put aside one idle sequence that holds much of its own, where an answer grows that it slows.

        It goes to where it may be saved, and into memory where it may not or its conversation is being answered in.
        """
        if not self._untidy or not self._context.can_cut:
            return
        answered = {sequence.conversation for sequence in self._busy.values()}
        for sequence in self.idle:
            if self._own(sequence) >= WORTH_PUTTING_ASIDE:
                kept = 0 if sequence.conversation in answered else self.saved.keep(sequence)
                if kept == len(sequence.tokens) or self._put_aside(sequence):
                    self._forget(sequence)
                    return
        self._untidy = False

    def _own(self, sequence: Sequence) -> int:
        """How many cells would be free without it."""
        others = (other for other in (*self._busy.values(), *self._idle.values()) if other is not sequence)
        count = len(sequence.tokens)
        return count - max((common(other.tokens, sequence.tokens, count) for other in others), default=0)

    def _forget(self, sequence: Sequence) -> None:
        self._context.clear(sequence)
        self._busy.pop(sequence.id, None)
        self._idle.pop(sequence.id, None)
        self._reading.pop(sequence.id, None)
        self._free.append(sequence.id)

    def fork(self, source: Sequence) -> Sequence:
        """A busy sequence that holds the same and shares its memory."""
        sequence = self._take(spared=None)
        self._context.copy(source, sequence, len(source.tokens))
        return sequence

    def mark(self, source: Sequence) -> None:
        """Keep what this one holds now, if there is a sequence for it: the model cannot go back to it later."""
        if self.available:
            copy = self.fork(source)
            copy.conversation = source.conversation
            self.release(copy)

    def become(self, target: Sequence, source: Sequence) -> None:
        """From now on the target holds what the source holds."""
        if target is not source:
            self._context.copy(source, target, len(source.tokens))

    def release(self, sequence: Sequence) -> None:
        """A request needs it no more; what it holds may serve a later one."""
        if self._busy.pop(sequence.id, None) is None:
            return
        self._reading.pop(sequence.id, None)
        if sequence.tokens:
            self._idle[sequence.id] = sequence
            self._untidy = True
        else:
            self._free.append(sequence.id)

    def lose(self, sequence: Sequence) -> list[int]:
        """Take a busy sequence's memory away, so that it is none until it is regained; returns what it held."""
        tokens = list(sequence.tokens)
        if sequence.id in self._busy:
            self._forget(sequence)
            sequence.id = NONE
        return tokens

    def regain(self, sequence: Sequence, tokens: list[int]) -> None:
        """Give a lost sequence back the longest part of its tokens that another holds."""
        source, length = self._longest([*tokens, NONE])
        taken = self._take(spared=source)
        sequence.id = taken.id
        self._busy[sequence.id] = sequence
        if taken is source:
            self._context.cut(taken, length)
            sequence.tokens[:] = taken.tokens
        elif source is not None:
            self._context.copy(source, sequence, length)

    def clear(self) -> None:
        """Forget all idle sequences."""
        for sequence in self.idle:
            self._forget(sequence)
        if self._aside is not None:
            self._aside.clear()


def _nothing(_: Sequence) -> bool:
    """There is no state to load."""
    return False


def common(held: list[int], wanted: list[int], limit: int) -> int:
    """Length of the beginning that both have in common, at most `limit`."""
    low, high = 0, min(len(held), len(wanted), limit)
    if held[:high] == wanted[:high]:
        return high
    while high - low > 1:  # they agree on `low` tokens, and not on `high`
        middle = (low + high) // 2
        if held[low:middle] == wanted[low:middle]:
            low = middle
        else:
            high = middle
    return low
