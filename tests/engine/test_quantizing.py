"""llama.cpp's quantizer: what it says it will do, what it does, and how it is ended."""

import json
import multiprocessing
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.core.errors import EngineGone, InputError, ModelFileError, StoreError
from app.core.gguf import TYPE_NAMES, read_header
from app.core.shrink import TARGETS, Order, data_bytes, remaining
from app.engine.quantizing import Quantizing, Stopped, forecast
from tests.importance_file import matrices, write_dat
from tests.library.files import write_header_only
from tests.model_file import Shape
from tests.tiny_model import write_tiny_model

FORECASTS = """
import json, sys
from pathlib import Path
from app.core.gguf import TYPE_NAMES, read_header
from app.core.shrink import *
from app.engine.llama import quantizer
numbers = {name: number for number, name in TYPE_NAMES.items()}
for path in map(Path, sys.argv[1:]):
    header, found = read_header(path), {}
    for name, wanted in TARGETS.items():
        said = quantizer.forecast(Order(path, wanted.file_type))
        made = [replace(each, kind=numbers[said.kinds[each.name]]) for each in header.tensors]
        found[name] = rough_bytes(header.tensors, wanted), data_bytes(made), said.needs_importance
    print(json.dumps(found))
"""
MADE = """
import sys
from pathlib import Path
from app.core.shrink import Order
from app.engine.quantizing import Quantizing
Quantizing(Order(Path(sys.argv[1]), 15), Path(sys.argv[2])).run(lambda done: print(done, flush=True))
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("quantizer") / "tiny.gguf", width=256, layers=2)


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    return tmp_path / "a.unfinished"


def order(path: Path, name: str, **more) -> Order:
    return Order(path, TARGETS[name].file_type, **more)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Seconds of work."""
    return write_header_only(tmp_path / "large.gguf", Shape(48, 1024, 8, 8, 2048, 8192), 1024)


def test_rough_sizes_are_those_of_the_quantizer_within_some_percent(tmp_path: Path) -> None:
    usual = write_header_only(tmp_path / "8b.gguf", Shape(32, 4096, 32, 8, 14336, 8192), 128_256)
    narrow = write_header_only(tmp_path / "0.5b.gguf", Shape(24, 896, 14, 2, 4864, 8192, tied=True), 151_936)
    done = subprocess.run(
        [sys.executable, "-c", FORECASTS, usual, narrow], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    first, second = (json.loads(line) for line in done.splitlines())
    assert list(first) == list(TARGETS)
    for name, (rough, exact, needs) in first.items():
        assert rough == pytest.approx(exact, rel=0.02), name
        assert needs == TARGETS[name].needs_importance, name
    for name, (rough, exact, _) in second.items():
        assert rough == pytest.approx(exact, rel=0.1), name


@pytest.mark.parametrize("name", ["F16", "Q4_K_M"])
def test_the_copy_is_what_was_said(model: Path, unfinished: Path, name: str) -> None:
    said = forecast(order(model, name))
    Quantizing(order(model, name), unfinished).run(lambda _: None)
    made = read_header(unfinished)
    assert {tensor.name: TYPE_NAMES[tensor.kind] for tensor in made.tensors} == said.kinds
    assert made.number("general.file_type") == TARGETS[name].file_type
    assert made.file_bytes == pytest.approx(read_header(model).data_start + data_bytes(made.tensors), rel=0.001)


def test_layers_are_left_out_and_the_importance_of_the_others_stays_theirs(model: Path, tmp_path: Path) -> None:
    unfinished = tmp_path / "a.unfinished"
    importance = write_dat(tmp_path / "m.dat", matrices(model))
    wish = order(model, "Q2_K_S", importance=importance, prune=(0,))
    Quantizing(wish, unfinished).run(lambda _: None)
    before, made = read_header(model), read_header(unfinished)
    assert sorted(each.name for each in made.tensors) == sorted(each.name for each in remaining(before.tensors, (0,)))
    assert made.number("llama.block_count") == 1


def test_stopped_from_another_thread(large: Path, unfinished: Path) -> None:
    work = Quantizing(order(large, "Q4_K_M"), unfinished)
    began, told = threading.Event(), []
    ended: list[BaseException] = []

    def tell(done: int) -> None:
        told.append(done)
        if done:
            began.set()

    def run() -> None:
        try:
            work.run(tell)
        except Stopped as stopped:
            ended.append(stopped)
        began.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert began.wait(60)
    assert unfinished.exists()
    work.stop()
    thread.join()
    assert len(ended) == 1
    assert told == sorted(told)
    assert not unfinished.exists()
    with pytest.raises(Stopped):
        work.run(tell)


def test_a_quantizer_that_dies(large: Path, unfinished: Path) -> None:
    def kill(done: int) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(EngineGone):
        Quantizing(order(large, "Q4_K_M"), unfinished).run(kill)
    assert not unfinished.exists()


def test_it_goes_with_the_process_that_wanted_the_copy(large: Path, unfinished: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", MADE, large, unfinished], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout as out:
        while int(out.readline()) == 0:
            pass
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        out.read()  # the quantizer has this pipe too, until it ends
    assert not unfinished.exists()


def test_a_full_disk(model: Path, unfinished: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(StoreError) as caught:
            Quantizing(order(model, "Q8_0"), unfinished).run(lambda _: None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "written" in caught.value.message
    assert not unfinished.exists()


def test_what_the_quantizer_refuses(model: Path, unfinished: Path, tmp_path: Path) -> None:
    narrow = write_tiny_model(tmp_path / "narrow.gguf")
    with pytest.raises(InputError, match="Q1_0"):
        forecast(order(narrow, "Q1_0"))
    with pytest.raises(ModelFileError, match="nonsuch"):
        forecast(order(write_tiny_model(tmp_path / "other.gguf", architecture="nonsuch"), "Q8_0"))
    wrong = write_dat(tmp_path / "m.dat", {name: length // 2 for name, length in matrices(model).items()})
    with pytest.raises(ModelFileError, match="importance matrix"):
        Quantizing(order(model, "Q4_0", importance=wrong), unfinished).run(lambda _: None)
    assert not unfinished.exists()
