"""Speeds and limits, by a clock that is set by hand."""

import pytest

from app.library.pace import Limit, Speed


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_speed_follows_and_does_not_jump() -> None:
    clock = Clock()
    speed = Speed(clock)
    for _ in range(100):
        clock.now += 0.1
        speed.add(100)
        speed.update()
    assert speed.update() == pytest.approx(1000)
    clock.now += 0.1
    speed.add(10_000)
    assert 1000 < speed.update() < 6000
    for _ in range(300):
        clock.now += 0.1
        speed.update()
    assert speed.update() < 1


def test_the_first_figure_is_what_was_seen() -> None:
    clock = Clock()
    speed = Speed(clock)
    speed.add(500)
    clock.now = 0.5
    assert speed.update() == pytest.approx(1000)


def test_waiting_does_not_count() -> None:
    clock = Clock()
    speed = Speed(clock)
    clock.now = 1
    speed.add(1000)
    before = speed.update()
    clock.now = 100
    speed.rest()
    clock.now = 101
    speed.add(1000)
    assert speed.update() == pytest.approx(before)


def test_a_limit_is_kept_by_all_together() -> None:
    clock = Clock()
    limit = Limit(1000, clock)
    taken = 0
    while clock.now < 10:
        waits = [limit.spend(100), limit.spend(100)]  # two downloads
        taken += 200
        assert waits[1] > waits[0] > 0
        clock.now += waits[1]
    assert taken == pytest.approx(10_000, rel=0.03)


def test_a_limit_can_be_changed_and_taken_away() -> None:
    clock = Clock()
    limit = Limit(10, clock)
    assert limit.spend(1000) == pytest.approx(100)
    limit.change(1000)
    assert limit.spend(1000) == pytest.approx(1)
    limit.change(0)
    assert limit.spend(10**9) == 0
    assert limit.bytes_per_second == 0
