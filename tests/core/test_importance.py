"""Importance matrices: both kinds of files say the same, and what is none is told with a sentence."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import ModelFileError
from app.core.gguf import Tensor
from app.core.importance import read_importance
from tests.importance_file import write_dat, write_gguf_matrix
from tests.library.files import write_model

NAMES = {"blk.0.attn_q.weight": 8, "blk.0.ffn_down.weight": 16}


def test_both_kinds_say_the_same(tmp_path: Path) -> None:
    found = [
        {name: list(values) for name, values in read_importance(path).weights()}
        for path in (write_dat(tmp_path / "old.dat", NAMES), write_gguf_matrix(tmp_path / "new.gguf", NAMES))
    ]
    assert found[0] == found[1]
    assert found[0]["blk.0.attn_q.weight"] == [(1 + place % 7) / 4 for place in range(8)]


def test_each_expert_has_its_own_count_and_one_that_never_had_its_turn_says_nothing(tmp_path: Path) -> None:
    file = write_gguf_matrix(tmp_path / "m.gguf", {"blk.0.ffn_up_exps.weight": 2}, counts=(2.0, 0.0))
    assert [list(values) for _, values in read_importance(file).weights()] == [[0.5, 1.0, 1.0, 1.0]]


def test_whether_it_was_measured_with_this_model(tmp_path: Path) -> None:
    matrix = read_importance(write_dat(tmp_path / "m.dat", NAMES | {"token_embd.weight": 3}))
    right = [Tensor("blk.0.attn_q.weight", (8, 8), 0, 0), Tensor("token_embd.weight", (8, 5), 0, 0)]
    assert matrix.fits(right)
    assert not matrix.fits([Tensor("blk.0.attn_q.weight", (9, 8), 0, 0)])
    assert not matrix.fits([Tensor("blk.7.attn_q.weight", (8, 8), 0, 0)])
    experts = read_importance(write_gguf_matrix(tmp_path / "m.gguf", {"a": 2}, counts=(1.0, 1.0, 1.0)))
    assert experts.fits([Tensor("a", (2, 5, 3), 0, 0)])
    assert not experts.fits([Tensor("a", (2, 5, 4), 0, 0)])


def test_what_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("no matrix at all")
    for path in (tmp_path / "gone", tmp_path / "empty", tmp_path / "text", tmp_path, write_model(tmp_path / "m.gguf")):
        with pytest.raises(ModelFileError) as caught:
            read_importance(path)
        assert path.name in caught.value.message
        assert caught.value.hint


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("importance")
    return {"dat": write_dat(folder / "m.dat", NAMES), "gguf": write_gguf_matrix(folder / "m.gguf", NAMES)}


@given(st.binary(max_size=60), st.integers(0, 120), st.sampled_from(("dat", "gguf")))
def test_damage_never_gets_further_than_a_sentence(whole: dict[str, Path], noise: bytes, place: int, kind: str) -> None:
    data = bytearray(whole[kind].read_bytes())
    data[place : place + len(noise)] = noise
    damaged = whole[kind].with_name("damaged")
    damaged.write_bytes(data)
    with suppress(ModelFileError):
        found = read_importance(damaged)
        assert [(entry.name, entry.length) for entry in found.entries] == [
            (name, len(values)) for name, values in found.weights()
        ]
