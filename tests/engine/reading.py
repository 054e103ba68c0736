"""A model that reads and answers in the test's own process, with its states in a folder."""

from collections.abc import Callable
from pathlib import Path

from app.core.models import digest
from app.core.params import Loading
from app.core.protocol import SavedAt
from app.engine.decoding.base import Sequence
from app.engine.llama.context import DONE, LAST, Context
from app.engine.llama.log import Log
from app.engine.llama.model import Model
from app.engine.saved import Found
from app.engine.state import SavedStates
from tests.other_architectures import write_hybrid_model, write_recurrent_model, write_windowed_model
from tests.tiny_model import write_tiny_model

GIB = 1 << 30
PROMPT = [3 + number * 37 % 250 for number in range(400)]
KEPT = 300  # of the prompt, as if the rest were the next turn

ARCHITECTURES: dict[str, Callable[[Path], Path]] = {
    "attention": write_tiny_model,
    "sliding window": write_windowed_model,
    "recurrent": write_recurrent_model,
    "hybrid": write_hybrid_model,
}


class Reader:
    """Reads token by token what the tests say, greedily goes on, and keeps all of it that the tests want kept."""

    def __init__(self, path: Path, folder: Path, log: Log, **options: object) -> None:
        self.options = {"worth": 0.0, "reserve": 0} | {
            name: options.pop(name) for name in ("worth", "reserve") if name in options
        }
        self.loading = Loading(threads=1, **({"context_length": 2048, "slots": 6} | options))  # type: ignore[arg-type]
        self.log = log
        self.model = Model(path, self.loading, lambda fraction: True, log)
        self.context = Context(self.model, self.loading, log)
        self.digest = digest(path)
        self.states = self.made(folder)
        self._ids = iter(range(self.context.sequences))

    def made(self, folder: Path, limit: int = GIB) -> SavedStates:
        at = SavedAt(folder, limit)
        return SavedStates(at, self.model, self.digest, self.context, self.loading, self.log, **self.options)  # type: ignore[arg-type]

    def empty(self, conversation: int = 1) -> Sequence:
        return Sequence(next(self._ids), [], conversation)

    def read(self, tokens: list[int], sequence: Sequence | None = None) -> Sequence:
        sequence = sequence or self.empty()
        for begin in range(0, len(tokens), 128):
            assert self.context.decode([(sequence, tokens[begin : begin + 128], LAST)], lambda: False) == DONE
        return sequence

    def answer(self, sequence: Sequence) -> list[int]:
        """The likeliest tokens after the rest of the prompt."""
        rest = PROMPT[len(sequence.tokens) :]
        answer: list[int] = []
        while len(answer) < 24:
            self.context.decode([(sequence, rest, LAST)], lambda: False)
            rest = [int(self.context.logits(len(rest) - 1).argmax())]
            answer += rest
        return answer

    def save(self, sequence: Sequence) -> Found:
        assert self.states.keep(sequence) == len(sequence.tokens)
        assert self.states.flush(30)
        return max(self.found(), key=lambda found: found.used)

    def found(self) -> list[Found]:
        return list(self.states._folder.files())

    def restored(self) -> Sequence | None:
        """A new sequence with the best state for the prompt."""
        count, load = self.states.best(PROMPT)
        sequence = self.empty()
        if load(sequence):
            assert count <= len(sequence.tokens)
            return sequence
        assert sequence.tokens == []
        return None

    def free(self) -> None:
        self.context.free()
        self.model.free()
