"""What is typed into the search box: words, exact words, filters; wrong filters are told with the right form."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import language
from app.core.errors import InputError
from app.core.paths import bundled
from app.core.query import FILTERS, Query, hint, offers, parse, told

TODAY = date(2026, 6, 15)
KNOWN = {"tag": ["work", "two words", "homework"], "folder": ["Garden"], "model": ["Qwen3 4B", "Guide"]}


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("  \t　", Query()),
        ("two words", Query(words=("two", "words"))),
        ("twice twice", Query(words=("twice",))),
        ('"exact words" more', Query(words=("exact words", "more"))),
        ("“exact words” more", Query(words=("exact words", "more"))),
        ("„exakte Wörter“", Query(words=("exakte Wörter",))),
        ('"not closed yet', Query(words=("not closed yet",))),
        ('"', Query(words=('"',))),
        ('""', Query()),
        ('5" pipe', Query(words=('5"', "pipe"))),
        ("tag:work", Query(tags=("work",))),
        ("tag:a TAG:b", Query(tags=("a", "b"))),
        ('tag:"two words" x', Query(words=("x",), tags=("two words",))),
        ("tag：工作", Query(tags=("工作",))),  # as Chinese keyboards write the colon
        ("folder:Garden model:qwen", Query(folders=("Garden",), models=("qwen",))),
        ("role:User", Query(roles=("user",))),
        ("before:2026-11", Query(before=date(2026, 11, 1))),
        ("before:2026", Query(before=date(2026, 1, 1))),
        ("after:2026-2-3", Query(after=date(2026, 2, 3))),
        ("after:2026/02/03", Query(after=date(2026, 2, 3))),
        ("after:today", Query(after=TODAY)),
        ("before:Yesterday", Query(before=date(2026, 6, 14))),
        ("before:2026-11 before:2026-10", Query(before=date(2026, 10, 1))),
        ("after:2026-01 after:2026-02", Query(after=date(2026, 2, 1))),
        ("tag: word", Query(words=("word",))),  # not written yet
        ("before:", Query()),
        ("https://example.org colour:red", Query(words=("https://example.org", "colour:red"))),
        ("x tag:y", Query(words=("x",), tags=("y",))),
        ("xtag:y", Query(words=("xtag:y",))),
        ("a\0b", Query(words=("a", "b"))),
    ],
)
def test_what_a_text_asks_for(text: str, query: Query) -> None:
    assert parse(text, TODAY) == query
    assert bool(parse(text, TODAY)) == (query != Query())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("role:robot", "role:assistant"),
        ("before:tuesday", "before:2026-11-30"),
        ("after:2026-13", "after:2026-11"),
        ("after:2026-02-30", "after:today"),
        ("before:0000", "before:"),
    ],
)
def test_a_wrong_filter_is_told_with_the_right_form(text: str, shown: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(f"word {text}", TODAY)
    assert text.partition(":")[2] in caught.value.message
    assert shown in caught.value.hint


def test_days_can_be_named_in_the_language_in_use() -> None:
    language.use("zh_CN", bundled("resources/translations"))
    try:
        assert parse("after:昨天", TODAY) == parse("after:yesterday", TODAY) == Query(after=date(2026, 6, 14))
        assert parse("before:今天", TODAY) == Query(before=TODAY)
    finally:
        language.use("en", bundled("resources/translations"))


words = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"“”„:：'), min_size=1, max_size=8)
exact = st.lists(words, min_size=1, max_size=3).map(" ".join)
days = st.dates(date(1000, 1, 1))


@st.composite
def queries(draw: st.DrawFn) -> Query:
    return Query(
        words=tuple(draw(st.lists(exact, max_size=3, unique=True))),
        tags=tuple(draw(st.lists(exact, max_size=2))),
        folders=tuple(draw(st.lists(exact, max_size=2))),
        models=tuple(draw(st.lists(exact, max_size=2))),
        roles=tuple(draw(st.lists(st.sampled_from(["user", "assistant", "system"]), max_size=2))),
        before=draw(st.none() | days),
        after=draw(st.none() | days),
    )


@given(queries(), st.randoms(use_true_random=False))
def test_what_is_written_is_read_whatever_the_order_of_its_parts(query: Query, random: object) -> None:
    parts = [f'"{word}"' for word in query.words]
    kinds = (("tag", query.tags), ("folder", query.folders), ("model", query.models), ("role", query.roles))
    filters = [[f'{name}:"{value}"' for value in values] for name, values in kinds]
    filters += [
        [f"{name}:{day.isoformat()}"] for name, day in (("before", query.before), ("after", query.after)) if day
    ]
    groups = [parts, *filters]
    random.shuffle(groups)  # type: ignore[attr-defined]  # a Random
    assert parse(" ".join(part for group in groups for part in group), TODAY) == query


anything = st.text(st.characters(exclude_categories=()), max_size=30)
typed = st.lists(st.one_of(anything, st.sampled_from([f"{name}:" for name in FILTERS])), max_size=5).map("".join)


@given(typed)
def test_any_text_is_read_or_told(text: str) -> None:
    with suppress(InputError):
        query = parse(text, TODAY)
        for value in (*query.words, *query.tags, *query.folders, *query.models):
            assert value
            assert value == value.strip()
            value.encode()


@given(typed)
def test_every_offer_goes_on_from_what_is_typed(text: str) -> None:
    for offer in offers(text, KNOWN):
        assert offer.shown
        assert offer.text != text
        assert offer.text.endswith((":", " "))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", []),
        ("t", []),  # a word begins like this as well
        ("ta", ["tag:"]),
        ("bread BE", ["before:"]),
        ("tag:", ["work", "two words", "homework"]),
        ("tag:wo", ["work", "two words", "homework"]),
        ("tag:work", ["work", "homework"]),
        ("tag:home", ["homework"]),
        ("tag:homework", []),
        ("tag:work ", []),
        ('tag:"two words"', []),
        ("role:", ["system", "user", "assistant"]),
        ("x after:to", ["today"]),
        ("model:4b", ["Qwen3 4B"]),
        ("garden", []),
    ],
)
def test_what_is_offered(text: str, shown: list[str]) -> None:
    assert [offer.shown for offer in offers(text, KNOWN)] == shown


def test_an_offer_is_a_query() -> None:
    (offer,) = offers("bread tag:two", KNOWN)
    assert offer.text == 'bread tag:"two words" '
    assert parse(offer.text, TODAY) == Query(words=("bread",), tags=("two words",))


def test_every_filter_is_told() -> None:
    assert all(told(name) and f"{name}:" in hint() for name in FILTERS)
