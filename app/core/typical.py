"""What a network is likely to be of which only the size is known: a model at the Hub whose header nobody has read yet.

Families differ, by a factor of two in what they keep of each token. Beside the weights, which are known, that is little.
"""

import re
from itertools import pairwise

from app.core.network import Layer, Network

# parameters, layers, numbers that a layer keeps of a token (keys, and as many values), width, vocabulary
USUAL = (
    (0.05e9, 12, 256, 512, 32_000),
    (0.5e9, 24, 256, 1024, 128_000),
    (1.5e9, 26, 512, 2048, 128_000),
    (3.5e9, 32, 1024, 2560, 150_000),
    (8e9, 34, 1024, 4096, 150_000),
    (14e9, 40, 1024, 5120, 150_000),
    (32e9, 62, 1024, 5120, 150_000),
    (70e9, 80, 1024, 8192, 150_000),
    (400e9, 110, 1024, 14_000, 150_000),
)
HEAD = 128
USED = re.compile(r"(?<![A-Za-z0-9.])A(\d{1,3}(?:\.\d{1,2})?)B(?![A-Za-z0-9])")
ALL = re.compile(r"(?<![A-Za-z0-9.])(\d{1,4}(?:\.\d{1,2})?)([BM])(?![A-Za-z0-9])", re.IGNORECASE)
BYTES = 0.6  # that a parameter takes in the usual quantization


def typical_network(size: int, parameters: int = 0, context: int = 0, name: str = "") -> Network:
    """A network with so many bytes of weights.

    Args:
        parameters: 0 where they are not known; told from the name or the size then.
        context: tokens that it was trained on; 0 where that is not known.
        name: of the repository or the file; "A3B" in it says how many parameters a token passes through.
    """
    parameters = parameters or named_parameters(name) or max(1, round(size / BYTES))
    layers, kept, width, vocabulary = (round(each) for each in _between(parameters))
    found = USED.search(name)
    used = min(1.0, float(found[1]) * 1e9 / parameters) if found else 1.0
    share = vocabulary * width / max(parameters, vocabulary * width)
    table = round(size * min(0.3, share))  # the embeddings
    weights = max(0, size - table) // layers
    layer = Layer(weights=weights, experts=weights if used < 1 else 0, keys=kept, values=kept)
    return Network(
        layers=(layer,) * layers, input_bytes=table, output_bytes=table, tied=True, vocabulary=vocabulary, width=width,
        heads=max(1, width // HEAD), head=HEAD, kv_heads=max(1, kept // HEAD), feed=3 * width, inner=0,
        trained_context=context, used_experts=used,
    )  # fmt: skip


def named_parameters(name: str) -> int:
    """How many parameters a name tells of ("Qwen3-30B-A3B", "SmolLM2-360M"); 0 where it tells none."""
    found = [float(number) * (1e9 if unit in "bB" else 1e6) for number, unit in ALL.findall(name)]
    return round(max(found, default=0.0))


def usual_size(parameters: int) -> int:
    """Bytes of a model of so many parameters in the quantization that most people take."""
    return round(parameters * BYTES)


def _between(parameters: int) -> tuple[float, ...]:
    """The row of the table for a size, mixed of the two beside it."""
    if parameters <= USUAL[0][0]:
        return USUAL[0][1:]
    for (low, *one), (high, *other) in pairwise(USUAL):
        if parameters <= high:
            share = (parameters - low) / (high - low)
            return tuple(near + (far - near) * share for near, far in zip(one, other, strict=True))
    return USUAL[-1][1:]
