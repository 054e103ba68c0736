"""States on disk: what comes back is what was there; which are found, how much room they take, who may forget them."""

import shutil
import stat
import sys
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from app.engine.decoding.base import Sequence
from app.engine.llama import state
from app.engine.saved import SavedFolder
from app.engine.state import LEAST, TAIL
from tests.engine.reading import ARCHITECTURES, GIB, KEPT, PROMPT, Reader
from tests.other_architectures import WINDOW

# ── the same answer ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("flash_attention", ["on", "off"])
def test_an_answer_goes_on_as_if_the_model_had_never_been_unloaded(
    reader: Callable[..., Reader], name: str, flash_attention: str
) -> None:
    before = reader(name, flash_attention=flash_attention)
    kept = before.read(PROMPT[:KEPT])
    before.save(kept)
    expected = before.answer(kept)
    after = reader(name, flash_attention=flash_attention)
    cold = after.answer(after.read(PROMPT[:KEPT]))
    again = reader(name, flash_attention=flash_attention)
    restored = again.restored()
    assert restored is not None
    assert restored.tokens == PROMPT[:KEPT]
    assert again.answer(restored) == expected == cold


@pytest.mark.parametrize("kv_type", ["f32", "bf16", "q8_0", "q4_0"])
def test_every_type_of_cache_comes_back(reader: Callable[..., Reader], kv_type: str) -> None:
    before = reader("wide", kv_type=kv_type)
    kept = before.read(PROMPT[:KEPT])
    before.save(kept)
    after = reader("wide", kv_type=kv_type)
    restored = after.restored()
    assert restored is not None
    assert after.answer(restored) == before.answer(kept)


def test_a_state_comes_back_among_other_sequences(reader: Callable[..., Reader]) -> None:
    before = reader()
    kept = before.read(PROMPT[:KEPT])
    before.save(kept)
    after = reader()
    others = [after.read(PROMPT[5:60]), after.read(PROMPT[9:200])]
    after.context.clear(others[0])  # a hole, so that the state does not lie in one piece
    restored = after.restored()
    assert restored is not None
    assert after.answer(restored) == before.answer(kept)


# ── what is found ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_longer_state_serves_where_the_model_can_forget_its_end(reader: Callable[..., Reader], name: str) -> None:
    each = reader(name)
    each.save(each.read([*PROMPT[:KEPT], 7, 7, 7, 7]))
    count, load = each.states.best(PROMPT)
    assert count == (KEPT if name == "attention" else 0)
    sequence = each.empty()
    assert load(sequence) is (name == "attention")
    if sequence.tokens:
        each.context.cut(sequence, count)
        assert each.answer(sequence) == each.answer(each.read(PROMPT[:KEPT]))


def test_a_short_state_of_a_sliding_window_could_be_cut(reader: Callable[..., Reader]) -> None:
    assert WINDOW < LEAST  # so that all states worth saving are longer than the test models' window
    each = reader("sliding window")
    assert each.states._usable(WINDOW, WINDOW - 10) == WINDOW - 10
    assert each.states._usable(WINDOW + 1, WINDOW) == 0


def test_the_longest_beginning_wins_and_of_equals_the_smaller(reader: Callable[..., Reader]) -> None:
    each = reader("recurrent")
    for count in (260, 300, 280):
        each.save(each.read(PROMPT[:count], each.empty(count)))
    assert each.states.best(PROMPT)[0] == 300
    assert each.states.best(PROMPT[:300])[0] == 280  # the last token is always read
    cutting = reader()
    for count in (380, 300, 350):
        cutting.save(cutting.read(PROMPT[:count], cutting.empty(count)))
    assert cutting.states.best(PROMPT[:290])[0] == 289
    loaded = cutting.empty()
    assert cutting.states.best(PROMPT[:290])[1](loaded)
    assert len(loaded.tokens) == 300


def test_nothing_is_found_for_other_prompts_models_and_settings(reader: Callable[..., Reader]) -> None:
    before = reader()
    before.save(before.read(PROMPT[:KEPT]))
    assert before.states.best(PROMPT[1:])[0] == 0
    assert before.states.best(PROMPT[:LEAST])[0] == 0
    assert reader("hybrid").states.best(PROMPT)[0] == 0
    assert reader(kv_type="f32").states.best(PROMPT)[0] == 0
    assert reader(rope_freq_scale=0.5).states.best(PROMPT)[0] == 0
    assert reader(context_length=256).states.best(PROMPT)[0] == 0
    assert reader(context_length=1024, batch_size=64).states.best(PROMPT)[0] == KEPT
    assert len(before.found()) == 1


def test_what_would_be_read_again_in_a_moment_is_not_saved(reader: Callable[..., Reader]) -> None:
    each = reader()
    assert each.states.keep(each.read(PROMPT[: LEAST - 1])) == 0
    assert each.states.keep(each.read(PROMPT[:KEPT], each.empty(conversation=0))) == 0
    worth = each.read(PROMPT[:KEPT])
    each.states.token_seconds = lambda: 1e-9  # a graphics card reads it faster than a disk
    assert each.states.keep(worth) == 0
    each.states.token_seconds = lambda: 1e-3
    assert each.states.wanted(worth)
    each.states.limit = 0
    assert each.states.keep(worth) == 0
    assert not reader(worth=5e9).states.wanted(Sequence(0, PROMPT, 1))
    assert each.found() == []


# ── room ──────────────────────────────────────────────────────────────────────────────────────────────


def test_without_room_in_the_cache_the_file_stays(reader: Callable[..., Reader]) -> None:
    before = reader()
    before.save(before.read(PROMPT[:KEPT]))
    full = reader(context_length=512)
    other = full.read([*PROMPT, *PROMPT[:60]])
    _, load = full.states.best(PROMPT)
    sequence = full.empty()
    assert load(sequence) is None
    assert sequence.tokens == []
    full.context.clear(other)
    assert load(sequence) is True
    assert full.answer(sequence) == before.answer(before.read(PROMPT[:KEPT]))


def test_the_least_recently_used_goes_first(reader: Callable[..., Reader]) -> None:
    each = reader("recurrent")
    size = each.save(each.read(PROMPT[:260], each.empty(1))).bytes
    each.states.limit = 3 * size + size // 2
    for conversation, count in ((2, 270), (3, 280)):
        each.save(each.read(PROMPT[:count], each.empty(conversation)))
    assert each.states.best(PROMPT[:262])[1](each.empty())  # conversation 1 is used again
    each.save(each.read(PROMPT[:290], each.empty(4)))
    assert sorted(found.state.conversation for found in each.found()) == [1, 3, 4]


def test_a_state_larger_than_the_limit_or_the_disk_is_not_saved(reader: Callable[..., Reader], tmp_path: Path) -> None:
    each = reader()
    sequence = each.read(PROMPT[:KEPT])
    each.states.limit = 1000
    assert each.states.keep(sequence) == 0
    each.states.limit = GIB
    each.states._reserve = shutil.disk_usage(tmp_path).free + GIB
    assert each.states.keep(sequence) == 0
    assert each.found() == []


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes there")
@pytest.mark.parametrize("missing", [100_000, 100, TAIL.size - 1, 0])
def test_a_disk_that_gets_full_saves_nothing_or_all(reader: Callable[..., Reader], missing: int) -> None:
    import resource

    each = reader()
    sequence = each.read(PROMPT[:KEPT])
    size = each.save(sequence).bytes
    each.states.forget(None)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size - missing, before[1]))
    try:
        each.states.keep(sequence)
        each.states.flush(30)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [found.bytes for found in each.found()] == ([] if missing else [size])
    assert (each.restored() is None) is bool(missing)


def test_nobody_else_may_read_them(reader: Callable[..., Reader]) -> None:
    each = reader()
    found = each.save(each.read(PROMPT[:KEPT]))
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(found.path.parent.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_to_saves_nothing(reader: Callable[..., Reader], tmp_path: Path) -> None:
    each = reader()
    (tmp_path / "file").write_text("in the way")
    states = each.made(tmp_path / "file")
    assert states.keep(each.read(PROMPT[:KEPT])) == 0
    assert states.best(PROMPT)[0] == 0


def test_a_growing_conversation_keeps_one_file_and_its_branches_their_own(reader: Callable[..., Reader]) -> None:
    each = reader()
    each.save(each.read(PROMPT[:300]))
    grown = each.save(each.read([*PROMPT[:300], *[9] * LEAST]))
    assert [found.path for found in each.found()] == [grown.path]
    each.save(each.read([*PROMPT[:300], *[8] * LEAST]))
    other = each.save(each.read(PROMPT[:300], each.empty(2)))
    assert len(each.found()) == 3
    assert other.state.conversation == 2
    recurrent = reader("recurrent")
    for count in (300, 350):  # cannot be cut: the shorter one serves where the longer one does not
        recurrent.save(recurrent.read(PROMPT[:count]))
    assert len(recurrent.found()) == 5


def test_saving_the_same_again_writes_nothing(reader: Callable[..., Reader]) -> None:
    each = reader()
    sequence = each.read(PROMPT[:KEPT])
    found = each.save(sequence)
    number = found.path.stat().st_ino
    assert each.states.keep(sequence) == KEPT
    assert each.states.flush(30)
    assert found.path.stat().st_ino == number


# ── forgetting ────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_forgotten_is_gone_even_while_it_is_written(reader: Callable[..., Reader]) -> None:
    each = reader("recurrent")
    for conversation in (1, 2, 3):
        each.states.keep(each.read(PROMPT[: KEPT + conversation], each.empty(conversation)))
    each.states.forget(2)
    each.states.flush(30)
    assert sorted(found.state.conversation for found in each.found()) == [1, 3]
    each.states.forget(None)
    assert each.found() == []


def test_the_parent_trims_and_forgets_without_a_model(tmp_path: Path) -> None:
    folder = SavedFolder(tmp_path / "none")
    assert folder.bytes() == 0
    folder.forget(1)
    folder.trim(0)
    for conversation in (1, 2, 12):
        name = f"{'a' * 8}-{'b' * 16}-{conversation}-{'c' * 16}-300-{'d' * 16}.state"
        (tmp_path / name).write_bytes(bytes(100))
    folder = SavedFolder(tmp_path)
    assert folder.bytes() == 300
    folder.forget(1)
    assert sorted(found.state.conversation for found in folder.files()) == [2, 12]
    folder.keep_only({2, 5})
    assert [found.state.conversation for found in folder.files()] == [2]
    folder.trim(99)
    assert folder.bytes() == 0


def test_tokens_are_read_from_the_head_alone(reader: Callable[..., Reader], tmp_path: Path) -> None:
    each = reader()
    found = each.save(each.read(PROMPT[:KEPT]))
    assert state.tokens_in(found.path) == PROMPT[:KEPT]
    assert state.digest_of(array("i", PROMPT[:KEPT])) == found.state.tokens
    for bad in (b"", b"x" * 11, found.path.read_bytes()[:600], b"GGUF" + bytes(100)):
        path = tmp_path / "bad"
        path.write_bytes(bad)
        with pytest.raises(ValueError):
            state.tokens_in(path)
