"""A model file made in a moment: the llama architecture with weights that mean nothing, for tests that need a real engine.

Byte-level BPE vocabulary (256 bytes, a few merges, the ChatML control tokens), so that every text can be
written and read. Two kinds of weights:

- random (the default): it babbles until something stops it, mostly bytes that are no characters;
- `says="…"`: a chain. At temperature 0 it answers any prompt with exactly this text and then ends its turn.
  Each token has one successor, so all characters of the text must differ, and so must the bytes of those
  outside ASCII; `chainable` tells.
"""

from functools import cache
from itertools import pairwise
from pathlib import Path

import gguf
import numpy as np

from tests.model_file import CHATML, CONTROL, Shape, Words, begin_file, byte_characters

MERGES = (
    "t h", "i n", "a n", "e r", "o n", "r e", "Ġ t", "Ġ a", "th e", "Ġt he", "in g", "an d", "Ġa nd",
    "o u", "h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġ s", "e n", "e s", "e d", "Ġ o", "Ġo f",
    "u s", "us er", "a s", "s y", "s t",
)  # fmt: skip


@cache
def vocabulary() -> tuple[str, ...]:
    """All tokens in order: control tokens, bytes, merges."""
    return (*CONTROL, *byte_characters(), *(merge.replace(" ", "") for merge in MERGES))


def token_of_byte(byte: int) -> int:
    return len(CONTROL) + byte


def chainable(text: str) -> bool:
    """Can `says` hold this text? No byte twice, none that the prompt's end ("\\n") needs."""
    data = text.encode()
    return len(set(data)) == len(data) and b"\n" not in data


def write_tiny_model(
    path: Path,
    *,
    template: str | None = CHATML,
    says: str = "",
    context: int = 2048,
    layers: int = 2,
    width: int = 64,
    heads: int = 4,
    seed: int = 0,
    name: str = "Tiny",
    architecture: str = "llama",
    splitter: str = "gpt-2",
    causal: bool = True,
    recommended: dict[str, float | int] | None = None,
    letters: str = "",
    ends: bool = True,
    unsaid: int = 0,
) -> Path:
    """Write the model to `path` and return it; the same arguments give the same file.

    With the defaults it takes a few milliseconds and 0.5 MB. `layers=24, width=256` (63 MB)
    is slow on purpose: some hundred milliseconds for a batch of the prompt. `recommended` are "general.sampling.*" values by their short
    name. An `architecture` that llama.cpp does not know gives a file that it refuses.
    With `letters` the vocabulary is these and the control tokens, and nothing else can be written or read.
    `unsaid` words more than that are in no text: parameters that cost no time. With 20,000 of them and `width=256` what it
    has read is worth saving, as with a model of twenty times as many layers.
    One that never `ends` has no token that ends a turn; with fewer than 11 tokens that is so.
    """
    control = CONTROL if ends else tuple(text.replace("|", "!") for text in CONTROL)  # no spelling that means an end
    tokens = (*control, *letters) if letters else vocabulary()
    tokens += tuple(f"<unsaid {number}>" for number in range(unsaid))
    random = np.random.default_rng(seed)
    shape = Shape(layers, width, heads, heads, 2 * width, context)
    words = Words(tokens, ("a b",) if letters else MERGES, 0, len(CONTROL), splitter)
    file_type = gguf.LlamaFileType.ALL_F32
    writer = begin_file(
        path, shape, words, name=name, file_type=file_type, template=template, architecture=architecture
    )
    if not ends:  # llama.cpp takes token 11 where the file names none
        del writer.kv_data[0]["tokenizer.ggml.eos_token_id"]
    if not causal:
        writer.add_causal_attention(False)  # as models for embeddings have it
    for key, value in (recommended or {}).items():
        add = writer.add_float32 if isinstance(value, float) else writer.add_int32
        add(f"general.sampling.{key}", value)

    def weights(*shape: int, scale: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        return (random.standard_normal(shape, dtype=np.float32) * np.float32(scale)).astype(np.float32)

    said = len(tokens) - unsaid
    embedding = weights(len(tokens), width, scale=1.0)
    output = weights(len(tokens), width, scale=0.3)
    output[said:] = 0.0
    body = 0.0 if says else 0.5 / width**0.5
    if says:
        if not chainable(says):
            raise ValueError("a chain needs a text in which every byte differs")
        # one successor for each token: its output row is the embedding of the token before it
        output = weights(len(tokens), width, scale=0.001)
        chain = [token_of_byte(byte) for byte in b"\n" + says.encode()] + [2]
        for before, after in pairwise(chain):
            output[after] = embedding[before]
    for tensor, size in shape.tensors(len(tokens)):
        match tensor:
            case "token_embd":
                values = embedding
            case "output":
                values = output
            case _ if tensor.endswith("_norm"):
                values = np.ones(size, dtype=np.float32)
            case _:
                values = weights(*size, scale=body)
        writer.add_tensor(f"{tensor}.weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
