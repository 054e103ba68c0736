"""Where a smaller copy goes: its name, what is refused, and that nothing half gets a name."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import AppError, InputError, ModelFileError, StoreError
from app.core.gguf import read_header
from app.core.shrink import TARGETS
from app.library.kept import Said
from app.library.on_disk import Entry, looked_at
from app.library.places import Place
from app.library.shrinking import check_output, check_room, check_source, finish, output_path, unfinished_file
from tests.library.files import write_gguf, write_model, write_projector, write_split

Q4 = TARGETS["Q4_K_M"]


def entry(path: Path) -> Entry:
    return looked_at(path, Said())


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Qwen3-0.6B-F16.gguf", "Qwen3-0.6B-Q4_K_M.gguf"),
        ("qwen3-0.6b.bf16.gguf", "qwen3-0.6b-Q4_K_M.gguf"),
        ("model.gguf", "model-Q4_K_M.gguf"),
        ("F16.gguf", "F16-Q4_K_M.gguf"),
        ("漢 F16 it.gguf", "漢 it-Q4_K_M.gguf"),
    ],
)
def test_the_new_type_takes_the_place_of_the_old(tmp_path: Path, name: str, made: str) -> None:
    model = entry(write_model(tmp_path / name))
    assert output_path(model, Q4, 0, tmp_path / "own", []) == tmp_path / made


def test_parts_become_one_file_and_pruning_is_in_the_name(tmp_path: Path) -> None:
    model = entry(write_split(tmp_path, "big-F16")[0])
    assert output_path(model, Q4, 1, tmp_path / "own", []) == tmp_path / "big-2-layers-Q4_K_M.gguf"


def test_other_programs_folders_are_left_alone(tmp_path: Path) -> None:
    model = entry(write_model(tmp_path / "hub" / "m.gguf"))
    own = tmp_path / "own"
    assert output_path(model, Q4, 0, own, [Place(tmp_path / "hub", "huggingface")]) == own / "m-Q4_K_M.gguf"
    assert output_path(replace(model, origin="built-in"), Q4, 0, own, []) == own / "m-Q4_K_M.gguf"


def test_what_is_no_model_is_not_shrunk(tmp_path: Path) -> None:
    words = write_gguf(tmp_path / "words.gguf", {"general.architecture": "llama", "tokenizer.ggml.tokens": ["a"]})
    adapter = write_gguf(
        tmp_path / "adapter.gguf", {"general.architecture": "llama", "general.type": "adapter"}, [("a", (32,), 0)]
    )
    for path in (words, adapter, write_projector(tmp_path / "mmproj-x.gguf")):
        with pytest.raises(InputError) as caught:
            check_source(entry(path))
        assert path.name in caught.value.message
    damaged = replace(entry(write_model(tmp_path / "m.gguf")), problem=ModelFileError("damaged"))
    with pytest.raises(ModelFileError):
        check_source(damaged)


def test_a_name_that_cannot_be_taken(tmp_path: Path) -> None:
    there = write_model(tmp_path / "there.gguf")
    (tmp_path / "dangling.gguf").symlink_to(tmp_path / "nowhere")
    for path in (there, tmp_path / "dangling.gguf", tmp_path / "model.bin", tmp_path, there / "in-a-file.gguf"):
        with pytest.raises(AppError) as caught:
            check_output(path, ())
        assert caught.value.hint
    with pytest.raises(AppError):
        check_output(Path("a\0.gguf"), ())
    assert check_output(tmp_path / "new" / "m.gguf", [there]) == tmp_path / "new" / "m.gguf"


def test_room_on_the_disk(tmp_path: Path) -> None:
    check_room(tmp_path / "not" / "yet" / "m.gguf", 1)
    with pytest.raises(StoreError):
        check_room(tmp_path / "m.gguf", 1 << 60)


def test_an_unfinished_file_has_a_plain_name_and_old_ones_go(tmp_path: Path) -> None:
    folder = tmp_path / "漢"
    first = unfinished_file(folder / "m.gguf")
    assert first.name.isascii()
    second = unfinished_file(folder / "m.gguf")
    assert second != first
    os.utime(first, (time.time() - 100_000,) * 2)
    unfinished_file(folder / "m.gguf")
    assert second.exists()
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        unfinished_file(tmp_path / "file" / "m.gguf")


def test_only_a_whole_copy_gets_its_name(tmp_path: Path) -> None:
    target = tmp_path / "m.gguf"
    tensors = read_header(write_model(tmp_path / "right.gguf")).tensors
    for name, more in (("short", {"cut": 8}), ("other", {})):
        bad = write_gguf(
            tmp_path / name, {"general.architecture": "llama"}, [("token_embd.weight", (64, 4), 0)], **more
        )
        with pytest.raises(ModelFileError):
            finish(bad, target, tensors)
        assert not bad.exists()
    (tmp_path / "right.gguf").rename(tmp_path / "right.unfinished")
    finish(tmp_path / "right.unfinished", target, tensors)
    assert read_header(target).tensors == tensors
    again = write_model(tmp_path / "again.unfinished")
    with pytest.raises(InputError):
        finish(again, target, tensors)
    assert not again.exists()
