"""When something is said of new versions, and when nothing is."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from app import __version__
from app.chat.kept import Kept
from app.chat.updates import LAST, Line, Updates
from app.library.releases import Place, Release
from app.store.database import Database

PLACE = Place("https://a.example/latest", "https://a.example")


class Calendar:
    def __init__(self) -> None:
        self.day = date(2026, 11, 1)

    def today(self) -> date:
        return self.day

    def go_on(self, days: int) -> None:
        self.day += timedelta(days=days)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    store = Database(tmp_path / "fireside.db")
    yield Kept(store)
    store.close()


def test_the_first_start_says_nothing(kept: Kept) -> None:
    assert Updates(kept, PLACE).started() is None


def test_after_an_update_once(kept: Kept) -> None:
    kept.remember(LAST, "0.0.1")
    assert Updates(kept, None).started() == Line("updated", __version__)
    assert Updates(kept, None).started() is None


def test_an_older_version_says_nothing(kept: Kept) -> None:
    kept.remember(LAST, "999.0")
    assert Updates(kept, None).started() is None


def test_the_question_comes_after_a_week_and_never_again(kept: Kept) -> None:
    calendar = Calendar()
    updates = Updates(kept, PLACE, calendar.today)
    assert updates.started() is None
    calendar.go_on(6)
    assert updates.started() is None
    calendar.go_on(1)
    assert updates.started() == Line("question")
    calendar.go_on(400)
    assert updates.started() is None
    assert not updates.look_due


def test_nobody_is_asked_where_it_would_be_in_vain(kept: Kept) -> None:
    calendar = Calendar()
    nowhere = Updates(kept, None, calendar.today)
    nowhere.started()
    calendar.go_on(30)
    assert nowhere.started() is None
    kept.set_preferences(update_notice=True)
    assert Updates(kept, PLACE, calendar.today).started() is None
    assert not nowhere.look_due


def test_one_look_a_day_and_only_where_it_is_wanted(kept: Kept) -> None:
    calendar = Calendar()
    updates = Updates(kept, PLACE, calendar.today)
    assert not updates.look_due
    updates.answer(False)
    assert not updates.look_due
    updates.answer(True)
    assert updates.look_due
    updates.looked()
    assert not updates.look_due
    calendar.go_on(1)
    assert updates.look_due


def test_what_was_found_is_told_until_it_is_closed(kept: Kept) -> None:
    updates = Updates(kept, PLACE)
    release = Release("999.0", "https://a.example/999")
    line = Line("newer", "999.0", "https://a.example/999")
    assert updates.found(release, asked=False) == line
    updates.passed("999.0")
    assert updates.found(release, asked=False) is None
    assert updates.found(release, asked=True) == line
    assert updates.found(Release("999.1", ""), asked=False) is not None
    assert updates.found(Release(__version__, ""), asked=True) is None


def test_offline_nobody_is_asked_and_nothing_looks(kept: Kept) -> None:
    calendar = Calendar()
    kept.set_preferences(offline=True)
    updates = Updates(kept, PLACE, calendar.today)
    updates.started()
    calendar.go_on(30)
    assert updates.started() is None
    kept.set_preferences(update_notice=True)
    assert not updates.look_due
    kept.set_preferences(offline=False, proxy="http://proxy.example:8080")
    assert updates.look_due
    assert updates.way.proxy == "http://proxy.example:8080"
