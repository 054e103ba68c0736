"""What a model's header says of its network: how many bytes each layer's weights take, and what it keeps of each token.

Which layers see only a window is written in newer files and known by the name of the architecture in older ones
(llama.cpp, src/models, load_swa_pattern). Whether a layer attends or keeps a state is told by its tensors.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.errors import ModelFileError
from app.core.gguf import Header, Tensor, read_header
from app.core.language import tr
from app.core.record import record

FLOAT = 4  # bytes
MOST_LAYERS = 512  # llama.cpp, LLAMA_MAX_LAYERS

WINDOW_PATTERNS = {
    "afmoe": 4, "cohere2": 4, "exaone-moe": 4, "exaone4": 4, "gemma2": 2, "gemma3": 6, "gemma3n": 5, "gpt-oss": 2,
    "llama4": 4, "mellum": 4, "muse-glimmer": 4, "olmo2": 4, "plamo3": 8,
    "cohere2moe": -4, "laguna": -4, "smallthinker": -4,
}  # fmt: skip
"""Of so many layers one sees everything: the last, or the first where the number is negative."""

DEFAULT_WINDOWS = {"gemma2": 4096, "llama4": 8192}
BLOCK = re.compile(r"blk\.(\d+)\.(.+)")
EXPERTS = re.compile(r"ffn_(up|down|gate|gate_up)_(ch|)exps")
ATTENTION = ("attn_k.", "attn_k_b.", "attn_kv_a_mqa.", "attn_kv_b.")
RECURRENT = ("ssm_", "time_mix_", "shortconv")
PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")


@record
class Layer:
    """One layer. `keys` and `values` are numbers kept of each token, `state` the bytes of one sequence's state."""

    weights: int = 0  # bytes, the experts with them
    experts: int = 0  # bytes of those that a token picks from
    keys: int = 0
    values: int = 0
    window: int = 0  # so many tokens back it sees; 0: all
    state: int = 0


@record(kw_only=True)
class Network:
    """The sizes that decide about memory."""

    layers: tuple[Layer, ...]
    input_bytes: int  # the embeddings
    output_bytes: int  # what follows the layers; with tied embeddings these once more
    tied: bool
    vocabulary: int
    width: int
    heads: int
    head: int  # width of a head
    kv_heads: int
    feed: int  # width of what a token passes through, all its experts together
    inner: int  # of a recurrent layer
    trained_context: int
    used_experts: float = 1.0  # the share of its experts that a token passes through

    @property
    def read_for_a_token(self) -> int:
        """Bytes of weights that are read to write one token."""
        idle = (1 - self.used_experts) * sum(layer.experts for layer in self.layers)
        return int(self.output_bytes + sum(layer.weights for layer in self.layers) - idle)

    @property
    def weights(self) -> int:
        """Bytes of all weights in the file."""
        output = self.output_bytes - self.input_bytes if self.tied else self.output_bytes
        return self.input_bytes + output + sum(layer.weights for layer in self.layers)


def read_network(path: Path) -> Network:
    """The network of a file, or of a file in several parts, of which this is the first.

    Raises:
        ModelFileError: a part is missing or damaged, or says what ends llama.cpp.
    """
    header = read_header(path)
    return checked_network(header, [tensor for part in parts(path, header) for tensor in read_header(part).tensors])


def checked_network(header: Header, further: list[Tensor]) -> Network:
    """The network of a header, where llama.cpp can be trusted with it.

    Raises:
        ModelFileError: it says what ends llama.cpp.
    """
    _refuse_absurd(header)
    return network(header, further)


def parts(path: Path, header: Header) -> list[Path]:
    """The other files of a model in several parts, as llama.cpp finds them: by their names."""
    count, found = header.number("split.count"), PART.search(path.name)
    if count < 2 or found is None:
        return []
    start = path.name[: found.start()]
    return [path.with_name(f"{start}-{number:05}-of-{count:05}.gguf") for number in range(2, min(count, 99_999) + 1)]


def network(header: Header, further: list[Tensor] | None = None) -> Network:
    """What the header says; `further` are the tensors of the other parts. Absurd values are taken as 0."""
    tensors = [*header.tensors, *(further or [])]
    keys = _Keys(header)
    width, heads = keys.number("embedding_length"), keys.number("attention.head_count")
    head = keys.number("attention.key_length") or width // max(1, heads)
    inputs = sum(tensor.size for tensor in tensors if tensor.name.startswith("token_embd."))
    rest = sum(tensor.size for tensor in tensors if not BLOCK.match(tensor.name)) - inputs
    tied = not any(tensor.name == "output.weight" for tensor in tensors)
    per_expert, used = keys.number("expert_feed_forward_length"), keys.number("expert_used_count")
    shared = keys.number("expert_shared_feed_forward_length")
    feed = keys.number("feed_forward_length")
    return Network(
        layers=_layers(keys, tensors, head),
        input_bytes=inputs,
        output_bytes=rest + inputs if tied else rest,
        tied=tied,
        vocabulary=header.vocabulary,
        width=width,
        heads=heads,
        head=head,
        kv_heads=keys.number("attention.head_count_kv") or heads,
        feed=max((per_expert or feed) * used + shared, 0 if used else feed),
        inner=keys.number("ssm.inner_size"),
        trained_context=keys.number("context_length"),
        used_experts=min(1.0, used / experts) if used and (experts := keys.number("expert_count")) else 1.0,
    )


def _refuse_absurd(header: Header) -> None:
    """What llama.cpp takes for a programming error, and ends the process over."""
    layers = header.number(f"{header.architecture}.block_count", 1)
    wrong = "" if 0 < layers <= MOST_LAYERS else f"{layers} layers"
    for key, value in header.metadata.items():
        if key.endswith("_epsilon") and isinstance(value, float) and not 0 <= value < 1:
            wrong = f"{key} = {value}"
    if wrong:
        raise ModelFileError(
            tr("“{file}” is damaged.").format(file=header.path.name), tr("Download the file again."), wrong
        )


class _Keys:
    """The metadata below the architecture's name."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self.architecture = header.architecture

    def number(self, name: str) -> int:
        return max(0, self._header.number(f"{self.architecture}.{name}"))

    def at(self, name: str, layer: int, otherwise: int = 0) -> int:
        """The value of one layer, where there is one for each; else the value of all."""
        value: Any = self._header.metadata.get(f"{self.architecture}.{name}")
        if isinstance(value, list):
            value = value[layer] if layer < len(value) else 0
        return max(0, int(value)) if isinstance(value, int) else otherwise

    def window(self, layer: int) -> int:
        """How many tokens back the layer sees; 0: all."""
        name = "attention.sliding_window"
        tokens = self.number(name) or DEFAULT_WINDOWS.get(self.architecture, 0)
        pattern: Any = self._header.metadata.get(f"{self.architecture}.{name}_pattern")
        if isinstance(pattern, list):
            return tokens if layer < len(pattern) and pattern[layer] else 0
        period = WINDOW_PATTERNS.get(self.architecture, 1)
        if period != 1 and isinstance(pattern, int) and pattern:
            period = pattern if period > 0 else -pattern
        full = layer % -period == 0 if period < 0 else layer % period == period - 1
        return 0 if full else tokens

    def state(self, heads: int, width: int) -> int:
        """Bytes that a recurrent layer keeps of a sequence (llama.cpp, llama-hparams.cpp, n_embd_r and n_embd_s)."""
        if size := self.number("wkv.head_size"):
            return (self.number("token_shift_count") or 2) * width * FLOAT + width * size * FLOAT
        if length := self.number("shortconv.l_cache"):
            return width * (length - 1) * FLOAT
        reach = max(0, self.number("ssm.conv_kernel") - 1)
        if size := self.number("kda.head_dim"):
            return 3 * (reach or 3) * heads * size * FLOAT + heads * size * size * FLOAT
        inner, state = self.number("ssm.inner_size"), self.number("ssm.state_size")
        return (reach * (inner + 2 * self.number("ssm.group_count") * state) + inner * state) * FLOAT


def _layers(keys: _Keys, tensors: list[Tensor], head: int) -> tuple[Layer, ...]:
    count = min(keys.number("block_count"), MOST_LAYERS)
    layers = [Layer()] * count
    names: list[list[str]] = [[] for _ in range(count)]
    for tensor in tensors:
        found = BLOCK.match(tensor.name)
        if found and (number := int(found[1])) < count:
            experts = tensor.size if EXPERTS.match(found[2]) else 0
            layer = layers[number]
            layers[number] = replace(layer, weights=layer.weights + tensor.size, experts=layer.experts + experts)
            names[number].append(found[2])
    heads, width = keys.number("attention.head_count"), keys.number("embedding_length")
    attending = count - keys.number("attention.shared_kv_layers")  # the others look into an earlier layer's cache
    compressed = keys.number("attention.key_length_mla") > 0
    for number, layer in enumerate(layers):
        recurrent = any(name.startswith(RECURRENT) for name in names[number])
        fused = not recurrent and any(name.startswith("attn_qkv.") for name in names[number])
        attends = fused or any(name.startswith(ATTENTION) for name in names[number])
        window = keys.window(number)
        kv_heads = keys.at("attention.head_count_kv", number, keys.at("attention.head_count", number))
        key = (keys.number("attention.key_length_swa") if window else 0) or head
        value = (keys.number("attention.value_length_swa") if window else 0) or keys.number("attention.value_length")
        layers[number] = replace(
            layer,
            keys=kv_heads * key if attends and number < attending else 0,
            values=kv_heads * (value or head) if attends and number < attending and not compressed else 0,
            window=window,
            state=keys.state(heads, width) if recurrent else 0,
        )
    return tuple(layers)
