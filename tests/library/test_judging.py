"""Whether models run: with their own settings, and with the room that the one in use would give back."""

from pathlib import Path

from app.core.params import Loading
from app.core.verdict import Room
from app.library.judging import Held, judgement_of, longest_of, with_held
from app.library.on_disk import Entry
from tests.library.files import entries, write_header_only, write_projector
from tests.model_file import Shape

SHAPE = Shape(layers=8, width=512, heads=8, kv_heads=8, feed_forward=1024, context=8192)
LOADING = Loading(context_length=8192)


def _entry(tmp_path: Path) -> Entry:
    write_header_only(tmp_path / "model.gguf", SHAPE, 1000)
    return entries(tmp_path)[0]


def test_a_loaded_model_gives_its_cache_back_and_weights_only_where_they_are_not_mapped(tmp_path: Path) -> None:
    entry = _entry(tmp_path)
    there = Room(4 << 30, 64 << 30)
    judgement = judgement_of(entry, there, LOADING)
    assert judgement is not None
    main = judgement.plan.main
    mapped = with_held(there, [Held(entry, LOADING, 8192)])
    assert mapped.free == (4 << 30) + main.total - main.weights
    copied = Loading(context_length=8192, memory_map=False)
    assert with_held(there, [Held(entry, copied, 8192)]).free == (4 << 30) + main.total
    assert with_held(there, []) == there


def test_what_is_on_a_card_comes_back_to_that_card_and_never_more_than_there_is(tmp_path: Path) -> None:
    entry = _entry(tmp_path)
    there = Room(4 << 30, 4 << 30, (8 << 30,))
    given = with_held(there, [Held(entry, LOADING, 8192)])
    assert given.cards[0] > 8 << 30
    assert given.free == 4 << 30
    assert with_held(Room(), [Held(entry, LOADING, 8192)]).free is None


def test_what_is_not_loaded_is_not_judged(tmp_path: Path) -> None:
    write_projector(tmp_path / "mmproj.gguf", "eyes")
    (entry,) = entries(tmp_path)
    assert judgement_of(entry, Room(1 << 30, 1 << 30)) is None
    assert longest_of(entry, Room(1 << 30, 1 << 30)) == 0


def test_settings_for_a_card_that_is_gone_count_as_the_usual_ones(tmp_path: Path) -> None:
    entry = _entry(tmp_path)
    there = Room(4 << 30, 8 << 30, (1 << 30,))
    gone = Loading(split_mode="none", main_gpu=3)
    assert judgement_of(entry, there, gone) == judgement_of(entry, there)
    assert longest_of(entry, there, gone) == longest_of(entry, there)
