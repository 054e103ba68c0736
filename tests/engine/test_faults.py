"""Bad days of the model process: damaged files, files that change under it, and no memory left."""

import os
import signal
import sys
from pathlib import Path

import pytest

from app.core.errors import EngineGone, LoadError, ModelFileError
from app.core.params import Loading, Sampling
from app.core.protocol import Done, Failed, Gone, Piece, Turn
from tests.architectures import NETWORKS, Network, write_network
from tests.benchmarks.damaged_files import Patient
from tests.damage import DAMAGES, damage
from tests.engine.conftest import SAYS, Watched
from tests.tiny_model import write_tiny_model

HELLO = [Turn("user", "hello")]
GREEDY = Sampling(temperature=0.0)
SHORT = Sampling(max_tokens=2, seed=1)
DAMAGED = 40  # files; tests/benchmarks/damaged_files does 1,000


def test_damaged_files_end_no_more_than_the_child(tmp_path: Path, models: Path) -> None:
    patient = Patient()
    sources = [
        write_tiny_model(tmp_path / "tiny.gguf"),
        *(write_network(tmp_path / f"{name}.gguf", NETWORKS[name]) for name in ("grouped", "experts", "window")),
    ]
    try:
        ends = []
        for seed in range(DAMAGED):
            path = tmp_path / "damaged.gguf"
            damage(sources[seed * 3 % len(sources)], path, seed)
            ends.append(patient.try_file(path)[0])
        assert {"refused", "answered"} <= set(ends)
        assert patient.try_file(sources[0])[0] == "answered"
    finally:
        patient.host.close()
    assert len(DAMAGES) < DAMAGED


@pytest.mark.parametrize("name", NETWORKS)
def test_whole_files_of_every_architecture_answer(name: str, watched: Watched, tmp_path: Path) -> None:
    watched.load(write_network(tmp_path / "whole.gguf", NETWORKS[name]))
    assert isinstance(watched.end_of(watched.host.generate(HELLO, SHORT)), Done)


def absurd(tmp_path: Path, key: bytes, value: bytes) -> Path:
    path = write_tiny_model(tmp_path / "absurd.gguf")
    data = bytearray(path.read_bytes())
    place = data.index(key) + len(key) + 4
    data[place : place + len(value)] = value
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"llama.block_count", b"\0\0\0\0"),
        (b"llama.block_count", b"\1\2\0\0"),
        (b"llama.attention.layer_norm_rms_epsilon", b"\0\0\x80\xbf"),
        (b"llama.attention.layer_norm_rms_epsilon", b"\0\0\xc0\x7f"),
    ],
)
def test_what_would_end_llama_cpp_is_refused_before(
    key: bytes, value: bytes, watched: Watched, sayer: Path, tmp_path: Path
) -> None:
    watched.load(sayer)
    child = watched.host.process_id
    end = watched.end_of(watched.host.load(absurd(tmp_path, key, value)))
    assert isinstance(end, Failed)
    assert isinstance(end.error, ModelFileError)
    assert "damaged" in end.error.message
    assert end.loaded  # the model in use stays
    assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == SAYS
    assert watched.host.process_id == child


def same_token_twice(tmp_path: Path) -> Path:
    """A file over which llama.cpp ends the process while it loads."""
    path = write_tiny_model(tmp_path / "twice.gguf")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"<|im_start|>", b"<|im_end|>..", 1).replace(b"<|im_end|>..", b"<|endoftext|", 1))
    data = bytearray(path.read_bytes())
    place = data.index(b"the", data.index(b"tokenizer.ggml.tokens"))
    data[place : place + 3] = b"ing"
    path.write_bytes(data)
    return path


def test_a_file_that_ends_the_process_is_named(watched: Watched, sayer: Path, tmp_path: Path) -> None:
    end = watched.end_of(watched.host.load(same_token_twice(tmp_path)))
    assert isinstance(end, Failed)
    assert isinstance(end.error, EngineGone)
    assert "twice.gguf" in end.error.message
    assert "download it again" in end.error.hint
    watched.until(Gone)
    watched.load(sayer)
    assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == SAYS


def test_a_file_that_is_removed_while_in_use_goes_on(watched: Watched, tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "gone.gguf", says=SAYS, width=128)
    watched.load(path)
    path.unlink()
    assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == SAYS


@pytest.mark.skipif(not hasattr(signal, "SIGBUS"), reason="no such signal")
def test_a_file_that_shrinks_in_the_middle_of_an_answer(watched: Watched, sayer: Path, tmp_path: Path) -> None:
    template = "{% for message in messages %}{{ message.content }}\n{% endfor %}"
    path = write_network(tmp_path / "shrinks.gguf", Network(width=512, feed_forward=2048), template=template)
    path.write_bytes(path.read_bytes().replace(b"<|", b"<!").replace(b"eos_token_id", b"abc_token_id"))
    watched.load(path)
    request = watched.host.generate(HELLO, Sampling(seed=1))  # nothing ends it
    watched.until(Piece)
    os.truncate(path, 40_000)
    end = watched.end_of(request)
    assert isinstance(end, Failed)
    assert isinstance(end.error, EngineGone)
    assert "shrinks.gguf" in end.error.message
    assert "changed" in end.error.message
    watched.until(Gone)
    again = watched.end_of(watched.host.generate(HELLO, SHORT))  # it is loaded anew, and now found cut short
    assert isinstance(again, Failed)
    assert isinstance(again.error, ModelFileError)
    watched.load(sayer)
    assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == SAYS


def test_a_file_that_was_written_to_is_noticed_before_the_next_answer(watched: Watched, tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "changes.gguf", says=SAYS, width=128)
    watched.load(path)
    child = watched.host.process_id
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    end = watched.end_of(watched.host.generate(HELLO, GREEDY))
    assert isinstance(end, Failed)
    assert isinstance(end.error, ModelFileError)
    assert "changes.gguf" in end.error.message
    assert "again" in end.error.hint
    path.write_bytes(data)
    watched.load(path)
    assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == SAYS
    assert watched.host.process_id == child


def test_a_file_that_is_replaced_is_used_with_the_next_load(watched: Watched, tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "replaced.gguf", says=SAYS, width=128)
    watched.load(path)
    write_tiny_model(tmp_path / "new.gguf", says="Other.", width=128).replace(path)
    assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == SAYS
    watched.load(path)
    assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == "Other."


linux = pytest.mark.skipif(sys.platform != "linux", reason="limits another process's memory")


def limit_memory(process_id: int, more: int) -> None:
    """Let the process have only so many bytes of address space more than it has."""
    import resource

    size = int(Path(f"/proc/{process_id}/statm").read_text().split()[0]) * resource.getpagesize()
    resource.prlimit(process_id, resource.RLIMIT_AS, (size + more, resource.RLIM_INFINITY))


def free_memory(process_id: int) -> None:
    import resource

    resource.prlimit(process_id, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@linux
def test_no_memory_for_a_model(watched: Watched, sayer: Path, models: Path) -> None:
    large = write_network(models / "large.gguf", Network(width=1024, feed_forward=8192, layers=4), weights=False)
    watched.load(sayer)
    child = watched.host.process_id
    assert child is not None
    limit_memory(child, 32 << 20)
    for mapped in (True, False):
        end = watched.end_of(watched.host.load(large, Loading(threads=1, memory_map=mapped)))
        assert isinstance(end, Failed)
        assert isinstance(end.error, LoadError)
        assert "large.gguf" in end.error.message
        assert end.error.hint
    end = watched.end_of(watched.host.load(sayer, Loading(threads=1, context_length=1 << 20)))
    assert isinstance(end, Failed)
    assert "memory" in end.error.message
    free_memory(child)
    watched.load(sayer)
    assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == SAYS
    assert watched.host.process_id == child


@linux
def test_no_memory_in_the_middle_of_an_answer(watched: Watched, babbler: Path) -> None:
    """However it ends, it is said, and the next request is answered."""
    watched.load(babbler)
    child = watched.host.process_id
    assert child is not None
    limit_memory(child, 0)
    long = [Turn("user", "word " * 100)]
    requests = [watched.host.generate(long, Sampling(max_tokens=200, seed=number, stop=())) for number in range(8)]
    waiting = set(requests)
    while waiting:
        end = watched.until(Done, Failed)
        assert isinstance(end, Done) or (isinstance(end, Failed) and end.error.hint)
        assert isinstance(end, Done) or "went wrong" not in end.error.message
        waiting.discard(end.id)
    if watched.host.process_id == child:
        end = watched.end_of(watched.host.generate([Turn("user", "word " * 300_000)]))
        assert isinstance(end, Failed)
        assert isinstance(end.error, EngineGone)
        assert "memory" in end.error.hint
    assert isinstance(watched.end_of(watched.host.generate(HELLO, SHORT)), Done)
