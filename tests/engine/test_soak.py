"""A short shower of requests of every kind: all end, and no sequence is lost."""

from pathlib import Path

import pytest

from tests.benchmarks.engine_soak import Soak

COUNT = 60  # tests/benchmarks/engine_soak sends 2,000


@pytest.mark.parametrize("seed", [0, 1])
def test_every_request_ends_and_gives_back_what_it_took(seed: int, babbler: Path, tmp_path: Path) -> None:
    soak = Soak(babbler, tmp_path, seed)
    try:
        soak.run(COUNT)
        assert sum(soak.ends.values()) >= COUNT - COUNT // 10  # what is forgotten before anything was read is not told
        assert not [end for end in soak.ends if end.startswith("failed")]
        assert soak.lost() == 0
    finally:
        soak.close()
