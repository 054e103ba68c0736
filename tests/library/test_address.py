"""What is typed or pasted, as the address of a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InputError
from app.library.address import Address, read_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("owner/name", Address(repository="owner/name")),
        ("  owner/name ", Address(repository="owner/name")),
        ("owner/name:q4_k_m", Address(repository="owner/name", quantization="Q4_K_M")),
        ("owner/name:latest", Address(repository="owner/name")),
        ("owner/name@v2:Q8_0", Address(repository="owner/name", revision="v2", quantization="Q8_0")),
        ("owner/name/sub/file.gguf", Address(repository="owner/name", file="sub/file.gguf")),
        ("https://huggingface.co/owner/name", Address(repository="owner/name")),
        ("https://huggingface.co/owner/name/", Address(repository="owner/name")),
        ("huggingface.co/owner/name?library=x#files", Address(repository="owner/name")),
        ("hf.co/owner/name:Q4_K_M", Address(repository="owner/name", quantization="Q4_K_M")),
        ("hf://owner/name", Address(repository="owner/name")),
        ("https://hf-mirror.com/owner/name", Address(repository="owner/name")),
        ("http://127.0.0.1:8000/owner/name", Address(repository="owner/name")),
        (
            "https://huggingface.co/owner/name/blob/main/file.gguf",
            Address(repository="owner/name", revision="main", file="file.gguf"),
        ),
        (
            "https://huggingface.co/owner/name/resolve/main/a%20b/file.gguf?download=true",
            Address(repository="owner/name", revision="main", file="a b/file.gguf"),
        ),
        (
            "https://huggingface.co/owner/name/tree/main/UD-Q4_K_XL",
            Address(repository="owner/name", revision="main", quantization="UD-Q4_K_XL"),
        ),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert read_address(text, "http://127.0.0.1:8000") == address


@pytest.mark.parametrize(
    "text",
    ["", "qwen", "qwen 3", "small/medium large", "https://example.com/owner/name", "ftp://huggingface.co/a/b", "a/b/c",
     "owner/na me", "/name", "owner/", "https://huggingface.co/owner", "../etc/passwd", "a/b:Q4 K"],
)  # fmt: skip
def test_words(text: str) -> None:
    assert read_address(text) is None


@pytest.mark.parametrize("text", ["https://huggingface.co/datasets/a/b", "huggingface.co/spaces/a/b"])
def test_what_is_no_model(text: str) -> None:
    with pytest.raises(InputError, match="no model"):
        read_address(text)


@given(st.text(), st.sampled_from(["", "https://huggingface.co/", "hf.co/a/b", "a/b:", "a/b@", "https://"]))
def test_anything(text: str, before: str) -> None:
    try:
        found = read_address(before + text)
    except InputError:
        return
    assert found is None or found.repository.count("/") == 1
