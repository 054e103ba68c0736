"""Which architectures the engine knows: what is told of them beside what the engine says itself."""

from pathlib import Path

import gguf
import pytest

from app.engine import architectures
from app.engine.architectures import knows
from app.engine.llama.library import api
from app.engine.llama.log import Log
from tests.library.files import write_gguf

KNOWN = sorted(set(gguf.MODEL_ARCH_NAMES.values()))  # more and fewer than those of the engine
INVENTED = ("llama9", "qwen", "qwen4-next", "no-such", "LLAMA", "llama ", "模型")


@pytest.fixture(scope="module")
def log() -> Log:
    api.llama_backend_init()
    return Log()


@pytest.mark.parametrize("name", [*KNOWN, *INVENTED])
def test_it_is_what_the_engine_says(tmp_path: Path, log: Log, name: str) -> None:
    path = write_gguf(tmp_path / "model.gguf", {"general.architecture": name})
    params = api.llama_model_default_params()
    params.vocab_only = True
    log.clear()
    api.llama_model_free(api.llama_model_load_from_file(str(path).encode(), params) or None)
    assert knows(name) == ("unknown model architecture" not in log.errors())


def test_where_nobody_can_tell_all_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert knows("")
    assert knows("\ud800")  # half a character, as an answer of the Hub may have it: nothing ends by that
    for folder in (None, tmp_path):  # no engine at all, or none with a library that can be read
        monkeypatch.setattr(architectures, "libraries", lambda folder=folder: folder)
        assert knows("no-such")
    packed = tmp_path / "packed"
    packed.mkdir()
    (packed / "llama.dll").write_bytes(b"x" * 1000)
    monkeypatch.setattr(architectures, "libraries", lambda: packed)
    assert knows("no-such")
