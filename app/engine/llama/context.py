"""One llama.cpp context with one sequence: evaluates tokens in batches and remembers which it holds."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from app.core.errors import ContextError, LoadError
from app.core.language import tr
from app.core.params import Loading
from app.engine.hardware import physical_cores
from app.engine.llama.library import api
from app.engine.llama.log import Log
from app.engine.llama.model import Model, load_failure

KV_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q8_0": 8, "bf16": 30}  # ggml.h, enum ggml_type; bf16 is not in the bindings
SEQUENCE = 0
TO_THE_END = -1
WEIGHTS_PER_THREAD = 1_000_000  # of a layer; half a million took 1.0 ms with one thread and 2 ms or more with two
SLOW_STEP = 0.03  # seconds
DONE, NO_ROOM, ABORTED = 0, 1, 2  # what llama_decode returns; below 0 are errors


class Context:
    """Holds the KV cache. `tokens` are those in it, in order; `free` it before its model."""

    def __init__(self, model: Model, loading: Loading, log: Log) -> None:
        """Make it.

        Raises:
            LoadError: the memory does not suffice or the settings do not fit the model.
        """
        self._log = log
        model.check_memory(loading)
        params = api.llama_context_default_params()
        params.n_ctx = model.context_length(loading)
        params.n_batch = params.n_ubatch = min(loading.batch_size, params.n_ctx)
        params.n_seq_max = 1
        params.n_threads_batch = loading.threads or physical_cores()
        params.n_threads = loading.threads or min(physical_cores(), _worthwhile_threads(model))
        params.flash_attn_type = {
            "auto": api.LLAMA_FLASH_ATTN_TYPE_AUTO,
            "on": api.LLAMA_FLASH_ATTN_TYPE_ENABLED,
            "off": api.LLAMA_FLASH_ATTN_TYPE_DISABLED,
        }[loading.flash_attention]
        params.type_k = params.type_v = KV_TYPES[loading.kv_type]
        params.rope_freq_base = loading.rope_freq_base
        params.rope_freq_scale = loading.rope_freq_scale
        params.no_perf = True
        log.clear()
        self.pointer: Any = api.llama_init_from_model(model.pointer, params)
        if not self.pointer:
            failure = load_failure(model.path, log)
            if loading.kv_type in ("q8_0", "q4_0") and loading.flash_attention == "off":
                raise LoadError(
                    tr("This KV cache type needs flash attention."),
                    tr("Set flash attention to automatic, or the KV cache type to f16."),
                    failure.detail,
                )
            raise failure
        self.length: int = api.llama_n_ctx(self.pointer)
        self.batch_size: int = api.llama_n_batch(self.pointer)
        self.tokens: list[int] = []
        self._memory = api.llama_get_memory(self.pointer)
        self._buffer = (api.llama_token * self.batch_size)()
        self._batch = (
            api.llama_batch()
        )  # positions, sequence and outputs are left to llama.cpp: one sequence, last token
        self._batch.token = self._buffer
        self._one = (api.llama_token * 1)()
        self._step = api.llama_batch()
        self._step.n_tokens = 1
        self._step.token = self._one
        self._slow = False  # did the last step take so long that Stop should not wait for the next one
        self._no_callback = api.ggml_abort_callback()

    def keep_prefix(self, tokens: Sequence[int]) -> int:
        """Drop from the cache what differs from `tokens`; returns how many of them need not be evaluated again.

        The last token is never counted: its logits are wanted.
        """
        limit = min(len(self.tokens), len(tokens) - 1)
        common = 0
        while common < limit and self.tokens[common] == tokens[common]:
            common += 1
        self._cut(common)
        return len(self.tokens)

    def _cut(self, length: int) -> None:
        """Shorten the cache; where the model cannot forget a part (recurrent ones), forget all."""
        if length < len(self.tokens) and not api.llama_memory_seq_rm(self._memory, SEQUENCE, length, TO_THE_END):
            length = 0
        if length == 0:
            api.llama_memory_clear(self._memory, False)
        del self.tokens[length:]

    def clear(self) -> None:
        self._cut(0)

    def read(self, tokens: Sequence[int], stopped: Callable[[], bool]) -> bool:
        """Evaluate up to `batch_size` tokens of a prompt; False when `stopped` said so in the middle of it.

        On the processor `stopped` is asked between the operations of the batch; graphics cards finish the batch first.
        """
        count = len(tokens)
        self._buffer[:count] = tokens
        self._batch.n_tokens = count
        status = self._decode(self._batch, stopped)
        if status == ABORTED:
            self._take_out_rest()
            return False
        self._check(status)
        self.tokens.extend(tokens)
        return True

    def step(self, token: int, stopped: Callable[[], bool]) -> bool:
        """Evaluate one token; False when `stopped` said so in the middle of it, which is asked where a token takes long."""
        self._one[0] = token
        begin = perf_counter()
        status = self._decode(self._step, stopped) if self._slow else api.llama_decode(self.pointer, self._step)
        self._slow = perf_counter() - begin > SLOW_STEP
        if status == ABORTED:
            self._take_out_rest()
            return False
        if status != DONE:
            self._check(status)
        self.tokens.append(token)
        return True

    def _decode(self, batch: Any, stopped: Callable[[], bool]) -> int:
        """Evaluate, asking between the operations; each question costs about 1 µs, and a batch has some hundred."""
        callback = api.ggml_abort_callback(lambda _: stopped())
        api.llama_set_abort_callback(self.pointer, callback, None)
        try:
            status: int = api.llama_decode(self.pointer, batch)
        finally:
            api.llama_set_abort_callback(self.pointer, self._no_callback, None)
        return status

    def _take_out_rest(self) -> None:
        """What was evaluated of an aborted batch may be in the cache."""
        if not api.llama_memory_seq_rm(self._memory, SEQUENCE, len(self.tokens), TO_THE_END):
            self.clear()

    def _check(self, status: int) -> None:
        if status == DONE:
            return
        self.clear()
        if status == NO_ROOM:
            raise ContextError(
                tr("The context has no room left."), tr("Start a new conversation or raise the context length.")
            )
        raise LoadError(
            tr("The model could not work on this text."),
            tr("Load the model again, with a shorter context or a smaller batch size."),
            self._log.last() or f"llama_decode returned {status}",
        )

    def free(self) -> None:
        if self.pointer:
            api.llama_free(self.pointer)
            self.pointer = None


def _worthwhile_threads(model: Model) -> int:
    """How many threads gain anything for one token: a small layer is done before a second thread is awake."""
    layers = max(1, api.llama_model_n_layer(model.pointer))
    weights: int = api.llama_model_n_params(model.pointer) // layers
    return max(1, weights // WEIGHTS_PER_THREAD)
