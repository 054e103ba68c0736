"""One llama.cpp context that holds many sequences: evaluates tokens of several in one batch, copies and cuts them.

The sequences share one KV cache: where two hold the same beginning after a copy, it is stored once.
"""

from collections.abc import Callable
from collections.abc import Sequence as Row
from time import perf_counter
from typing import Any

from app.core.errors import ContextError, LoadError
from app.core.language import tr
from app.core.params import Loading
from app.engine.decoding.base import Sequence
from app.engine.llama.library import api
from app.engine.llama.log import Log
from app.engine.llama.model import Model, load_failure
from app.engine.llama.parameters import context_parameters

TO_THE_END = -1
WEIGHTS_PER_THREAD = 1_000_000  # of a layer; half a million took 1.0 ms with one thread and 2 ms or more with two
SLOW_STEP = 0.1  # seconds; a batch that may take longer asks in between whether it is still wanted
LARGE = 32  # tokens; so does a batch with more
DONE, NO_ROOM, ABORTED = 0, 1, 2  # what llama_decode returns; below 0 are errors
NOWHERE, LAST, EVERYWHERE = range(3)  # for which tokens of a part logits are wanted

Part = tuple[Sequence, Row[int], int]
"""Tokens to evaluate behind what a sequence holds, and for which of them logits are wanted."""


class Context:
    """Holds the KV cache; `free` it before its model."""

    def __init__(self, model: Model, loading: Loading, log: Log) -> None:
        """Make it.

        Raises:
            LoadError: the memory does not suffice or the settings do not fit the model.
        """
        self._log = log
        log.clear()
        parameters = context_parameters(loading, model.plan.context, _worthwhile_threads(model))
        parameters.n_seq_max = model.sequences
        parameters.kv_unified = True
        parameters.swa_full = False  # room for a window of each sequence; before a cut it is asked what is left
        self.pointer: Any = api.llama_init_from_model(model.pointer, parameters)
        if not self.pointer:
            raise load_failure(model.path, log)
        self.length: int = api.llama_n_ctx(self.pointer)
        self.batch_size: int = api.llama_n_batch(self.pointer)
        self.sequences: int = api.llama_n_seq_max(self.pointer)
        self.can_cut = model.can_cut
        self.interruptible = not model.cards  # whether `unwanted` is asked: graphics cards finish what they have begun
        self.window: int = api.llama_model_n_swa(model.pointer)  # how far back the layers see that see least; 0: all
        self._vocabulary_size = model.vocabulary.size
        self._memory = api.llama_get_memory(self.pointer)
        self._batch = Batch(self.batch_size)
        self._slow = False  # may the next batch take so long that Stop should not wait for its end
        self._unwanted: Callable[[], bool] = lambda: False
        self._abort_callback = api.ggml_abort_callback(lambda _: self._unwanted())
        self._no_callback = api.ggml_abort_callback()

    def decode(self, parts: list[Part], unwanted: Callable[[], bool]) -> int:
        """Evaluate all parts in one batch of at most `batch_size` tokens; DONE, NO_ROOM or ABORTED.

        The logits of the n-th token of the batch are in row n. With NO_ROOM nothing has changed. `unwanted` is asked
        between the operations of a batch that may take long: each question costs about 2 µs, and there are some
        hundred. When it says yes, the batch is given up, and no sequence holds anything of it. Graphics cards
        finish the batch first: see `interruptible`.

        Raises:
            LoadError: llama.cpp could not; the sequences of the batch hold nothing any more.
        """
        count = self._batch.fill(parts)
        watched = self._slow or count > LARGE
        if watched:
            self._unwanted = unwanted
            api.llama_set_abort_callback(self.pointer, self._abort_callback, None)
        begin = perf_counter()
        status: int = api.llama_decode(self.pointer, self._batch.batch)
        api.llama_synchronize(self.pointer)
        self._slow = perf_counter() - begin > SLOW_STEP
        if watched:
            api.llama_set_abort_callback(self.pointer, self._no_callback, None)
        if status == DONE:
            for sequence, tokens, _ in parts:
                sequence.tokens += tokens
        elif status != NO_ROOM:
            self._repair(parts, status)
        return status

    def _repair(self, parts: list[Part], status: int) -> None:
        """What was evaluated of a failed batch may be in the cache."""
        for sequence, _, _ in parts:
            if status != ABORTED or not api.llama_memory_seq_rm(
                self._memory, sequence.id, len(sequence.tokens), TO_THE_END
            ):
                self.clear(sequence)
        if status != ABORTED:
            raise LoadError(
                tr("The model could not work on this text."),
                tr("Load the model again, with a shorter context or a smaller batch size."),
                self._log.last() or f"llama_decode returned {status}",
            )

    def logits(self, row: int) -> Any:
        """The logits of a row as a numpy view, float32 (vocabulary,); it holds until the next batch."""
        import numpy  # 60 ms and 20 MB that plain sampling does not need

        return numpy.ctypeslib.as_array(api.llama_get_logits_ith(self.pointer, row), (self._vocabulary_size,))

    def keeps(self, sequence: Sequence, length: int) -> bool:
        """Can the sequence's first `length` tokens be continued, here or in a copy?

        A recurrent model has only the state after the last token. Layers with a sliding window may have forgotten
        what the window of an earlier token needs.
        """
        if length == len(sequence.tokens):
            return True
        if not self.can_cut:
            return False
        if not self.window:
            return True
        first: int = api.llama_memory_seq_pos_min(self._memory, sequence.id)
        return first <= max(0, length - self.window)

    def cut(self, sequence: Sequence, length: int) -> None:
        """Forget the tokens from `length` on; `keeps` tells whether that can be done."""
        if length < len(sequence.tokens):
            api.llama_memory_seq_rm(self._memory, sequence.id, length, TO_THE_END)
            del sequence.tokens[length:]

    def clear(self, sequence: Sequence) -> None:
        """Forget all of it."""
        api.llama_memory_seq_rm(self._memory, sequence.id, 0, TO_THE_END)
        sequence.tokens.clear()

    def copy(self, source: Sequence, target: Sequence, length: int) -> None:
        """The target holds the source's first `length` tokens, in the same memory, and nothing else."""
        api.llama_memory_seq_rm(self._memory, target.id, 0, TO_THE_END)
        api.llama_memory_seq_cp(self._memory, source.id, target.id, 0, length)
        target.tokens[:] = source.tokens[:length]

    def state_size(self, sequence: Sequence) -> int:
        """Bytes that `state` gives."""
        size: int = api.llama_state_seq_get_size(self.pointer, sequence.id)
        return size

    def state(self, sequence: Sequence) -> Any:
        """What the cache holds of the sequence, as an array of bytes."""
        size = self.state_size(sequence)
        state = (api.ctypes.c_uint8 * size)()
        api.llama_state_seq_get_data(self.pointer, state, size, sequence.id)
        return state

    def load_state(self, sequence: Sequence, state: Any) -> bool:
        """Put a state into an empty sequence, whose tokens are the caller's to set; False where there is no room."""
        if api.llama_state_seq_set_data(self.pointer, state, len(state), sequence.id):
            return True
        self.clear(sequence)
        return False

    def free(self) -> None:
        if self.pointer:
            api.llama_free(self.pointer)
            self.pointer = None


class Batch:
    """A llama_batch whose arrays are made once and written through ctypes."""

    def __init__(self, room: int) -> None:
        self._tokens = (api.llama_token * room)()
        self._positions = (api.llama_pos * room)()
        self._ids = (api.llama_seq_id * room)()
        self._counts = (api.ctypes.c_int32 * room)(*[1] * room)
        self._wanted = (api.ctypes.c_int8 * room)()
        pointer = api.ctypes.POINTER(api.llama_seq_id)
        size = api.ctypes.sizeof(api.llama_seq_id)
        begin = api.ctypes.addressof(self._ids)
        places = [api.ctypes.cast(begin + size * index, pointer) for index in range(room)]
        self._places = (pointer * (room + 1))(*places, None)  # each token's list of sequences is one place long
        self.batch = api.llama_batch()
        self.batch.token = self._tokens
        self.batch.pos = self._positions
        self.batch.n_seq_id = self._counts
        self.batch.seq_id = self._places
        self.batch.logits = self._wanted

    def fill(self, parts: list[Part]) -> int:
        """Write the parts one after the other; how many tokens they have."""
        at = 0
        for sequence, tokens, wanted in parts:
            position = len(sequence.tokens)
            count = len(tokens)
            end = at + count
            if count == 1:
                self._tokens[at] = tokens[0]
                self._positions[at] = position
                self._ids[at] = sequence.id
                self._wanted[at] = wanted != NOWHERE
            else:
                self._tokens[at:end] = tokens
                self._positions[at:end] = range(position, position + count)
                self._ids[at:end] = [sequence.id] * count
                self._wanted[at:end] = [wanted == EVERYWHERE] * count
                if wanted == LAST:
                    self._wanted[end - 1] = 1
            at = end
        self.batch.n_tokens = at
        return at


def no_room() -> ContextError:
    return ContextError(
        tr("The context has no room left."), tr("Start a new conversation or raise the context length.")
    )


def _worthwhile_threads(model: Model) -> int:
    """How many threads gain anything for one token: a small layer is done before a second thread is awake."""
    layers = max(1, api.llama_model_n_layer(model.pointer))
    weights: int = api.llama_model_n_params(model.pointer) // layers
    return max(1, weights // WEIGHTS_PER_THREAD)
