"""How much memory a model takes, and how it is best spread over the devices: an estimate from its header alone.

What llama.cpp allocates (llama-kv-cache.cpp, llama-memory-recurrent.cpp, llama-context.cpp; the sizes of the graph were
measured): tests/benchmarks/fit_accuracy compares.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from app.core.errors import InputError
from app.core.language import tr
from app.core.network import FLOAT, Layer, Network
from app.core.params import Loading
from app.core.record import record

BYTES_PER_VALUE = {"f32": 4.0, "f16": 2.0, "bf16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}  # of the KV cache
PADDING = 256  # cells; contexts and windows are rounded up to it
AUTOMATIC_CONTEXT = 8192
SHORTEST_CONTEXT = 2048  # that is still chosen by itself
SPARE_SEQUENCES = 24  # beside the slots: branches that may be continued, beams
CERTAIN = 0.9  # of an estimate is surely needed: what is refused for its size cannot be overruled
CARD_RESERVE = 512 << 20  # bytes of a graphics card for its driver, its libraries and the screen
ALL_LAYERS = -1  # to llama.cpp


@record
class Memory:
    """Bytes on one device."""

    weights: int = 0
    cache: int = 0  # of keys and values, and the states of recurrent layers
    compute: int = 0  # what one batch passes through
    output: int = 0  # logits that are handed over

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.compute + self.output


@record
class Plan:
    """How a model is to be loaded, and what it takes."""

    context: int  # tokens
    gpu_layers: int  # of the layers and the output, counted from the end; ALL_LAYERS where there is nothing to choose
    main: Memory
    cards: tuple[Memory, ...] = ()
    fits: bool = True

    @property
    def total(self) -> int:
        return self.main.total + sum(card.total for card in self.cards)


def sequences(network: Network, loading: Loading) -> int:
    """How many sequences a context is made for. The state of a recurrent model takes memory for each, used or not."""
    return loading.slots + (0 if any(layer.state for layer in network.layers) else SPARE_SEQUENCES)


def estimate(network: Network, loading: Loading, context: int, sequences: int) -> Memory:
    """What the model takes where one device has all of it.

    Args:
        context: in tokens.
        sequences: how many the context holds; windows and recurrent states take memory for each.
    """
    use = _Use.of(loading, context, sequences)
    cache = sum(_cache(layer, use) for layer in network.layers)
    return Memory(network.weights, cache, compute_bytes(network, use), network.vocabulary * sequences * FLOAT)


def plan(
    network: Network,
    loading: Loading,
    sequences: int,
    *,
    cards: Sequence[int] = (),
    free: int | None = None,
) -> Plan:
    """Decide context and GPU layers where they are automatic; what is set is taken as it is.

    The context is what the model was trained on, at most 8,192 tokens, halved while it does not fit. On the graphics
    cards go as many layers as fit, the last ones first, with the output.

    Args:
        sequences: how many the context holds.
        cards: free bytes of each graphics card.
        free: bytes of main memory that can be had; None where nobody knows.

    Raises:
        InputError: the shares of the cards are no numbers, or the only card to be used is not there.
    """
    context = loading.context_length or min(network.trained_context or AUTOMATIC_CONTEXT, AUTOMATIC_CONTEXT)
    while True:
        best = _spread(network, loading, context, sequences, cards, free)
        if best.fits or loading.context_length or context <= SHORTEST_CONTEXT:
            return best
        context = max(SHORTEST_CONTEXT, context // 2)


def _spread(
    network: Network, loading: Loading, context: int, sequences: int, cards: Sequence[int], free: int | None
) -> Plan:
    every = len(network.layers) + 1
    use = _Use.of(loading, context, sequences)
    if loading.split_mode == "none" and cards:
        if loading.main_gpu >= len(cards):
            raise InputError(
                tr("There is no graphics card with the number {number}.").format(number=loading.main_gpu),
                tr("Choose a main graphics card from 0 to {last}.").format(last=len(cards) - 1),
            )
        cards = [room if number == loading.main_gpu else 0 for number, room in enumerate(cards)]
    if not cards or loading.gpu_layers == 0:
        main = estimate(network, loading, context, sequences)
        return Plan(context, loading.gpu_layers, main, (), free is None or main.total <= free)

    def on_card(count: int) -> int:
        return _placed(network, loading, use, cards, count)[1].total

    if loading.gpu_layers >= 0:
        counts: Sequence[int] = [min(loading.gpu_layers, every)]
    elif len(cards) == 1:  # the more layers, the more it takes
        room = max(0, cards[0] - CARD_RESERVE)
        counts = [max(0, bisect_right(range(every + 1), room, key=on_card) - 1)]
    else:
        counts = range(every, -1, -1)
    for count in counts:
        main, *taken = _placed(network, loading, use, cards, count)
        on_cards = all(
            memory.total + (CARD_RESERVE if memory.total else 0) <= room
            for memory, room in zip(taken, cards, strict=True)
        )
        if on_cards or loading.gpu_layers >= 0 or count == 0:
            fits = on_cards and (free is None or main.total <= free)
            number = loading.gpu_layers if loading.gpu_layers >= 0 else ALL_LAYERS if count == every else count
            return Plan(context, number, main, tuple(taken), fits)
    raise AssertionError("the last count is 0")


def _placed(network: Network, loading: Loading, use: "_Use", cards: Sequence[int], count: int) -> list[Memory]:
    """Main memory and the cards when `count` of the layers and the output are on the cards (llama-model.cpp, load_tensors)."""
    weights, cache = [network.input_bytes] + [0] * len(cards), [0] * (len(cards) + 1)
    parts = shares(loading.tensor_split, len(cards)) if loading.tensor_split.strip() else list(cards)
    parts += [0.0] * (len(cards) - len(parts))
    if loading.split_mode == "none":
        parts = [float(room > 0) for room in cards]
    bounds = [part / (sum(parts) or 1) for part in accumulate(parts)]
    start = len(network.layers) + 1 - count

    def device(layer: int) -> int:
        return 0 if layer < start else 1 + min(bisect_right(bounds, (layer - start) / count), len(cards) - 1)

    for number, layer in enumerate(network.layers):
        kept = layer.experts if number < loading.cpu_experts else 0
        weights[0] += kept
        weights[device(number)] += layer.weights - kept
        cache[device(number)] += _cache(layer, use)
    last = device(len(network.layers))
    weights[last] += network.output_bytes - (network.input_bytes if network.tied and last == 0 else 0)
    result = []
    for place, (held, kept) in enumerate(zip(weights, cache, strict=True)):
        works = held - (network.input_bytes if place == 0 else 0) > 0
        compute = compute_bytes(network, use) if works else 0
        output = network.vocabulary * use.sequences * FLOAT if place == 0 else 0
        result.append(Memory(held, kept, compute, output))
    return result


@record
class _Use:
    """What a context is made for."""

    cells: int
    batch: int  # tokens that are computed in one go
    sequences: int
    key_bytes: float  # of one number in the cache
    value_bytes: float
    flash_attention: bool

    @classmethod
    def of(cls, loading: Loading, context: int, sequences: int) -> "_Use":
        values = loading.kv_type if loading.kv_type_values == "same" else loading.kv_type_values
        return cls(
            _padded(context),
            min(loading.micro_batch or loading.batch_size, loading.batch_size, context),
            sequences,
            BYTES_PER_VALUE[loading.kv_type],
            BYTES_PER_VALUE[values],
            loading.flash_attention != "off",
        )

    def seen(self, window: int) -> int:
        """Cells of a layer's cache: those of the window for each sequence, and a batch."""
        return _padded(min(self.cells, window * self.sequences + self.batch)) if window else self.cells


def _padded(tokens: int) -> int:
    return -(-tokens // PADDING) * PADDING


def _cache(layer: Layer, use: _Use) -> int:
    kept = layer.keys * use.key_bytes + layer.values * use.value_bytes
    return int(use.seen(layer.window) * kept) + layer.state * use.sequences


def compute_bytes(network: Network, use: _Use) -> int:
    """The largest that is held at any moment while a batch passes through.

    In numbers for each of its tokens: at the end the logits and twice the width, in recurrent networks three times; in
    a feed-forward three times its width and four times the model's; in attention the scores of all heads, where flash
    attention does not avoid them; and the mask of what may be seen. In a recurrent layer 6.5 times its width, and
    besides the state of every sequence.
    """
    width, queries, kept = network.width, network.heads * network.head, network.kv_heads * network.head
    cells = {use.seen(layer.window) for layer in network.layers if layer.keys}
    mask = sum(cells) / (2 if use.flash_attention else 1)  # 16 bits, or 32
    feed = 3 * network.feed + 4 * width + mask
    attention = 3 * width + 2 * queries + 2 * kept + mask
    if not use.flash_attention:
        attention += network.heads * max(cells, default=0)
    end = network.vocabulary + (3 if network.inner else 2) * width
    states = 1.16 * use.sequences * max((layer.state for layer in network.layers), default=0)
    recurrent = use.batch * FLOAT * 6.5 * network.inner + (states if network.inner else 0)
    return int(max(use.batch * FLOAT * max(feed, attention, end), recurrent))


def shares(text: str, most: int) -> list[float]:
    """The shares of the graphics cards: "3,1" is [3.0, 1.0]; empty where none are given.

    Raises:
        InputError: it is no list of numbers of 0 and more, more than `most`, or all are 0.
    """
    if not text.strip():
        return []
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if (
        not numbers
        or len(numbers) > most
        or not all(0 <= number < float("inf") for number in numbers)
        or not any(numbers)
    ):
        raise InputError(
            tr("“{text}” does not say the shares of the graphics cards.").format(text=text),
            tr("Write a number for each card, such as 3,1, or leave it empty."),
        )
    return numbers


def first_numbers(count: int) -> str:
    """A regular expression for the whole numbers from 0 to `count` - 1; one for each digit where the numbers part."""
    last = str(count - 1)
    shorter = ["[1-9]" + "[0-9]" * (digits - 1) for digits in range(2, len(last))]
    smaller = []
    for place, digit in enumerate(last):
        low = 1 if place == 0 and len(last) > 1 else 0  # no leading zero
        if int(digit) > low:
            smaller.append(f"{last[:place]}[{low}-{int(digit) - 1}]" + "[0-9]" * (len(last) - place - 1))
    alternatives = (["[0-9]"] if len(last) > 1 else []) + shorter + smaller + [last]
    return f"({'|'.join(alternatives)})"
