"""The models that benchmarks measure with: files of a real model's make load, tokenize and answer."""

from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest

from app.core.params import Sampling
from app.core.protocol import Counted, Done, Turn
from tests.benchmarks.made_words import SIZE, made_words
from tests.benchmarks.shape_model import SHAPES, TYPES, random_like, random_rows, said_words, write_shape_model

KINDS = [gguf.GGMLQuantizationType[name] for name in ("Q4_K", "Q6_K", "Q8_0", "F16")]
TEXT = "The quick brown fox jumps over the lazy dog, and then it sleeps until the evening of the 31st of October."


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    folder = tmp_path_factory.mktemp("shapes")
    return lambda name, *about, **more: write_shape_model(folder / name, SHAPES["tiny"], *about, **more)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_hold_weights_of_the_deviation_asked_for(kind: gguf.GGMLQuantizationType) -> None:
    rows = random_rows(np.random.default_rng(1), kind, (256, 512), 0.02)
    data = rows if kind != gguf.GGMLQuantizationType.F16 else rows.view(np.float16)
    weights = gguf.dequantize(data, kind)
    assert weights.shape == (256, 512)
    assert np.isfinite(weights).all()
    assert abs(weights.mean()) < 0.001
    assert 0.018 < weights.std() < 0.022


@pytest.mark.parametrize("kind", KINDS[1:])
def test_given_rows_survive_their_type(kind: gguf.GGMLQuantizationType) -> None:
    rows = np.random.default_rng(2).standard_normal((3, 512), dtype=np.float32)
    data = random_like(rows, kind)
    again = gguf.dequantize(data if kind != gguf.GGMLQuantizationType.F16 else data.view(np.float16), kind)
    assert np.abs(again - rows).max() < 0.1


def test_vocabulary_has_the_size_of_a_real_one() -> None:
    words = made_words()
    assert len(words.tokens) == len(set(words.tokens)) == SIZE
    assert len(set(said_words(500))) == 500


@pytest.mark.parametrize("type_name", TYPES)
def test_it_loads_and_babbles(type_name: str, write: Callable[..., Path], watched) -> None:
    model = watched.load(write(f"{type_name}.gguf", type_name)).model
    assert model.quantization == type_name
    assert model.vocabulary == SIZE
    asked = watched.host.generate([Turn("user", "hello")], Sampling(seed=1, max_tokens=40, top_k=0, lookup=False))
    text = watched.text_of(asked)
    done = watched.seen[-1]
    assert isinstance(done, Done)
    assert (done.finish_reason, done.timing.completion_tokens) == ("length", 40)  # no end token by chance
    assert len(set(text.split())) > 3  # the logits differ, and are numbers


def test_it_says_its_words_whatever_it_is_asked(write: Callable[..., Path], watched) -> None:
    says = said_words(30)
    watched.load(write("says.gguf", says=says))
    for question in ("hello", "And what else? " + " ".join(reversed(says))):
        asked = watched.host.generate([Turn("user", question)], Sampling(temperature=0))
        assert watched.text_of(asked).split() == says


def test_ordinary_text_is_tokenized_as_sparingly_as_one_would_expect(write: Callable[..., Path], watched) -> None:
    watched.load(write("counts.gguf"))

    def count(text: str) -> int:
        watched.host.count([Turn("user", text)])
        counted = watched.until(Counted)
        assert isinstance(counted, Counted)
        return counted.conversation_tokens

    bare = count("")
    assert count(TEXT) - bare < len(TEXT) / 2.5
    assert count("".join(f" {word}" for word in said_words(50))) - bare == 50
