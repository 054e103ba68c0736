"""What is recommended for a model, and where each of its values comes from."""

from pathlib import Path

import pytest

from app.chat.recommended import listed, listed_sampling
from app.core.paths import bundled
from app.core.protocol import ModelInfo
from app.library.curated import read_catalog

KNOWN = read_catalog(bundled("models/catalog.toml"))
LISTED = """
[[model]]
name = "small"
title = "Small 1B"
repository = "someone/Small-1B-GGUF"
licence = "mit"
kinds = ["chat"]
parameters = 1_000_000_000
sampling = { temperature = 0.3, top_k = 20, min_p = 0.1 }
about = "Small."
about_chinese = "小。"
"""


def model(path: Path, name: str) -> ModelInfo:
    return ModelInfo(
        path=path, name=name, architecture="llama", parameters=0, quantization="", file_bytes=0, context_length=0,
        trained_context=0, layers=0, vocabulary=0, device="CPU",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("repository", "name", "expected"),
    [
        ("unsloth/Qwen3.5-0.8B-GGUF", "anything", "qwen3.5-0.8b"),
        ("", "Qwen3.5 0.8B", "qwen3.5-0.8b"),
        ("", "Qwen3.5-0.8B-Q4_K_M", "qwen3.5-0.8b"),
        ("", "Gemma-4-E2B-It", "gemma-4-e2b"),
        ("someone/else", "Llama 3.2 3B Instruct", "llama-3.2-3b"),
        ("", "Fireside Guide", None),
        ("", "", None),
    ],
)
def test_a_model_is_known_by_its_repository_or_its_name(repository: str, name: str, expected: str | None) -> None:
    found = listed(KNOWN, repository, name)
    assert (found.name if found is not None else None) == expected


def test_without_a_list_nothing_is_recommended(tmp_path: Path) -> None:
    assert listed_sampling(tmp_path / "catalog.toml", model(tmp_path / "a.gguf", "Small 1B")) == {}
    (tmp_path / "catalog.toml").write_text(LISTED, "utf-8")
    assert listed_sampling(tmp_path / "catalog.toml", model(tmp_path / "small-1b.q4_k_m.gguf", "x"))["top_k"] == 20


def test_the_file_before_the_list_and_the_user_before_both(desk, tmp_path: Path) -> None:
    (tmp_path / "catalog.toml").write_text(LISTED, "utf-8")
    desk.session._model._built_in = tmp_path / "guide.gguf"
    desk.engine.recommended = {"temperature": 0.6}
    desk.session.load_model(Path("Small-1B.gguf"))
    desk.engine.run()
    session = desk.session
    assert (session.sampling.temperature, session.sampling.top_k, session.sampling.min_p) == (0.6, 20, 0.1)
    session.set_sampling(top_k=7, seed=3)
    session.keep_sampling_for_model()
    origins = session.layers.origins()
    assert {name: origin for name, origin in origins.items() if origin != "default"} == {
        "temperature": "file", "min_p": "listed", "top_k": "model", "seed": "model",
    }  # fmt: skip
    session.forget_for_model("top_k")
    assert (session.sampling.top_k, session.layers.origins()["top_k"], session.sampling.seed) == (20, "listed", 3)
    session.load_model(Path("other.gguf"))
    desk.engine.run()
    assert session.layers.origins()["min_p"] == "default"
    assert session.sampling.top_k == 40
