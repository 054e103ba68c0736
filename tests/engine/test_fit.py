"""The estimate of memory against what llama.cpp allocates, on small networks of every kind."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.fit import estimate, sequences
from app.core.network import read_network
from app.core.params import Loading
from app.engine.llama.library import api
from app.engine.llama.log import Log
from tests.allocated import allocated
from tests.architectures import NETWORKS, write_network
from tests.other_architectures import write_hybrid_model, write_recurrent_model, write_windowed_model


@pytest.fixture
def _log_again(log: Log) -> Iterator[None]:
    yield
    api.llama_log_set(log._callback, None)


@pytest.mark.usefixtures("_log_again")
@pytest.mark.parametrize("name", NETWORKS)
def test_the_estimate_is_right(name: str, tmp_path: Path) -> None:
    small = NETWORKS[name]
    larger = replace(  # in proportions as real ones have them; only the header is written
        small,
        width=1024,
        heads=16,
        kv_heads=4 * small.kv_heads,
        head=2 * small.head,
        feed_forward=32 * small.feed_forward,
        vocabulary=12_000,
    )
    path = write_network(tmp_path / "network.gguf", larger, weights=False)
    network = read_network(path)
    for loading, context in (
        (Loading(), 4096),
        (Loading(kv_type="f32", micro_batch=128), 8192),
        (Loading(kv_type="f32", kv_type_values="bf16", slots=2), 512),
        (Loading(flash_attention="off"), 2000),
    ):
        guessed = estimate(network, loading, context, sequences(network, loading))
        real = allocated(path, loading, context)
        assert guessed.weights == real.weights
        assert guessed.cache == pytest.approx(real.cache, rel=0.01, abs=1 << 14)
        assert guessed.total == pytest.approx(real.total, rel=0.1), (loading, context)


@pytest.mark.usefixtures("_log_again")
@pytest.mark.parametrize("write", [write_windowed_model, write_recurrent_model, write_hybrid_model])
def test_what_every_kind_of_memory_takes(write: Callable[[Path], Path], tmp_path: Path) -> None:
    path = write(tmp_path / "other.gguf")
    network = read_network(path)
    for loading, context in ((Loading(), 2048), (Loading(slots=2, kv_type="f32"), 512)):
        guessed = estimate(network, loading, context, sequences(network, loading))
        real = allocated(path, loading, context)
        assert guessed.weights == real.weights
        assert guessed.cache == pytest.approx(real.cache, rel=0.01, abs=1 << 14)
