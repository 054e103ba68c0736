"""kill -9 in mid-answer, again and again on the same data: what was promised is on disk, and the disk is sound."""

import random
import subprocess
import sys
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


def talk_and_be_killed(path: Path, seed: int, after_s: float) -> bytes:
    """Start the talker, kill it some time after its first message was committed; what it promised."""
    command = [sys.executable, str(TALKER), str(path), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        begun = b""
        while b"said" not in begun:
            line = process.stdout.readline()
            assert line, "it ended before it said anything"
            begun += line
        try:
            process.communicate(timeout=after_s)
        except subprocess.TimeoutExpired:
            process.kill()
        rest, _ = process.communicate()
        assert process.returncode == -9
    return begun + rest


@pytest.mark.timeout(240)
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is meant")
def test_killed_fifty_times(tmp_path: Path) -> None:
    path, promises, chance = tmp_path / "fireside.db", Promises(), random.Random(5)
    for number in range(KILLS):
        promises.read(talk_and_be_killed(path, number, chance.uniform(0, 0.4)))
        if number % 5 == 4:
            promises.check(path)
    promises.check(path)
    assert len(promises.said) >= KILLS
    assert len(promises.kept) >= KILLS // 2
