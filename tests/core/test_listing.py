"""The list as lines: pinned, folders, days; and names that are typed."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.core.listing import (
    Folder,
    FolderLine,
    Heading,
    Line,
    Summary,
    clean_name,
    clean_tags,
    lines,
    matching,
    read_tags,
    tags_of,
)

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def row(number: int, days: float, *, pinned: bool = False, folder: str = "") -> Summary:
    updated = (NOW - timedelta(days=days)).isoformat(timespec="microseconds")
    return Summary(number, f"c{number}", updated, pinned, folder)


def shown(found: list[Line]) -> list[str | int]:
    names: list[str | int] = []
    for line in found:
        names.append(line.id if isinstance(line, Summary) else line.text if isinstance(line, Heading) else str(line))
    return names


def test_conversations_stand_under_their_days() -> None:
    rows = [row(1, 90, pinned=True)] + [
        row(number, days) for number, days in enumerate((0, 0.1, 1, 3, 20, 60, 70, 400), 2)
    ]
    assert shown(lines(rows, [], NOW)) == [
        "Pinned", 1, "Today", 2, 3, "Yesterday", 4, "Previous 7 days", 5, "Previous 30 days", 6, "April", 7, 8,
        "May 2025", 9,
    ]  # fmt: skip


def test_days_are_those_of_the_time_zone() -> None:
    midnight = datetime(2026, 6, 15, 0, 30, tzinfo=timezone(timedelta(hours=8)))
    late = Summary(1, "late", datetime(2026, 6, 14, 15, 59, tzinfo=UTC).isoformat(timespec="microseconds"))
    later = Summary(2, "later", datetime(2026, 6, 14, 16, 0, tzinfo=UTC).isoformat(timespec="microseconds"))
    assert shown(lines([later, late], [], midnight)) == ["Today", 2, "Yesterday", 1]


def test_folders_stand_above_the_days_with_what_is_in_them() -> None:
    rows = [row(1, 0, pinned=True, folder="Work"), row(2, 0, folder="Work"), row(3, 0), row(4, 1, folder="Work")]
    work = FolderLine("Work", False, 2)
    empty = FolderLine("Empty", False, 0)
    open_ = lines(rows, [Folder("Empty"), Folder("Work")], NOW)
    pinned, *_ = rows
    assert open_[:6] == [Heading("Pinned"), pinned, Heading("Folders"), empty, work, rows[1]]
    assert open_[6:] == [rows[3], Heading("Today", loose=True), rows[2]]
    folded = lines(rows, [Folder("Work", folded=True)], NOW)
    assert shown(folded)[3:] == [str(FolderLine("Work", True, 2)), "Today", 3]


def test_a_folder_that_is_not_known_hides_nothing() -> None:
    assert shown(lines([row(1, 0, folder="Lost")], [], NOW)) == ["Today", 1]


@given(st.lists(st.tuples(st.floats(-3, 900), st.booleans(), st.sampled_from(["", "A", "B", "?"])), max_size=40))
def test_every_conversation_stands_there_once(given_: list[tuple[float, bool, str]]) -> None:
    rows = [row(n, days, pinned=pinned, folder=folder) for n, (days, pinned, folder) in enumerate(given_, 1)]
    rows.sort(key=lambda each: (each.pinned, each.updated), reverse=True)
    found = lines(rows, [Folder("A"), Folder("B", folded=True)], NOW)
    listed = [line.id for line in found if isinstance(line, Summary)]
    hidden = [each.id for each in rows if each.folder == "B" and not each.pinned]
    assert sorted(listed + hidden) == [each.id for each in sorted(rows, key=lambda each: each.id)]
    headings = [line.text for line in found if isinstance(line, Heading)]
    assert len(headings) == len(set(headings))
    assert not any(isinstance(one, Heading) and isinstance(other, Heading) for one, other in pairwise(found))


def test_tags_as_they_are_typed() -> None:
    assert tags_of("work, #ideas , Work,, two  words") == ("work", "ideas", "two words")
    assert tags_of("工作，学习、想法；x") == ("工作", "学习", "想法", "x")
    assert tags_of(" , #") == ()


@given(st.lists(st.text(max_size=60), max_size=6))
def test_clean_tags_stay_as_they_are(tags: list[str]) -> None:
    clean = clean_tags(tags)
    assert clean_tags(clean) == clean
    assert tags_of(", ".join(clean)) == clean


@given(st.text(max_size=200))
def test_clean_names_stay_as_they_are(name: str) -> None:
    assert clean_name(clean_name(name)) == clean_name(name)


def test_the_name_that_is_meant() -> None:
    names = ["Work", "Homework", "workshop"]
    assert matching(names, "WORK") == ["Work"]
    assert matching(names, "works") == ["workshop"]
    assert matching(names, "shop") == ["workshop"]
    assert matching(names, "x") == []


def test_tags_of_a_damaged_file() -> None:
    assert [read_tags(text) for text in ("", '["a"]', "[", "3", '{"a": 1}')] == [(), ("a",), (), (), ()]
