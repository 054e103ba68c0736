"""Which vision projector belongs to which model."""

from pathlib import Path

from app.library.header_cache import HeaderCache
from app.library.kept import Said
from app.library.on_disk import listed
from app.library.places import Place
from tests.library.files import entries, write_model, write_ollama, write_projector, write_split


def test_a_projector_belongs_to_its_model(tmp_path: Path) -> None:
    write_model(tmp_path / "gemma-3-4b-it-Q4_K_M.gguf")
    small, best = (
        write_projector(tmp_path / "mmproj-Q8_0.gguf", file_type=7),
        write_projector(tmp_path / "mmproj-F16.gguf"),
    )
    (entry,) = entries(tmp_path)
    assert entry.projectors == (best, small)


def test_projectors_among_many_models(tmp_path: Path) -> None:
    for name in ("gemma-3-4b-it-Q4_K_M", "gemma-3-4b-it-Q8_0", "gemma-3-12b-it-Q4_K_M", "Qwen3-8B-Q4_K_M"):
        write_model(tmp_path / f"{name}.gguf")
    four = write_projector(tmp_path / "mmproj-gemma-3-4b-it-f16.gguf")
    twelve = write_projector(tmp_path / "gemma-3-12b-it-mmproj-BF16.gguf")
    said = write_projector(tmp_path / "mmproj-model-f16.gguf", "Gemma 3 12B It")
    lonely = write_projector(tmp_path / "mmproj-model-Q8_0.gguf", file_type=7)
    assert {entry.stem: entry.projectors for entry in entries(tmp_path)} == {
        "gemma-3-4b-it-Q4_K_M": (four,),
        "gemma-3-4b-it-Q8_0": (four,),
        "gemma-3-12b-it-Q4_K_M": (twelve, said),
        "Qwen3-8B-Q4_K_M": (),
        lonely.stem: (),
    }


def test_a_projector_above_the_parts(tmp_path: Path) -> None:
    write_split(tmp_path / "Q4_K_M", "Pixtral-12B-Q4_K_M")
    projector = write_projector(tmp_path / "mmproj-pixtral-12b.gguf")
    (entry,) = entries(tmp_path)
    assert entry.projectors == (projector,)


def test_ollama_tells_the_projector(tmp_path: Path) -> None:
    models = tmp_path / "models"
    model, projector = write_model(tmp_path / "a.gguf", "Llava"), write_projector(tmp_path / "b.gguf")
    write_ollama(models, ("registry.ollama.ai", "library", "llava", "7b"), model, projector)
    (entry,) = listed([Place(models, "ollama")], HeaderCache(tmp_path / "cache"), Said()).entries
    assert (entry.title, entry.origin) == ("llava:7b", "ollama")
    assert [path.parent for path in entry.projectors] == [models / "blobs"]
