"""What one loaded model has read, on disk: saves the state of a sequence, finds it for a later prompt, loads it again.

A file is llama.cpp's own and a tail with its key and checksum. It gets its name when all of it is there, so every
process may end at any time. What is damaged, or of another model, program or setting, is not used and is removed.

The checksum finds accidents, not forgery: whoever can write to the folder can change the program as well. Of 66 MB,
CRC-32 takes 24 ms, SHA-256 with the processor's help 57 ms, BLAKE2b 107 ms.
"""

import errno
import os
import shutil
import struct
import threading
import time
import zlib
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from queue import SimpleQueue

from app.core.params import Loading
from app.core.protocol import SavedAt
from app.engine.decoding.base import Sequence
from app.engine.llama import state
from app.engine.llama.context import Context
from app.engine.llama.log import Log
from app.engine.llama.model import Model
from app.engine.saved import HALF, Found, SavedFolder, SavedState, remove
from app.engine.slots import Load, common

LEAST = 256  # tokens; fewer are read again
RESTORED = 1e9  # bytes in a second, checksum and all, as measured on two slow cores
WORTH = 5e9  # tokens × parameters: two slow cores read that in 0.05 s
RESERVE = 2 << 30  # bytes that stay free on the disk
ABANDONED = 600  # seconds after which nobody writes on at a half file
CHUNK = 1 << 20  # bytes that are checked at once
TAIL = struct.Struct("<8s12sQI")  # MAGIC, build and key, bytes before the tail, CRC-32 of all before itself
MAGIC = b"Fireside"


def nothing(_: Sequence) -> bool:
    """There is no state to load."""
    return False


@dataclass(slots=True, eq=False)
class Writing:
    """A file on its way."""

    state: SavedState
    half: Path
    wanted: bool = True


class SavedStates:
    """The states that one loaded model has on disk. All methods are called by the thread that the model works on."""

    def __init__(
        self,
        at: SavedAt,
        model: Model,
        digest: str,
        context: Context,
        loading: Loading,
        log: Log,
        *,
        worth: float = WORTH,
        reserve: int = RESERVE,
    ) -> None:
        """`digest` identifies the model's file. Nothing is written yet; what others left half done is removed."""
        self.limit = at.limit_bytes
        self.token_seconds: Callable[[], float] = lambda: 0.0  # that reading a token takes; 0: not known
        self._folder = SavedFolder(at.folder)
        self._context, self._log = context, log
        self._build = state.build()
        self._key = state.key(model, digest, context.length, loading)
        self._mark = bytes.fromhex(self._build + self._key)
        self._least = max(LEAST, worth / max(1, state.parameters(model)))
        self._reserve = reserve
        self._writer: threading.Thread | None = None
        self._queue: SimpleQueue[Writing | None] = SimpleQueue()
        self._lock = threading.Lock()  # guards the next two
        self._unfinished: list[Writing] = []
        self._hurry = False
        old = time.time() - ABANDONED
        self._folder.remove(lambda found: found.state.build != self._build or (found.half and found.used < old))

    # ── saving ────────────────────────────────────────────────────────────────────────────────────────

    def wanted(self, sequence: Sequence) -> bool:
        """Is what the sequence holds worth saving, and may it be?"""
        if not sequence.conversation or not self.limit or len(sequence.tokens) < self._least:
            return False
        reading = len(sequence.tokens) * self.token_seconds()
        return not reading or reading > 2 * state.size(self._context.pointer, sequence.id) / RESTORED

    def keep(self, sequence: Sequence) -> int:
        """Save what a sequence holds, if that is `wanted` and there is room; how many tokens are saved then.

        The file is complete soon after: checked and named by a thread of its own, while the model works on.
        """
        count = len(sequence.tokens)
        if not self.wanted(sequence):
            return 0
        tokens = array("i", sequence.tokens)
        saved = SavedState(
            self._build,
            self._key,
            sequence.conversation,
            state.digest_of(tokens[:LEAST]),
            count,
            state.digest_of(tokens),
        )
        path = self._folder.path / saved.name
        try:
            if any(writing.state == saved and writing.wanted for writing in self._unfinished) or _touched(path):
                return count
            self._folder.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not self._make_room(state.size(self._context.pointer, sequence.id) + 4 * count + TAIL.size):
                return 0
            half = path.with_name(path.name + HALF)
            os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))  # llama.cpp keeps the permissions
            if not state.write(self._context.pointer, sequence.id, tokens, half):
                remove(half)
                return 0
        except OSError:  # a folder that cannot be written to: nothing is saved, and nobody needs to be told
            return 0
        self._finish_soon(Writing(saved, half))
        return count

    def _make_room(self, wanted: int) -> bool:
        """Let the states used least recently go until there is room within the limit and on the disk."""
        room = min(self.limit, self._folder.bytes() + shutil.disk_usage(self._folder.path).free - self._reserve)
        if wanted > room:
            return False
        self._folder.trim(room - wanted)
        return True

    def _finish_soon(self, writing: Writing) -> None:
        with self._lock:
            self._unfinished.append(writing)
        if self._writer is None:
            self._writer = threading.Thread(target=self._finish_all, name="saving", daemon=True)
            self._writer.start()
        self._queue.put(writing)

    def _finish_all(self) -> None:
        while (writing := self._queue.get()) is not None:
            try:
                self._finish(writing)
            except OSError:
                remove(writing.half)
            with self._lock:
                self._unfinished.remove(writing)

    def _finish(self, writing: Writing) -> None:
        """Add the tail, give the file its name, and remove what it makes superfluous."""
        with FileIO(writing.half, "r+") as file:
            length = os.fstat(file.fileno()).st_size
            checksum = _checksum(file, length)
            begin = TAIL.pack(MAGIC, self._mark, length, 0)[:-4]
            if file.write(begin + zlib.crc32(begin, checksum).to_bytes(4, "little")) != TAIL.size:
                raise OSError(errno.ENOSPC, "the disk is full")
            if not self._hurry:  # without it, a power failure costs the state
                os.fsync(file.fileno())
        with self._lock:
            if writing.wanted:
                writing.half.replace(self._folder.path / writing.state.name)
            else:
                remove(writing.half)
        if self._context.can_cut:
            self._remove_older(writing.state)

    def _remove_older(self, newer: SavedState) -> None:
        """Of the same conversation, what adds too little to the new state to be worth its space."""
        tokens: list[int] = []
        for found in list(self._folder.files()):
            older = found.state
            same = (older.build, older.key, older.conversation) == (newer.build, newer.key, newer.conversation)
            if same and older != newer and not found.half:
                with suppress(OSError, ValueError):
                    tokens = tokens or state.tokens_in(self._folder.path / newer.name)
                    held = state.tokens_in(found.path)
                    if len(held) - common(held, tokens, len(held)) < LEAST:
                        remove(found.path)

    def flush(self, seconds: float, *, hurry: bool = False) -> bool:
        """Wait until all files are complete, or so long; in a `hurry` without waiting for the disk itself."""
        self._hurry = hurry
        if self._writer is None:
            return True
        self._queue.put(None)
        self._writer.join(seconds)
        done = not self._writer.is_alive()
        self._writer = None
        return done

    # ── finding and loading ───────────────────────────────────────────────────────────────────────────

    def best(self, tokens: list[int]) -> tuple[int, Load]:
        """How many of the prompt's first tokens a saved state gives, and what loads it. The last one never counts."""
        if len(tokens) <= LEAST or not self.limit:
            return 0, nothing
        start = state.digest_of(array("i", tokens[:LEAST]))
        most, chosen, chosen_tokens = 0, None, tokens
        for found in self._folder.files():
            at = found.state
            mine = (at.build, at.key, at.start) == (self._build, self._key, start)
            if not mine or found.half or at.count > self._context.length:
                continue
            try:
                held = state.tokens_in(found.path)
                if state.digest_of(array("i", held)) != at.tokens:
                    raise ValueError("damaged")
            except FileNotFoundError:
                continue
            except (OSError, ValueError):
                remove(found.path)
                continue
            usable = self._usable(len(held), common(held, tokens, len(tokens) - 1))
            # Of two that give as much, the one that needs less room.
            if usable > most or (chosen is not None and usable == most and at.count < chosen.state.count):
                most, chosen, chosen_tokens = usable, found, held
        if chosen is None:
            return 0, nothing
        return most, self._loader(chosen, chosen_tokens)

    def _usable(self, count: int, shared: int) -> int:
        """How many tokens of a state are left when it is cut to what it shares with a prompt.

        A recurrent model has only the state after the last token, and of layers with a sliding window only the last
        window is saved.
        """
        whole = shared == count or (self._context.can_cut and count <= (self._context.window or count))
        return shared if whole else 0

    def _loader(self, found: Found, tokens: list[int]) -> Load:
        checked = False

        def load(sequence: Sequence) -> bool | None:
            nonlocal checked
            try:
                checked = checked or self._sound(found)
                if not checked:
                    raise ValueError("damaged")
                read = state.read(self._context.pointer, sequence.id, len(tokens), found.path, self._log)
                if read is None:
                    self._context.clear(sequence)
                    return None
                if read != tokens:
                    raise ValueError("changed")
            except (OSError, ValueError):
                self._context.clear(sequence)
                remove(found.path)
                return False
            sequence.tokens[:] = read
            _touched(found.path)
            return True

        return load

    def _sound(self, found: Found) -> bool:
        """Is the file complete, undamaged, and of this model?"""
        with FileIO(found.path) as file:
            length = os.fstat(file.fileno()).st_size - TAIL.size
            if length < 0:
                return False
            file.seek(length)
            tail = file.read(TAIL.size).ljust(TAIL.size, b"\0")
            magic, mark, told, checksum = TAIL.unpack(tail)
            if (magic, mark, told) != (MAGIC, self._mark, length):
                return False
            return bool(checksum == zlib.crc32(tail[:-4], _checksum(file, length)))

    # ── forgetting ────────────────────────────────────────────────────────────────────────────────────

    def forget(self, conversation: int | None) -> None:
        """Remove what is saved of a conversation, also what is just being written; None: of all."""
        with self._lock:
            for writing in self._unfinished:
                if conversation in (None, writing.state.conversation):
                    writing.wanted = False
        self._folder.forget(conversation)


def _checksum(file: FileIO, length: int) -> int:
    """CRC-32 of so many bytes from the file's beginning; of fewer where it has no more."""
    buffer = memoryview(bytearray(CHUNK))
    checksum = done = 0
    file.seek(0)
    while done < length and (count := file.readinto(buffer[: length - done])):
        checksum = zlib.crc32(buffer[:count], checksum)
        done += count
    return checksum


def _touched(path: Path) -> bool:
    """Note that the file was used now; False where there is none."""
    try:
        os.utime(path)
    except OSError:
        return False
    return True
