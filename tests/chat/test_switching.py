"""The models to choose from: their order, how they stand, and which a few letters find."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.chat.changes import ModelState
from app.chat.models import Models
from app.chat.switching import Choice, choices, first_choice, found
from app.core.verdict import Judgement
from app.library.description import Description
from app.library.on_disk import Entry, Listing

NONE = ModelState("none")
GUIDE = Path("/models/guide.gguf")


def entry(name: str, *, kind: str = "chat", quantization: str = "Q4_K_M", repository: str = "") -> Entry:
    path = Path("/models") / f"{name.replace(' ', '-')}.gguf"
    said = Description(
        kind=cast(Any, kind), name=name, architecture="llama", parameters=1_200_000_000, quantization=quantization,
        context_length=4096, layers=2, embedding_length=8, experts=0, experts_used=0, vocabulary=9, has_template=True,
        licence="", size_label="1B", file_bytes=1, digest=name, network=cast(Any, None),
    )  # fmt: skip
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Entry(
        path=path, origin="added", parts=(path,), file_bytes=800_000_000, modified=when, said=said, own_name=name,
        repository=repository,
    )  # fmt: skip


def known(*entries: Entry, looked: bool = True) -> Models:
    """What `choices` asks of the models of a window."""

    def judgement(_entry: Entry) -> Judgement | None:
        return None

    return cast(Models, SimpleNamespace(listing=Listing(entries), looked=looked, judgement=judgement))


def names(some: list[Choice]) -> list[str]:
    return [each.name for each in some]


BIG, SMALL, OTHER = entry("Big one"), entry("Small one"), entry("Another", repository="someone/else")


def test_those_used_lately_come_first_then_all_by_name() -> None:
    models = known(BIG, SMALL, OTHER, entry("Finder", kind="embedding"), entry("guide"))
    some = choices(models, NONE, [], [SMALL.path, Path("/models/gone.gguf")], GUIDE)
    assert names(some) == ["Small one", "guide", "Another", "Big one"]
    assert [each.recent for each in some] == [True, True, False, False]
    assert some[2].about == "1.2B  ·  Q4_K_M  ·  0.8 GB  ·  someone/else"


def test_how_they_stand() -> None:
    models = known(BIG, SMALL, OTHER)
    loading = choices(models, ModelState("loading", BIG.path, 0.4), [SMALL.path], [], GUIDE)
    assert [(each.name, each.standing) for each in loading] == [
        ("Big one", "loading"), ("Another", ""), ("Small one", "loaded"),
    ]  # fmt: skip
    assert loading[0].fraction == 0.4
    ready = choices(models, ModelState("ready", SMALL.path), [], [BIG.path], GUIDE)
    assert [each.standing for each in ready] == ["in use", "", ""]


def test_before_the_disk_was_looked_at_there_are_those_used_lately(tmp_path: Path) -> None:
    there = tmp_path / "there.gguf"
    there.touch()
    some = choices(known(looked=False), NONE, [], [there, tmp_path / "gone.gguf"], GUIDE)
    assert names(some) == ["there"]
    assert names(found(some, "ther")) == ["there"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["Big one", "Another", "Small one"]),
        ("small", ["Small one"]),
        ("sml", ["Small one"]),
        ("q4 big", ["Big one"]),
        ("someone", ["Another"]),
        ("LLAMA big", ["Big one"]),
        ("xyz", []),
    ],
)
def test_a_few_letters_find_them(text: str, expected: list[str]) -> None:
    some = choices(known(BIG, SMALL, OTHER), ModelState("ready", BIG.path), [], [], GUIDE)
    assert sorted(names(found(some, text))) == sorted(expected)


def test_the_one_before_is_chosen_until_something_is_typed() -> None:
    some = choices(known(BIG, SMALL, OTHER), ModelState("ready", BIG.path), [], [BIG.path, SMALL.path], GUIDE)
    assert some[first_choice(some, "")].name == "Small one"
    assert first_choice(found(some, "one"), "one") == 0
    assert first_choice([], "") == 0
