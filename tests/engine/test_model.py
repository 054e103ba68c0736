"""Loading: what a model says of itself, and what is said of files that do not load."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import AppError, LoadError, ModelFileError
from app.core.params import Loading
from app.engine.hardware import available_memory, physical_cores, total_memory
from app.engine.llama.log import Log
from app.engine.llama.model import Model
from app.library.gguf import read
from tests.tiny_model import write_tiny_model


def load(path: Path, log: Log, **loading: object) -> Model:
    return Model(path, Loading(**loading), lambda fraction: True, log)  # type: ignore[arg-type]  # rows by name


def refused(path: Path, log: Log) -> AppError:
    with pytest.raises(AppError) as raised:
        load(path, log)
    assert raised.value.hint
    assert path.name in raised.value.message
    return raised.value


def test_it_agrees_with_the_header_reader(models: Path, log: Log) -> None:
    path = write_tiny_model(models / "both.gguf", name="漢", recommended={"temp": 0.6, "top_k": 20, "mirostat": 1})
    model = load(path, log)
    info, found = model.info(2048, "file"), read(path)
    assert model.chat_template() == found.chat_template
    model.free()
    model.free()
    for name in (
        "name",
        "architecture",
        "parameters",
        "quantization",
        "file_bytes",
        "layers",
        "vocabulary",
        "recommended",
        "digest",
    ):
        assert getattr(info, name) == getattr(found, name), name
    assert info.trained_context == found.context_length


def test_missing_folder_empty_and_other_files(tmp_path: Path, log: Log) -> None:
    assert "not there" in refused(tmp_path / "none.gguf", log).message
    assert "folder" in refused(tmp_path, log).message
    path = tmp_path / "file.gguf"
    path.touch()
    assert "empty" in refused(path, log).message
    path.write_bytes(b"<!DOCTYPE html>")
    assert "not a GGUF" in refused(path, log).message


def test_an_odd_path(tmp_path: Path, log: Log) -> None:
    path = write_tiny_model(tmp_path / "漢 “x” é.gguf")
    load(path, log).free()
    with pytest.raises(ModelFileError):
        load(tmp_path / "nul\0.gguf", log)


def test_cut_short(babbler: Path, tmp_path: Path, log: Log) -> None:
    data = babbler.read_bytes()
    path = tmp_path / "part.gguf"
    for length in (8, 20, 100, 2000, len(data) // 2, len(data) - 40):
        path.write_bytes(data[:length])
        error = refused(path, log)
        assert isinstance(error, ModelFileError), length
    assert "cut short" in error.message


def test_an_architecture_that_nobody_knows(tmp_path: Path, log: Log) -> None:
    error = refused(write_tiny_model(tmp_path / "future.gguf", architecture="future9"), log)
    assert isinstance(error, ModelFileError)
    assert "future9" in error.message
    assert "unknown model architecture" in error.detail


def test_a_model_that_writes_no_text(tmp_path: Path, log: Log) -> None:
    assert "chat" in refused(write_tiny_model(tmp_path / "embeds.gguf", causal=False), log).message


def test_too_large_for_the_memory(models: Path, babbler: Path, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def computer(total: int, free: int | None) -> None:
        monkeypatch.setattr("app.engine.llama.model.total_memory", lambda: total)
        monkeypatch.setattr("app.engine.llama.model.available_memory", lambda: free)

    computer(100_000, None)
    with pytest.raises(LoadError, match=r"model file needs 0\.0 GB"):
        load(babbler, log)
    computer(1_000_000_000, 100_000)
    with pytest.raises(LoadError, match=r"model file needs 0\.0 GB"):
        load(babbler, log, memory_map=False)
    with pytest.raises(LoadError, match=r"context of 2,048 tokens needs 0\.0 GB"):
        load(babbler, log)
    computer(1_000_000_000, 5_000_000)
    load(babbler, log, context_length=256).free()
    computer(1_000_000_000, None)
    load(babbler, log).free()
    long = write_tiny_model(models / "large.gguf", context=1 << 20)
    computer(1_000_000_000, 100_000_000)
    with pytest.raises(LoadError, match=r"context of 1,000,000 tokens needs 1\.5 GB of memory, and there are 0\.1 GB"):
        load(long, log, context_length=1_000_000)


def test_the_automatic_context(models: Path, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_tiny_model(models / "long.gguf", context=100_000)
    model = load(path, log)
    assert model.plan.context == 8192
    assert model.metadata("no.such.key") is None
    model.free()
    asked = load(path, log, context_length=512)
    assert asked.plan.context == 512
    asked.free()
    monkeypatch.setattr("app.engine.llama.model.available_memory", lambda: 12_000_000)
    short = load(path, log)
    assert short.plan.context == 4096  # 8,192 would take 14 MB
    short.free()


def test_physical_cores_counts_hyper_threads_once(tmp_path: Path) -> None:
    import os

    numbers = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    for number in numbers:
        folder = tmp_path / f"cpu{number}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text("all\n")
    assert physical_cores(tmp_path) == 1
    assert physical_cores(tmp_path / "none") == len(numbers)
    assert 1 <= physical_cores() <= len(numbers)


def test_available_memory(tmp_path: Path) -> None:
    source = tmp_path / "meminfo"
    source.write_text("MemTotal: 4000 kB\nMemAvailable:    1000 kB\nSwapFree: 24 kB\nHugePages_Total: 0\n")
    assert available_memory(source) == 1024 * 1024
    source.write_text("MemTotal: 4000 kB\n")
    assert available_memory(source) is None
    assert total_memory(source) == 4000 * 1024
    assert total_memory(tmp_path / "none") is None
    assert available_memory(tmp_path / "none") is None


def test_the_log_keeps_quiet(
    babbler: Path, log: Log, capfd: pytest.CaptureFixture[str], desk: Callable[..., object]
) -> None:
    desk(babbler)
    assert capfd.readouterr() == ("", "")
