"""All rows have their place; those that nobody looks at are never made, and nobody can tell."""

import gc
import weakref
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from app.chat.changes import Entries, Entry, SeenFrom
from app.core.attachments import attachment, joined
from app.ui.theme import LIGHT
from app.ui.transcript import Transcript
from app.ui.transcript.code import CodePiece
from app.ui.transcript.items import KEPT, Item, estimates
from app.ui.transcript.listed import MADE, Items
from app.ui.transcript.look import Look
from tests.ui.transcript.conftest import entry, long_answer, talk

FILE = joined("Read this", [attachment("a.py", "x = 1\n" * 50)])
LINES = "A line of a long text\n" * 5_000
entries = st.lists(
    st.builds(
        dict,
        text=st.sampled_from(["", "Short", long_answer(2), FILE, "```\ncode\n```", LINES]),
        role=st.sampled_from(["user", "assistant"]),
        model=st.sampled_from(["", "Guide", "Other"]),
        note=st.sampled_from(["", "mine"]),
        thinking=st.sampled_from(["", "Hm."]),
        status=st.sampled_from(["done", "done", "streaming"]),
        versions=st.sampled_from([1, 1, 3]),
    ),
    max_size=9,
).map(lambda rows: [entry(number, **row) for number, row in enumerate(rows, 1)])


def made(view: Transcript) -> int:
    return sum(1 for _ in view.items.made())


def told(items: Items) -> list[object]:
    return [(item.entry, item.text, item.headed, item.first, item.last, item.part, item.attached) for item in items]


def test_few_rows_of_a_long_conversation_are_made(view: Transcript) -> None:
    view.show_entries(talk(3_000), key=1)
    QApplication.processEvents()
    view.message_in_view(1_501)
    view.going.to_question(1)
    view.resize(700, 600)
    view.set_theme(LIGHT, 110)
    view.show_entries(talk(3_000)[:2_900], key=1)
    view.change_entry(entry(20, "Another text"))
    view.add_entry(entry(3_001, "More?"))
    view.notes.show_seen_from(SeenFrom(7, 6))
    QApplication.processEvents()
    assert made(view) < 120
    assert view.items[6].mark


def test_it_shows_what_was_never_made_like_everything_else(view: Transcript, pixels: Callable[..., object]) -> None:
    view.show_entries(talk(300), key=1)
    view.message_in_view(150)
    seen = pixels()
    view.show_entries([], key=2)
    view.show_entries(talk(300), key=1)
    assert len([item.text for item in view.items]) == made(view) == 300
    view.message_in_view(150)
    assert pixels() == seen


@given(entries, st.data())
@settings(max_examples=60, deadline=None)
def test_in_whatever_order_rows_are_made_they_are_the_same(
    qapp: QApplication, rows: list[Entry], data: st.DataObject
) -> None:
    look = Look(LIGHT, 100)
    dressed: list[Item] = []
    items, every = Items(rows), Items(Entries.of(rows), dressed.extend)
    assert items.heights(look, 600) == estimates(list(Items(rows)), look, 600)
    for index in data.draw(st.permutations(range(len(every)))):
        assert every[index] is every[index]
        assert every[index] in every
        assert every.index(every[index]) == index
    assert told(every) == told(items)
    assert items.heights(look, 600) == every.heights(look, 600)
    assert [each.message_id for each in every] == [message.id for message in items.messages]
    assert {id(each) for each in dressed} <= {id(each) for each in every}
    for row in rows:
        assert [each.part for n, each in enumerate(items) if n in items.rows_of(row.message.id)] == [
            each.part for each in items if each.message_id == row.message.id
        ]
    assert items.asked() == [n for n, each in enumerate(items) if each.first and each.entry.message.role == "user"]
    again = Items(rows)
    again.keep(every)
    assert all(each in every for _, each in again.made() if each.first and each.last and not each.growing)


def test_entries_are_what_they_were_made_of() -> None:
    rows = [*talk(4), Entry(entry(5).message, 2, 3, "why it failed")]
    entries = Entries.of(rows)
    assert list(entries) == rows == entries[:]
    assert entries == rows
    assert entries != rows[:4]
    assert entries[-1] == rows[-1]
    assert list(reversed(entries)) == rows[::-1]
    assert Entries.of(entries) is entries
    assert not Entries()


def test_rows_that_nobody_looks_at_any_more_are_let_go(view: Transcript) -> None:
    view.show_entries(talk(500), key=1)
    view.message_in_view(4)
    before = view.row(3)
    number = next(n for n, item in enumerate(before.placed) if isinstance(item.piece, CodePiece))
    view.plates.do(3, number, "wrap")
    wrapped = next(item.piece for item in view.row(3).placed if isinstance(item.piece, CodePiece))
    assert wrapped.view.wrap
    gone = weakref.ref(view.row(3))
    del before, wrapped
    for index in range(20, 480):
        view.row(index)
    QApplication.processEvents()
    gc.collect()
    assert gone() is None
    laid_out = [item for _, item in view.items.made() if item.row is not None]
    assert len(laid_out) <= KEPT
    assert made(view) <= MADE + KEPT
    view.message_in_view(4)
    again = next(item.piece for item in view.row(3).placed if isinstance(item.piece, CodePiece))
    assert again.view.wrap  # what was done to it was not forgotten
    assert not view.items[3].opened


def test_an_item_that_is_made_again_is_the_same(view: Transcript) -> None:
    rows = [entry(n, f"Text {n}", model="Other" if n > 900 else "Guide", thinking="Hm.") for n in range(1, 1001)]
    items = Items(rows)
    before = told(items)
    assert sum(1 for _ in items.made()) <= MADE + 1
    assert told(items) == before


def test_what_is_shown_otherwise_than_it_came_is_not_let_go(view: Transcript) -> None:
    view.show_entries(talk(400), key=1)
    view.change_entry(entry(4, "Another text.", version=2, versions=3))
    view.notes.toggle(6)
    items = list(view.items)
    assert items[3].entry.versions == 3
    assert (view.items[3].text, view.items[3].entry.version) == ("Another text.", 2)
    assert view.items[5].opened
    assert not view.items[7].opened
