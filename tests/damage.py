"""Damages model files in the ways that happen and in some that somebody might try."""

import random
import struct
from collections.abc import Callable
from pathlib import Path

from app.core.gguf import SCALARS, Header, read_header

ABSURD = (0, 1, 2, 3, 7, 255, 256, 1 << 16, 1 << 24, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 40, (1 << 63) - 1,
          1 << 63, (1 << 64) - 1)  # fmt: skip
ABSURD_FLOATS = (0.0, -1.0, 1e-30, 1e30, float("inf"), float("-inf"), float("nan"))
FLOATS = (6, 12)

Damage = Callable[[bytearray, Header, random.Random], None]


def damage(source: Path, target: Path, seed: int) -> str:
    """Write a damaged copy; returns what was done. The same source and seed give the same file."""
    chance = random.Random(seed)
    data, header = bytearray(source.read_bytes()), read_header(source)
    name = sorted(DAMAGES)[seed % len(DAMAGES)]
    DAMAGES[name](data, header, chance)
    target.unlink(missing_ok=True)  # the one before may be in use, and must not change
    target.write_bytes(data)
    return name


def _begin_of_data(data: bytearray, header: Header) -> int:
    return data.rfind(header.tensors[-1].name.encode()) + 64


def _flip_in_header(data: bytearray, header: Header, chance: random.Random) -> None:
    end = min(_begin_of_data(data, header), len(data))
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(4, end)] = chance.randrange(256)


def _flip_in_first_keys(data: bytearray, header: Header, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(4, min(2000, len(data)))] ^= 1 << chance.randrange(8)


def _flip_in_body(data: bytearray, header: Header, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 1000)):
        data[chance.randrange(_begin_of_data(data, header), len(data))] = chance.randrange(256)


def _cut(data: bytearray, header: Header, chance: random.Random) -> None:
    del data[chance.choice([chance.randrange(len(data)), len(data) - chance.randint(1, 64), chance.randrange(4000)]) :]


def _lengthen(data: bytearray, header: Header, chance: random.Random) -> None:
    place = chance.choice([len(data), chance.randrange(len(data))])
    data[place:place] = chance.randbytes(chance.randint(1, 5000))


def _swap(data: bytearray, header: Header, chance: random.Random) -> None:
    size = chance.choice([16, 256, 4096])
    one, other = chance.randrange(len(data) - size), chance.randrange(len(data) - size)
    data[one : one + size], data[other : other + size] = data[other : other + size], data[one : one + size]


def _blank(data: bytearray, header: Header, chance: random.Random) -> None:
    """A disk or a download that left a hole."""
    place, size = chance.randrange(len(data)), chance.choice([512, 4096, 65536])
    data[place : place + size] = bytes(len(data[place : place + size]))


def _absurd_number(data: bytearray, header: Header, chance: random.Random) -> None:
    place = chance.randrange(4, _begin_of_data(data, header) - 8)
    form = chance.choice(["<I", "<Q"])
    data[place : place + struct.calcsize(form)] = _packed(form, chance.choice(ABSURD))


def _absurd_count(data: bytearray, header: Header, chance: random.Random) -> None:
    struct.pack_into("<Q", data, 8 + 8 * chance.randrange(2), chance.choice(ABSURD))


def _absurd_value(data: bytearray, header: Header, chance: random.Random) -> None:
    """One to three values of the metadata."""
    for _ in range(chance.randint(1, 3)):
        key = chance.choice(sorted(header.metadata))
        place = data.find(key.encode()) + len(key.encode())
        kind = struct.unpack_from("<I", data, place)[0]
        if kind in SCALARS:
            number = chance.choice(ABSURD_FLOATS if kind in FLOATS else ABSURD)
            form = SCALARS[kind]
            packed = _packed(form, number)
            data[place + 4 : place + 4 + len(packed)] = packed
        elif kind == 8:
            struct.pack_into("<Q", data, place + 4, chance.choice(ABSURD))
        else:
            struct.pack_into("<Q", data, place + 8, chance.choice(ABSURD))


def _absurd_kind(data: bytearray, header: Header, chance: random.Random) -> None:
    key = chance.choice(sorted(header.metadata)).encode()
    struct.pack_into("<I", data, data.find(key) + len(key), chance.randrange(16))


def _absurd_tensor(data: bytearray, header: Header, chance: random.Random) -> None:
    """The shape, type or place of a tensor."""
    tensor = chance.choice(header.tensors)
    name = tensor.name.encode()
    place = data.find(struct.pack("<Q", len(name)) + name) + 8 + len(name)
    fields = [(0, "<I"), *((4 + 8 * number, "<Q") for number in range(len(tensor.shape)))]
    end = 4 + 8 * len(tensor.shape)
    where, form = chance.choice([*fields, (end, "<I"), (end + 4, "<Q")])
    number = chance.choice([*ABSURD, chance.randrange(48), 32 * chance.randrange(1000)])
    packed = _packed(form, number)
    data[place + where : place + where + len(packed)] = packed


def _other_tensor_name(data: bytearray, header: Header, chance: random.Random) -> None:
    name = chance.choice(header.tensors).name.encode()
    place = data.rfind(name)
    data[place + chance.randrange(len(name))] = chance.choice(b"0123456789abc._\0")


def _packed(form: str, number: float) -> bytes:
    if form in ("<f", "<d"):
        return struct.pack(form, number)
    if form == "?":
        return bytes([int(number) & 255])
    size = struct.calcsize(form)
    return (int(number) & ((1 << (8 * size)) - 1)).to_bytes(size, "little")


DAMAGES: dict[str, Damage] = {
    "bytes of the header": _flip_in_header,
    "bits of the first keys": _flip_in_first_keys,
    "bytes of the weights": _flip_in_body,
    "cut": _cut,
    "lengthened": _lengthen,
    "swapped blocks": _swap,
    "a hole": _blank,
    "an absurd number": _absurd_number,
    "an absurd count": _absurd_count,
    "absurd values": _absurd_value,
    "an absurd kind": _absurd_kind,
    "an absurd tensor": _absurd_tensor,
    "another name": _other_tensor_name,
}
