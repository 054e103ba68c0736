"""A smaller copy: what is refused with a reason, what is said before, and what is made of a model in several parts."""

from pathlib import Path

import gguf
import numpy as np
import pytest

from app.chat.shrinking import Plan, Progress, Quantized, Shrinking, Stopped, Wish, planned, rough_sizes
from app.core.errors import AppError, InputError, ModelFileError, StoreError
from app.core.gguf import read_header
from app.core.shrink import target
from app.core.verdict import Room
from app.library.kept import Said
from app.library.on_disk import Entry, looked_at
from app.library.shrinking import UNFINISHED
from tests.importance_file import write_dat
from tests.library.files import LAYERS, write_gguf, write_model, write_projector, write_split
from tests.model_file import Shape, Words, begin_file

ROOM = Room(free=8 << 30, total=16 << 30)
F32, F16, Q8_0 = 0, 1, 7  # general.file_type
KEYS = {
    "llama__feed_forward_length": 64, "llama__attention__head_count_kv": 4,
    "llama__attention__layer_norm_rms_epsilon": 1e-5, "general__file_type": F32,
}  # fmt: skip


def entry(path: Path) -> Entry:
    return looked_at(path, Said())


def plan(path: Path, to: str = "Q8_0", **more) -> Plan:
    return planned(entry(path), Wish(target=target(to), **more), path.parent / "own", [], ROOM)


def write_parts(folder: Path) -> list[Path]:
    """A model in two parts, as llama.cpp splits them."""
    model = Shape(2, 64, 4, 4, 64, 2048)
    tensors = [(f"{name}.weight", lengths) for name, lengths in model.tensors(8)]
    paths = [folder / f"big-F32-{number:05}-of-00002.gguf" for number in (1, 2)]
    for number, path in enumerate(paths):
        letters = Words(tuple("abcdefgh"), ("a b",), 5, 3, "gpt-2")
        writer = (
            begin_file(path, model, letters, name="Big", file_type=gguf.LlamaFileType.ALL_F32)
            if number == 0
            else gguf.GGUFWriter(path, "llama")
        )
        writer.add_uint16("split.no", number)
        writer.add_uint16("split.count", 2)
        writer.add_int32("split.tensors.count", len(tensors))
        for name, lengths in tensors[number::2]:
            writer.add_tensor(name, np.ones(lengths, np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return paths


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "m-F32.gguf", **KEYS)


def test_what_is_told_without_asking_the_quantizer(model: Path, tmp_path: Path) -> None:
    words = write_gguf(tmp_path / "words.gguf", {"general.architecture": "llama", "tokenizer.ggml.tokens": ["a"]})
    split = write_split(tmp_path, "split", **KEYS)
    split[1].unlink()
    for path, wish, kind, word in (
        (write_projector(tmp_path / "mmproj-x.gguf"), {}, InputError, "vision projector"),
        (words, {}, InputError, "no network"),
        (split[0], {}, ModelFileError, "parts"),
        (model, {"prune": (LAYERS,)}, InputError, f"no layer {LAYERS}"),
        (model, {"prune": tuple(range(LAYERS))}, InputError, "All layers"),
        (model, {"importance": tmp_path / "gone.dat"}, ModelFileError, "gone.dat"),
        (model, {"importance": model}, ModelFileError, "no importance matrix"),
        (model, {"importance": write_dat(tmp_path / "other.dat", {"a": 4})}, InputError, "another model"),
        (model, {"to": "MXFP4"}, InputError, "experts"),
    ):  # fmt: skip
        with pytest.raises(kind) as caught:
            plan(path, **wish)  # type: ignore[arg-type]
        assert word in caught.value.message
        assert caught.value.hint


def test_what_makes_no_sense(model: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="F32 already"):
        plan(model, "F32")
    shrunk = write_gguf(
        tmp_path / "q8.gguf",
        dict(read_header(model).metadata) | {"general.file_type": Q8_0},
        [(each.name, each.shape, 8 if len(each.shape) > 1 else F32) for each in read_header(model).tensors],
    )
    with pytest.raises(InputError, match="would take"):
        plan(shrunk, "F16")
    with pytest.raises(Quantized, match="Q8_0 already"):
        plan(shrunk, "Q4_0")
    again = plan(shrunk, "Q4_0", requantize=True)
    assert again.again
    with pytest.raises(InputError, match="there already"):
        plan(model, output=shrunk)


def test_room_on_the_disk_is_looked_at_before(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 1 << 20}))
    with pytest.raises(StoreError, match="free"):
        plan(model)


def test_a_model_in_parts_becomes_one_file(tmp_path: Path) -> None:
    parts = write_parts(tmp_path)
    found = plan(parts[0], "Q8_0")
    assert found.certain
    assert found.output == tmp_path / "big-Q8_0.gguf"
    assert found.before.needed > found.after.needed
    told: list[Progress] = []
    assert Shrinking(found, told.append).run() == found.output
    made = entry(found.output)
    assert made.said is not None
    assert made.said.quantization == "Q8_0"
    assert made.parts == (found.output,)
    assert len(read_header(found.output).tensors) == sum(len(read_header(part).tensors) for part in parts)
    assert found.bytes_after == pytest.approx(made.file_bytes, abs=2000)  # the headers of the parts become one
    assert made.file_bytes < found.bytes_before
    assert all(each.done <= each.total for each in told)
    assert not list(tmp_path.glob(f"*{UNFINISHED}"))


def test_stopped_before_it_begins_nothing_is_left(model: Path, tmp_path: Path) -> None:
    work = Shrinking(plan(model))
    work.stop()
    with pytest.raises(Stopped):
        work.run()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [model.name]


def test_rough_sizes_for_a_list(model: Path, tmp_path: Path) -> None:
    sizes = rough_sizes(entry(model))
    assert "F32" not in sizes
    assert sizes["Q4_0"] < sizes["Q8_0"] < sizes["F16"] < model.stat().st_size
    with pytest.raises(AppError):
        rough_sizes(entry(write_projector(tmp_path / "mmproj-x.gguf")))
