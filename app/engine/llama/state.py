"""The state of one sequence in a file, as llama.cpp writes and reads it: its tokens, then its part of the KV cache."""

import struct
from array import array
from functools import cache
from hashlib import blake2b
from os import fsencode, stat
from pathlib import Path
from typing import Any

from app.core.params import Loading
from app.engine.llama.library import api
from app.engine.llama.log import Log
from app.engine.llama.model import Model

HEAD = struct.Struct("<3I")  # llama.h: LLAMA_STATE_SEQ_MAGIC, LLAMA_STATE_SEQ_VERSION, number of tokens
NO_ROOM = "cells in kv cache"  # what llama.cpp's log says where the cache is too full for the state


@cache
def build() -> str:
    """Tells builds of llama.cpp apart, 8 hex digits: each may lay out its cache differently."""
    library = stat(api._lib._name)
    return _digest(f"{api.LLAMA_STATE_SEQ_VERSION} {library.st_size} {library.st_mtime_ns}", 4)


def key(model: Model, digest: str, context_length: int, loading: Loading) -> str:
    """Tells apart what decides what a token's part of the cache is, 16 hex digits: the file and some settings.

    Models with two sets of frequencies (LongRoPE) choose by the length of the context.
    """
    architecture = model.metadata("general.architecture") or ""
    original = model.metadata(f"{architecture}.rope.scaling.original_context_length") or ""
    settings = (
        digest,
        loading.kv_type,
        loading.kv_type_values,
        loading.flash_attention,  # decides how the values lie
        loading.rope_scaling,
        loading.rope_freq_base,
        loading.rope_freq_scale,
        context_length > (int(original) if original.isdigit() else model.trained_context),
    )
    return _digest(repr(settings), 8)


def digest_of(tokens: "array[int]") -> str:
    """Tells rows of tokens apart, 16 hex digits."""
    return blake2b(tokens.tobytes(), digest_size=8).hexdigest()


def _digest(text: str, size: int) -> str:
    return blake2b(text.encode(), digest_size=size).hexdigest()


def parameters(model: Model) -> int:
    """How many weights the model has, which is how much work a token is."""
    result: int = api.llama_model_n_params(model.pointer)
    return result


def size(context: Any, sequence: int) -> int:
    """Bytes that the state takes, without its tokens; `context` is llama.cpp's pointer."""
    result: int = api.llama_state_seq_get_size(context, sequence)
    return result


def write(context: Any, sequence: int, tokens: "array[int]", path: Path) -> bool:
    """Write the state to a file, in place of what it holds; the sequence holds just these tokens."""
    buffer = (api.llama_token * len(tokens)).from_buffer(tokens)
    written: int = api.llama_state_seq_save_file(context, fsencode(path), sequence, buffer, len(tokens))
    return written > 0 and written == path.stat().st_size  # a full disk may show itself only when the file is closed


def read(context: Any, sequence: int, count: int, path: Path, log: Log) -> list[int] | None:
    """Read a file of so many tokens into the sequence, which is empty; the tokens, None where there is no room for it.

    llama.cpp ends the process at some kinds of damage: the file is one that was checked.

    Raises:
        ValueError: the file does not fit this context. The sequence may hold a part of it.
    """
    tokens = array("i", bytes(4 * count))
    found = api.ctypes.c_size_t()
    log.clear()
    done = api.llama_state_seq_load_file(
        context, fsencode(path), sequence, (api.llama_token * count).from_buffer(tokens), count, api.ctypes.byref(found)
    )
    if done:
        last = api.llama_memory_seq_pos_max(api.llama_get_memory(context), sequence)
        if found.value != count or last != count - 1:
            raise ValueError(f"{found.value} tokens, the last at {last}")
        return tokens.tolist()
    if NO_ROOM in log.errors():
        return None
    raise ValueError(log.errors())


def tokens_in(path: Path) -> list[int]:
    """The tokens at the beginning of a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such file.
    """
    with path.open("rb") as file:
        magic, version, count = HEAD.unpack(file.read(HEAD.size).ljust(HEAD.size, b"\0"))
        if (magic, version) != (api.LLAMA_STATE_SEQ_MAGIC, api.LLAMA_STATE_SEQ_VERSION):
            raise ValueError("another kind of file")
        data = file.read(min(4 * count, path.stat().st_size))
    if len(data) != 4 * count:
        raise ValueError("cut short")
    return array("i", data).tolist()
