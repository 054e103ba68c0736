"""The search over a conversation: order, slices, changes while it runs, branches."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter

import pytest

from app.chat.finding import MOST, Finding, Match, Spot
from app.core.errors import InputError
from app.core.find import Literally, Passage, Query
from app.core.tree import Message

ALL = float("inf")  # until everything is searched


def message(number: int, text: str, **more: object) -> Message:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    return Message(
        id=number, conversation=1, parent=number - 1 or None, role="user", text=text, created=created, **more
    )  # type: ignore[arg-type]  # keywords of a Message


def passages(message: Message) -> Generator[None, None, Sequence[Passage]]:
    yield
    thinking = [Passage((-1, 0), message.thinking)] if message.thinking else []
    return thinking + [Passage((0, n), line) for n, line in enumerate(message.text.split("\n"))]


def searching(*texts: str, query: str = "a", start: tuple[int, Spot] = (1, Spot((0, 0))), seen: str = "") -> Finding:
    """What was found in messages 1, 2 …; `seen` has a letter for each, x for those out of view."""
    finding = Finding(passages)
    messages = [message(number, text) for number, text in enumerate(texts, 1)]
    ids = frozenset(each.id for each, state in zip(messages, seen or "." * len(texts), strict=True) if state != "x")
    finding.show(messages, ids)
    finding.begin(Literally(Query(query)), start)
    return finding


def place(match: Match | None) -> tuple[int, int, int] | None:
    return (match.message, match.place[1], match.start) if match else None


def test_matches_are_counted_and_walked_through_in_order() -> None:
    finding = searching("a b\na", "b", "a")
    assert not finding.work(ALL)
    assert (finding.count, finding.number, place(finding.current)) == (3, 1, (1, 0, 0))
    assert [place(finding.step(1)) for _ in range(3)] == [(1, 1, 0), (3, 0, 0), (1, 0, 0)]
    assert place(finding.step(-1)) == (3, 0, 0)
    assert finding.number == 3


def test_the_first_match_is_the_one_below_where_the_reader_is() -> None:
    finding = searching("a", "a\na\na", "a", start=(2, Spot((0, 1))))
    finding.work(ALL)
    assert place(finding.current) == (2, 1, 0)
    finding = searching("a", "b", "b", start=(2, Spot((0, 0))))
    finding.work(ALL)
    assert place(finding.current) == (1, 0, 0)


def test_it_is_done_in_slices_and_begins_where_the_reader_is() -> None:
    finding = searching(*["a"] * 50, start=(30, Spot((0, 0))))
    while finding.current is None:
        assert finding.work(perf_counter())
    assert place(finding.current) == (30, 0, 0)
    assert finding.count == 1
    assert not finding.finished
    turns = 0
    while finding.work(perf_counter()):
        turns += 1
    assert turns > 20
    assert (finding.count, finding.number, finding.finished) == (50, 30, True)


def test_each_text_is_read_once_and_only_where_it_may_hold_something() -> None:
    read: list[int] = []

    def noted(message: Message) -> Generator[None, None, Sequence[Passage]]:
        read.append(message.id)
        return passages(message)

    finding = Finding(noted)
    finding.show([message(1, "word"), message(2, "none"), message(3, "w**or**d")], frozenset({1, 2, 3}))
    for query in ("w", "wo", "word"):
        finding.begin(Literally(Query(query)), (1, Spot((0, 0))))
        finding.work(ALL)
    assert read == [1, 3]


def test_matches_grow_with_an_answer_and_the_current_one_stays() -> None:
    finding = searching("a", "b a")
    finding.work(ALL)
    finding.step(1)
    finding.renew(message(2, "b a, and more a", status="streaming"))
    finding.work(ALL)
    assert (finding.count, finding.number) == (4, 2)
    finding.renew(message(2, "bb a", status="streaming"))
    finding.work(ALL)
    assert (finding.count, place(finding.current)) == (2, (2, 0, 3))
    finding.renew(message(2, "none"))
    finding.work(ALL)
    assert (finding.count, finding.number, finding.current) == (1, 0, None)
    assert place(finding.step(1)) == (1, 0, 0)


def test_messages_come_and_go() -> None:
    finding = searching("a", "a", "a")
    finding.work(ALL)
    finding.step(1)
    finding.show([message(1, "a"), message(4, "a a"), message(3, "a")], frozenset({1, 3, 4}))
    assert finding.current is None
    finding.work(ALL)
    assert finding.count == 4
    assert place(finding.step(1)) == (1, 0, 0)


def test_what_is_out_of_view_is_counted_but_not_gone_to_unasked() -> None:
    finding = searching("b", "a", "b", seen=".x.")
    finding.work(ALL)
    assert (finding.count, finding.number) == (1, 0)
    assert place(finding.step(1)) == (2, 0, 0)


def test_thinking_is_searched_above_the_answer() -> None:
    finding = Finding(passages)
    finding.show([replace(message(1, "a"), thinking="an a")], frozenset({1}))
    finding.begin(Literally(Query("a")), (1, Spot((-1, 0))))
    finding.work(ALL)
    assert [each.place for each in finding.matches_in(1)] == [(-1, 0), (-1, 0), (0, 0)]


def test_nothing_is_found_for_nothing() -> None:
    finding = searching("a")
    finding.work(ALL)
    finding.begin(None, (1, Spot((0, 0))))
    finding.work(ALL)
    assert (finding.count, finding.current, finding.step(1)) == (0, None, None)
    finding.close()
    assert finding.matches_in(1) == ()


def test_what_cannot_be_searched_ends_the_search() -> None:
    class Refusing(Literally):
        def spans(self, text: str):  # type: ignore[no-untyped-def]  # raises at once
            raise InputError("It takes too long.", "Make it simpler.")

    finding = searching("a", "a")
    finding.begin(Refusing(Query("a")), (1, Spot((0, 0))))
    with pytest.raises(InputError):
        finding.work(ALL)
    assert finding.finished
    assert not finding.work(ALL)


def test_a_text_full_of_matches_is_searched_in_slices_and_not_without_end() -> None:
    finding = searching("a" * (MOST // 2), "a" * MOST, "a")
    turns = 0
    while finding.work(perf_counter()):
        turns += 1
    assert turns > 100
    assert MOST <= finding.count <= 2 * MOST
