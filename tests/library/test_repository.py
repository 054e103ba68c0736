"""What a repository holds, told from the names of its files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InputError
from app.core.models import QUANTIZATIONS
from app.library.quantizations import meaning, order, quantization_in
from app.library.repository import RemoteFile, Repository, chosen, grouped, place


def repository(*paths: str) -> Repository:
    files = tuple(RemoteFile(path=path, size=10, digest="sha256:0") for path in paths)
    variants, projectors = grouped(files)
    return Repository(repository="a/b", commit="c", variants=variants, projectors=projectors, files=files)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Qwen3-4B-Q4_K_M.gguf", "Q4_K_M"),
        ("qwen2.5-0.5b-instruct-q8_0.gguf", "Q8_0"),
        ("model.Q5_K_S.gguf", "Q5_K_S"),
        ("Model-i1-IQ3_XXS.gguf", "IQ3_XXS"),
        ("Qwen3-30B-A3B-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("gpt-oss-20b-MXFP4.gguf", "MXFP4"),
        ("gpt-oss-20b-mxfp4_moe.gguf", "MXFP4_MOE"),
        ("BF16/Qwen3-32B-BF16-00001-of-00002.gguf", "BF16"),
        ("Q8_0/model-00001-of-00002.gguf", "Q8_0"),
        ("fp16/model.gguf", "F16"),
        ("llama-f16-trained-Q2_K.gguf", "Q2_K"),
        ("Mistral-Q4_0_4_8.gguf", "Q4_0_4_8"),
        ("tiny-TQ1_0.gguf", "TQ1_0"),
        ("SmolLM2-360M.gguf", ""),
        ("Q4ever.gguf", ""),
    ],
)
def test_names(path: str, name: str) -> None:
    assert quantization_in(path) == name


def test_every_name_that_files_have_means_something() -> None:
    for name in (*QUANTIZATIONS.values(), "Q3_K_XL", "Q4_K_L", "Q6_K_L", "MXFP4_MOE", "UD-Q4_K_XL", "UD-IQ1_S"):
        assert meaning(name), name
        assert quantization_in(f"model-{name}.gguf") == name
    assert "dynamic" in meaning("UD-Q4_K_M")
    assert meaning("Zebra") == ""


def test_few_bits_come_first() -> None:
    names = ["F16", "Q8_0", "UD-Q4_K_XL", "IQ2_XXS", "Q4_K_M", "Q4_K_S", "F32", "?", "IQ4_XS", "Q6_K"]
    expected = ["IQ2_XXS", "IQ4_XS", "Q4_K_S", "Q4_K_M", "UD-Q4_K_XL", "Q6_K", "Q8_0", "F16", "F32", "?"]
    assert sorted(names, key=order) == expected


def test_parts_are_one_entry_and_projectors_are_apart() -> None:
    found = repository(
        "README.md",
        "m-Q8_0-00002-of-00002.gguf",
        "m-Q8_0-00001-of-00002.gguf",
        "m-Q4_K_M.gguf",
        "mmproj-F32.gguf",
        "mmproj-model-f16.gguf",
        "imatrix.gguf",
        "F16/m-F16-00001-of-00003.gguf",
        "F16/m-F16-00003-of-00003.gguf",
    )
    assert [(each.quantization, len(each.files), each.whole, each.size) for each in found.variants] == [
        ("Q4_K_M", 1, True, 10),
        ("Q8_0", 2, True, 20),
        ("F16", 2, False, 20),
    ]
    assert [file.path for file in found.variants[1].files] == [
        "m-Q8_0-00001-of-00002.gguf",
        "m-Q8_0-00002-of-00002.gguf",
    ]
    assert [each.path for each in found.projectors] == ["mmproj-model-f16.gguf", "mmproj-F32.gguf"]


def test_what_is_chosen() -> None:
    found = repository("m-Q8_0.gguf", "m-Q4_K_M.gguf", "m-UD-IQ1_S.gguf", "n-F16-00001-of-00002.gguf")
    assert chosen(found).quantization == "Q4_K_M"
    assert chosen(found, "q8_0").quantization == "Q8_0"
    assert chosen(found, "IQ1_S").quantization == "UD-IQ1_S"
    assert chosen(found, file="m-Q8_0.gguf").quantization == "Q8_0"
    assert chosen(repository("odd.gguf")).name == "odd.gguf"
    for wrong, said in (("Q5_K_M", "It has: UD-IQ1_S, Q4_K_M, Q8_0, F16."), ("F16", "Parts of n-F16.gguf")):
        with pytest.raises(InputError) as caught:
            chosen(found, wrong)
        assert said in str(caught.value)
    with pytest.raises(InputError, match="several models"):
        chosen(repository("4b-Q4_K_M.gguf", "8b-Q4_K_M.gguf"))
    with pytest.raises(InputError, match="no GGUF model"):
        chosen(repository("README.md"))


@pytest.mark.parametrize(
    "path", ["../x.gguf", "/etc/x", "a/../../x", "a\\b.gguf", "c:x", "con.gguf", "a./x", "x\n.gguf", "x ", "a?b"]
)
def test_no_name_leads_out_of_the_folder(path: str) -> None:

    with pytest.raises(InputError, match="name"):
        place(Path("models"), path)


@given(st.text())
def test_any_name_is_kept_within_or_refused(path: str) -> None:

    folder = Path("/models")
    try:
        target = place(folder, path)
    except InputError:
        return
    assert target == folder or folder in target.parents


@given(st.lists(st.text(max_size=30).map(lambda text: text + ".gguf")))
def test_any_names_are_grouped(paths: list[str]) -> None:
    variants, projectors = grouped(RemoteFile(path=path) for path in paths)
    assert sum(len(each.files) for each in variants) + len(projectors) <= len(paths)
