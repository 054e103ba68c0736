"""Finds conversations and messages in a file whose beginning is lost, page by page, without SQLite's help.

Only the format of table pages is needed: https://www.sqlite.org/fileformat2.html, sections 1.6, 2.1 and 2.2.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = 4096  # bytes; SQLite's default, which this program never changes
LEAF = 13  # the kind of page that holds rows
MESSAGE, CONVERSATION = 21, 15  # columns; rows of earlier versions have fewer
INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # serial type: bytes

_DATE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+]+")

Rows = dict[int, list[Any]]  # by id


def scrape(path: Path) -> tuple[Rows, Rows]:
    """Conversations and messages that stand on any page; of several versions of a message the longest.

    Pages that SQLite has given up keep their rows until they are used again, so that deleted ones may come back.
    """
    conversations: Rows = {}
    messages: Rows = {}
    for number, values in _rows(path.read_bytes()):
        values[0] = number  # the id is the row's number and is not stored twice
        if _is_message(values):
            if number not in messages or len(values[4]) > len(messages[number][4]):
                messages[number] = values[:MESSAGE]
        elif _is_conversation(values):
            conversations[number] = values[:CONVERSATION]
    return conversations, messages


def _is_message(values: list[Any]) -> bool:
    return (
        len(values) >= 14
        and isinstance(values[1], int)
        and (values[2] is None or isinstance(values[2], int))
        and values[3] in ("system", "user", "assistant")
        and isinstance(values[4], str)
        and values[5] in ("done", "streaming", "stopped", "failed")
        and _is_date(values[6])
    )


def _is_conversation(values: list[Any]) -> bool:
    return len(values) >= 10 and isinstance(values[1], str) and _is_date(values[3]) and _is_date(values[4])


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and _DATE.fullmatch(value) is not None


def _rows(data: bytes) -> Iterator[tuple[int, list[Any]]]:
    """Every row of every table page, with its number; what makes no sense is passed over."""
    for start in range(0, len(data) - PAGE + 1, PAGE):
        head = start + (100 if start == 0 else 0)
        if data[head] != LEAF:
            continue
        count = int.from_bytes(data[head + 3 : head + 5], "big")
        for place in range(head + 8, min(head + 8 + 2 * count, start + PAGE - 1), 2):
            cell = start + int.from_bytes(data[place : place + 2], "big")
            try:
                size, at = _varint(data, cell)
                number, at = _varint(data, at)
                values = _record(_payload(data, at, size))
            except (IndexError, ValueError, struct.error):  # UnicodeDecodeError is a ValueError
                continue
            if values:
                yield number, values


def _payload(data: bytes, at: int, size: int) -> bytes:
    """A row's bytes, of which the page holds the beginning and a chain of other pages the rest."""
    if not 0 < size <= len(data):
        raise ValueError("not a row")
    most, least = PAGE - 35, (PAGE - 12) * 32 // 255 - 23
    if size <= most:
        return data[at : at + size]
    local = least + (size - least) % (PAGE - 4)
    local = local if local <= most else least
    payload = bytearray(data[at : at + local])
    following = int.from_bytes(data[at + local : at + local + 4], "big")
    while len(payload) < size:
        start = (following - 1) * PAGE
        if not 0 < start <= len(data) - PAGE:
            raise ValueError("the chain leads nowhere")
        payload += data[start + 4 : start + min(PAGE, 4 + size - len(payload))]
        following = int.from_bytes(data[start : start + 4], "big")
    return bytes(payload)


def _record(payload: bytes) -> list[Any]:
    """The values of a row."""
    end, at = _varint(payload, 0)
    kinds = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Any] = []
    for kind in kinds:
        length = INTEGERS.get(kind, 8 if kind == 7 else max(0, (kind - 12) // 2))
        part = payload[at : at + length]
        if len(part) < length:
            raise ValueError("cut short")
        at += length
        if kind == 0:
            values.append(None)
        elif kind in INTEGERS:
            values.append(int.from_bytes(part, "big", signed=True))
        elif kind == 7:
            values.append(struct.unpack(">d", part)[0])
        elif kind in (8, 9):
            values.append(kind - 8)
        else:
            values.append(part.decode("utf-8") if kind % 2 else part)
    return values


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where the next one begins."""
    value = 0
    for place in range(at, at + 8):
        value = value << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return value, place + 1
    return value << 8 | data[at + 8], at + 9
