"""The guide's own byte-level BPE: training, encoding as llama.cpp does it, decoding.

Text is cut by GPT-2's rule ("gpt-2" in a GGUF file), every piece becomes bytes, and the learned merges join
them again, the earliest learned first. Chinese tokens are kept to two characters, so that a phrasing that
was never seen still falls into parts that were.
"""

import json
import random
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

END_OF_TEXT, TURN_START, TURN_END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = (END_OF_TEXT, TURN_START, TURN_END)
LONGEST_WIDE = 6  # bytes in a token that is not ASCII: two Chinese characters

Pair = tuple[int, int]


def _ranges(initial: str) -> str:
    """A character class of every code point whose Unicode category starts with `initial`."""
    parts, start = [], None
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and unicodedata.category(chr(code)).startswith(initial)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            parts.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join(parts)


_L, _N = _ranges("L"), _ranges("N")
PIECES = re.compile(rf"'s|'t|'re|'ve|'m|'ll|'d| ?[{_L}]+| ?[{_N}]+| ?[^\s{_L}{_N}]+|\s+(?!\S)|\s+")


def _shown_bytes() -> list[str]:
    """GPT-2's letter for every byte: itself where it is printable, else one from U+0100 on."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


SHOWN = _shown_bytes()


class Tokenizer:
    """Ids: the special tokens, then the 256 bytes, then one token for each merge."""

    def __init__(self, merges: Sequence[Pair]) -> None:
        self.merges = list(merges)
        self.rank = {pair: place for place, pair in enumerate(self.merges)}
        self.data = [text.encode() for text in SPECIAL] + [bytes([byte]) for byte in range(256)]
        for left, right in self.merges:
            self.data.append(self.data[left] + self.data[right])
        self.first_merge = len(SPECIAL) + 256
        self._cache: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.data)

    def encode(self, text: str, dropout: float = 0.0, rng: random.Random | None = None) -> list[int]:
        """Token ids of plain text; special tokens are never read from it.

        `dropout` is the share of merges that are left out at random (BPE dropout), so that training sees
        a word in several spellings of tokens.
        """
        ids: list[int] = []
        for piece in PIECES.findall(text):
            if dropout and rng is not None:
                ids.extend(self._merge(piece, dropout, rng))
                continue
            known = self._cache.get(piece)
            if known is None:
                known = self._cache[piece] = self._merge(piece)
            ids.extend(known)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        return b"".join(self.data[item] for item in ids).decode("utf-8", "replace")

    def shown(self) -> list[str]:
        """The tokens as a GGUF file lists them."""
        return list(SPECIAL) + ["".join(SHOWN[byte] for byte in item) for item in self.data[len(SPECIAL) :]]

    def shown_merges(self) -> list[str]:
        names = self.shown()
        return [f"{names[left]} {names[right]}" for left, right in self.merges]

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({"merges": self.merges}), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Tokenizer":
        return cls([(left, right) for left, right in json.loads(path.read_text(encoding="utf-8"))["merges"]])

    def _merge(self, piece: str, dropout: float = 0.0, rng: random.Random | None = None) -> list[int]:
        ids = [byte + len(SPECIAL) for byte in piece.encode("utf-8", "replace")]
        while len(ids) > 1:
            best, place = len(self.merges), -1
            for index in range(len(ids) - 1):
                rank = self.rank.get((ids[index], ids[index + 1]), best)
                if rank < best and not (dropout and rng is not None and rng.random() < dropout):
                    best, place = rank, index
            if place < 0:
                break
            ids[place : place + 2] = [self.first_merge + best]
        return ids


def train(texts: Iterable[str], size: int) -> Tokenizer:
    """Learn merges from `texts` until there are `size` tokens."""
    counts = Counter(piece for text in texts for piece in PIECES.findall(text))
    words = [[byte + len(SPECIAL) for byte in piece.encode()] for piece in counts]
    weights = list(counts.values())
    data = [text.encode() for text in SPECIAL] + [bytes([byte]) for byte in range(256)]
    pairs: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[int]] = defaultdict(set)
    fitting: dict[Pair, bool] = {}

    def count(index: int, sign: int) -> None:
        """Count the pairs of one word in or out."""
        word = words[index]
        for pair in pairwise(word):
            if pair not in fitting:
                fitting[pair] = _fits(data[pair[0]] + data[pair[1]])
            if fitting[pair]:
                pairs[pair] += sign * weights[index]
                where[pair].add(index)

    for index in range(len(words)):
        count(index, 1)
    merges: list[Pair] = []
    while len(data) < size and pairs:
        # The smaller pair wins a tie, so that the same texts always give the same tokens.
        most = max(pairs.values())
        if most < 2:
            break
        pair = min(pair for pair, times in pairs.items() if times == most)
        merges.append(pair)
        data.append(data[pair[0]] + data[pair[1]])
        for index in where.pop(pair):
            count(index, -1)
            _join(words[index], pair, len(data) - 1)
            count(index, 1)
        pairs.pop(pair, None)
    return Tokenizer(merges)


def _join(word: list[int], pair: Pair, new: int) -> None:
    """Replace every `pair` in a word by `new`."""
    place = 0
    while place < len(word) - 1:
        if (word[place], word[place + 1]) == pair:
            word[place : place + 2] = [new]
        place += 1


def _fits(data: bytes) -> bool:
    """Whether these bytes may become a token: ASCII, whole characters, or the beginning of one character."""
    if data.isascii():
        return True
    if len(data) > LONGEST_WIDE:
        return False
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start == 0 and error.reason == "unexpected end of data"
    return True
