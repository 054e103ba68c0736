"""Networks that are guessed from a size, beside those of real families."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.core.amounts import parameters_text, rate_text, short_number
from app.core.params import Loading
from app.core.typical import named_parameters, typical_network
from app.core.verdict import Room, judged

GB = 10**9


@pytest.mark.parametrize(
    ("name", "parameters", "kept"),
    [  # bytes that the cache keeps of a token in 16 bits, from the headers of these models
        ("Qwen2.5-0.5B", 494_000_000, 24 * 2 * 128 * 2),
        ("Llama-3.2-1B", 1_236_000_000, 16 * 2 * 512 * 2),
        ("Qwen3-4B", 4_022_000_000, 36 * 2 * 1024 * 2),
        ("Llama-3.1-8B", 8_030_000_000, 32 * 2 * 1024 * 2),
        ("Qwen3-14B", 14_768_000_000, 40 * 2 * 1024 * 2),
        ("Qwen2.5-32B", 32_764_000_000, 64 * 2 * 1024 * 2),
        ("Llama-3.3-70B", 70_554_000_000, 80 * 2 * 1024 * 2),
    ],
)
def test_what_is_kept_of_a_token_is_of_the_right_order(name: str, parameters: int, kept: int) -> None:
    network = typical_network(round(parameters * 0.6), parameters, 8192, name)
    guessed = sum(layer.keys + layer.values for layer in network.layers) * 2
    assert 0.5 < guessed / kept < 2.1
    assert network.weights == pytest.approx(parameters * 0.6, rel=0.001)


def test_names_tell_sizes() -> None:
    assert named_parameters("Qwen/Qwen3-30B-A3B-GGUF") == 30 * GB
    assert named_parameters("SmolLM2-360M-Instruct") == 360_000_000
    assert named_parameters("phi-4-gguf") == 0
    whole = typical_network(18 * GB, 0, 0, "Qwen3-30B")
    experts = typical_network(18 * GB, 0, 0, "Qwen3-30B-A3B")
    assert whole.weights == pytest.approx(experts.weights, rel=0.001)
    assert experts.read_for_a_token < whole.read_for_a_token / 5


@given(some.integers(0, 10**13), some.integers(0, 10**13), some.integers(0, 10**8), some.text("AB.03-Mm", max_size=20))
def test_anything_is_judged(size: int, parameters: int, context: int, name: str) -> None:
    found = judged(typical_network(size, parameters, context, name), Loading(), Room(16 * GB, 16 * GB))
    assert found.needed >= size * 0.99


def test_amounts() -> None:
    assert [short_number(each) for each in (0, 847, 9_949, 12_345, 999_499, 999_900, 3_440_000, 2_000_000_000)] == [
        "0", "847", "9.9k", "12k", "999k", "1.0M", "3.4M", "2.0B",
    ]  # fmt: skip
    assert parameters_text(0) == ""
    assert parameters_text(8_030_000_000) == "8.0B parameters"
    assert rate_text(999) == "1 kB/s"
