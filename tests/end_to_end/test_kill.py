"""kill -9 in mid-answer, again and again on the same data: what was promised is on disk, and the disk is sound."""

import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.store.database import Database

KILLS = 50
TALKER = Path(__file__).parent / "talker.py"


class Promises:
    """What all the killed processes had promised."""

    def __init__(self) -> None:
        self.said: dict[int, str] = {}
        self.kept: dict[int, int] = {}

    def read(self, output: bytes) -> None:
        """Take in the lines of one process; the last may be cut off."""
        for line in output.decode().splitlines(keepends=True):
            if line.endswith("\n"):
                kind, number, rest = (*line.rstrip("\n").split(" ", 2), "")[:3]
                if kind == "said":
                    self.said[int(number)] = rest
                elif kind == "kept":
                    self.kept[int(number)] = int(rest)

    def check(self, path: Path) -> None:
        """Open the database as the next start does and compare."""
        store = Database(path)
        assert store.repaired is None
        assert store.rows("PRAGMA integrity_check") == [("ok",)]
        assert store.rows("PRAGMA foreign_key_check") == []
        for index in ("message_index", "title_index"):
            store.rows(f"INSERT INTO {index}({index}) VALUES ('integrity-check')")
        found = {
            message.id: message
            for conversation in store.conversations.listed(100_000)
            for message in store.conversations.messages(conversation.id)
        }
        store.close()
        assert {number: text for number, text in self.said.items() if found[number].text != text} == {}
        assert {number: length for number, length in self.kept.items() if len(found[number].text) < length} == {}
        assert not [message for message in found.values() if message.status == "streaming"]


class Talkers:
    """Processes that talk, one after the other, and what they write."""

    def __init__(self, path: Path) -> None:
        command = [sys.executable, str(TALKER), str(path)]
        self._parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def talk_and_be_killed(self, seed: int, after_s: float) -> bytes:
        """Start one, kill it some time after its first message was committed; what it promised."""
        assert self._parent.stdin is not None
        self._parent.stdin.write(b"%d\n" % seed)
        written = b""
        while b"\nsaid " not in written:
            written += self._read(60)
        end = time.monotonic() + after_s
        while (left := end - time.monotonic()) > 0:
            written += self._read(left)
        number = int(written.split(maxsplit=2)[1])
        os.kill(number, signal.SIGKILL)
        while b"\nended " not in written[-20:]:
            written += self._read(60)
        assert written.endswith(b"\nended -9\n"), "it ended by itself"
        return written

    def _read(self, most_s: float) -> bytes:
        """What has been written, as soon as there is anything."""
        assert self._parent.stdout is not None
        ready, _, _ = select.select([self._parent.stdout], [], [], most_s)
        assert ready or most_s < 60
        return os.read(self._parent.stdout.fileno(), 1 << 20) if ready else b""

    def close(self) -> None:
        """No more of them."""
        self._parent.communicate()


@pytest.mark.timeout(240)
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is meant")
def test_killed_fifty_times(tmp_path: Path) -> None:
    path, promises, chance = tmp_path / "fireside.db", Promises(), random.Random(5)
    talkers = Talkers(path)
    for number in range(KILLS):
        promises.read(talkers.talk_and_be_killed(number, chance.uniform(0, 0.25)))
        if number % 5 == 4:
            promises.check(path)
    talkers.close()
    promises.check(path)
    assert len(promises.said) >= KILLS
    assert len(promises.kept) >= KILLS // 2
