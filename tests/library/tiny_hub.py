"""A stand-in of the Hub with a small repository, for whoever looks for models and downloads them."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.library.files import write_model
from tests.library.hub_server import File, HubServer, Repo

NOISE = random.Random(8).randbytes(400_000)
NAME = "someone/Tiny-GGUF"
CARD = b"---\nlicense: mit\n---\n# Tiny\n<img src='https://tracker.example/x'>"


@contextmanager
def tiny_hub(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[HubServer]:
    """In use by HF_ENDPOINT; no models of other programs are seen meanwhile."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HOME", str(folder))
    for name in ("HF_TOKEN", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        real = write_model(folder / "made" / "tiny.gguf", "Tiny").read_bytes()
        server.repositories[NAME] = Repo(
            {
                "tiny-Q4_K_M.gguf": File(real),
                "tiny-Q8_0.gguf": File(NOISE),
                "tiny-Q2_K-00001-of-00002.gguf": File(NOISE[:1000]),
                "mmproj-F16.gguf": File(NOISE[:500]),
                "README.md": File(CARD, lfs=False),
            },
            tags=("gguf", "license:mit", "en"),
            gguf={"total": 4_000_000_000, "architecture": "llama", "context_length": 8192},
        )
        server.repositories["other/Huge-GGUF"] = Repo({"x.gguf": File(b"x")}, gguf={"total": 700_000_000_000})
        yield server
