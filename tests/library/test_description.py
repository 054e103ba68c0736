"""What kind of file a header describes."""

from pathlib import Path

import pytest

from tests.library.files import entries, write_gguf


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        ({"general.architecture": "llama"}, "chat"),
        ({"general.architecture": "bert"}, "embedding"),
        ({"general.architecture": "qwen3", "qwen3.pooling_type": 3}, "embedding"),
        ({"general.architecture": "llama", "llama.attention.causal": False}, "embedding"),
        ({"general.architecture": "llama", "general.type": "adapter"}, "adapter"),
        ({"general.architecture": "clip"}, "projector"),
        ({"general.architecture": "t5"}, "other"),
        ({"general.type": "imatrix"}, "other"),
    ],
)
def test_kinds_of_files(tmp_path: Path, keys: dict[str, str], kind: str) -> None:
    blocks = {f"{keys.get('general.architecture', '')}.block_count": 1}
    write_gguf(tmp_path / "file.gguf", keys | blocks, [("blk.0.x", (4,), 0)])
    (entry,) = entries(tmp_path)
    assert entry.said is not None
    assert entry.said.kind == kind
    assert entry.chats == (kind == "chat")


def test_names_are_lines(tmp_path: Path) -> None:
    keys = {"general.architecture": "llama", "llama.block_count": 1, "general.license": "x" * 1_000_000}
    for name, shown in (("A\n b\tc", "A b c"), ("漢" * 1_000_000, "漢" * 199 + "…"), (" \n", "file")):
        write_gguf(tmp_path / "file.gguf", keys | {"general.name": name}, [("blk.0.x", (4,), 0)])
        (entry,) = entries(tmp_path)
        assert entry.title == shown
        assert len(entry.licence) == 200


def test_a_vocabulary_alone_is_no_model(tmp_path: Path) -> None:
    write_gguf(tmp_path / "vocabulary.gguf", {"general.architecture": "llama", "llama.block_count": 1})
    (entry,) = entries(tmp_path)
    assert entry.said is not None
    assert entry.said.kind == "other"
