"""Work in a thread: one thing after the other, progress, an end that is always told once, and cancelling."""

import threading
from collections.abc import Iterator
from queue import Queue

import pytest

from app.core.errors import InputError
from app.library.chores import Chores, Going, Over
from app.library.importing import Cancelled, Go

Told = Queue[Going | Over]


@pytest.fixture
def told() -> Told:
    return Queue()


@pytest.fixture
def chores(told: Told) -> Iterator[Chores]:
    chores = Chores(told.put)
    yield chores
    chores.close()


def ends(told: Told, count: int) -> list[Over]:
    found: list[Over] = []
    while len(found) < count:
        if isinstance(each := told.get(timeout=30), Over):
            found.append(each)
    return found


def test_one_thing_after_the_other_each_told_with_its_end(chores: Chores, told: Told) -> None:
    def refuse(_go: Go) -> None:
        raise InputError("No.", "Another way.")

    numbers = [chores.begin(lambda _go: "one"), chores.begin(refuse), chores.begin(lambda go: go(3, 3))]
    one, two, three = ends(told, 3)
    assert [one.number, two.number, three.number] == numbers
    assert one.result == "one"
    assert two.error is not None
    assert two.error.message == "No."
    assert three.result is True


def test_what_is_cancelled_ends_or_does_not_begin(chores: Chores, told: Told) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def long(go: Go) -> None:
        begun.set()
        go_on.wait(30)
        if not go(1, 2):
            raise Cancelled

    first = chores.begin(long)
    second = chores.begin(lambda _go: "never")
    begun.wait(30)
    chores.cancel(first)
    chores.cancel(second)
    go_on.set()
    assert ends(told, 2) == [Over(first, cancelled=True), Over(second, cancelled=True)]


def test_after_the_end_nothing_is_told_and_nothing_begins(told: Told) -> None:
    chores = Chores(told.put)
    begun = threading.Event()

    def long(go: Go) -> None:
        begun.set()
        while go(1, 2):
            pass
        raise Cancelled

    chores.begin(long)
    begun.wait(30)
    chores.close()
    chores.begin(lambda _go: "never")
    assert not any(thread.name == "chores" for thread in threading.enumerate())
    assert not [each for each in list(told.queue) if isinstance(each, Over)]
