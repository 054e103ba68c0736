"""Files of states that were damaged, or belong to something else: never used, always removed, the answer is the same."""

import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from app.engine.decoding.base import Sequence
from app.engine.llama.log import Log
from app.engine.saved import HALF
from app.engine.state import ABANDONED, TAIL
from tests.engine.reading import KEPT, PROMPT, Reader


@pytest.fixture(scope="module")
def damaged(architectures: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, log: Log) -> Iterator[Reader]:
    each = Reader(architectures["attention"], tmp_path_factory.mktemp("damaged"), log)
    yield each
    each.free()


@pytest.fixture(scope="module")
def whole(damaged: Reader) -> tuple[Path, bytes, list[int]]:
    sequence = damaged.read(PROMPT[:KEPT])
    found = damaged.save(sequence)
    answer = damaged.answer(sequence)
    damaged.context.clear(sequence)
    return found.path, found.path.read_bytes(), answer


@given(data=some.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_is_used(damaged: Reader, whole: tuple[Path, bytes, list[int]], data: some.DataObject) -> None:
    path, good, answer = whole
    place = data.draw(some.integers(0, len(good) - 1), "place")
    kind = data.draw(some.sampled_from(["flip", "cut", "grow", "zero", "swap"]), "kind")
    bad = bytearray(good)
    match kind:
        case "flip":
            bad[place] ^= data.draw(some.integers(1, 255), "bits")
        case "cut":
            del bad[place:]
        case "grow":
            bad[place:place] = data.draw(some.binary(min_size=1, max_size=8), "more")
        case "zero":
            bad[place : place + 4096] = bytes(min(4096, len(good) - place))
        case "swap":
            bad[:place], bad[place:] = good[-place:] if place else b"", good[: len(good) - place]
    path.write_bytes(bad)
    sequence = Sequence(9, [], 1)
    count, load = damaged.states.best(PROMPT)
    usable = load(sequence)
    if bytes(bad) == good:
        assert usable is True
        assert count == KEPT
    else:
        assert usable is False
        assert sequence.tokens == []
        assert not path.exists()
    assert damaged.answer(sequence) == answer
    damaged.context.clear(sequence)


def test_a_state_that_llama_cpp_refuses_is_removed(reader: Callable[..., Reader]) -> None:
    before = reader(flash_attention="off")
    found = before.save(before.read(PROMPT[:KEPT]))
    after = reader(flash_attention="on")  # values lie otherwise; pretend that the key did not know
    state_part = found.path.read_bytes()[: -TAIL.size]
    begin = TAIL.pack(b"Fireside", after.states._mark, len(state_part), 0)[:-4]
    checksum = zlib.crc32(state_part + begin).to_bytes(4, "little")
    path = found.path.with_name(replace(found.state, key=after.states._key).name)
    path.write_bytes(state_part + begin + checksum)
    assert after.states.best(PROMPT)[0] == KEPT
    assert after.restored() is None
    assert not path.exists()
    assert found.path.exists()


def test_a_state_of_another_model_under_this_ones_name_is_removed(reader: Callable[..., Reader]) -> None:
    other, mine = reader("hybrid"), reader()
    found = other.save(other.read(PROMPT[:KEPT]))
    path = found.path.with_name(replace(found.state, key=mine.states._key).name)
    shutil.copyfile(found.path, path)
    assert mine.restored() is None
    assert not path.exists()


def test_states_of_other_builds_and_of_dead_processes_go_when_a_model_is_loaded(
    reader: Callable[..., Reader],
) -> None:
    each = reader()
    found = each.save(each.read(PROMPT[:KEPT]))
    folder = found.path.parent
    outdated = folder / replace(found.state, build="0" * 8).name
    fresh, abandoned = (folder / (replace(found.state, count=count).name + HALF) for count in (301, 302))
    other = folder / "notes.txt"
    for path in (outdated, fresh, abandoned, other):
        path.write_bytes(b"?")
    long_ago = time.time() - ABANDONED - 5
    os.utime(abandoned, (long_ago, long_ago))
    each.made(folder)
    assert sorted(folder.iterdir()) == sorted([found.path, fresh, other])


def test_a_file_that_vanishes_is_no_problem(reader: Callable[..., Reader]) -> None:
    each = reader()
    found = each.save(each.read(PROMPT[:KEPT]))
    count, load = each.states.best(PROMPT)
    found.path.unlink()
    assert count == KEPT
    assert load(each.empty()) is False
