"""The lines of the branch overview against a plain reading of the tree: nothing is lost, doubled or out of its place."""

import math
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.overview import EXCERPT, FEWEST, Line, Overview, excerpt
from app.core.tree import Message, Tree
from tests.core.samples import NOW


def made(number: int, parent: int | None, **more: object) -> Message:
    basis = dict(id=number, conversation=1, parent=parent, role="user", text=f"text {number}", created=NOW)
    return Message(**(basis | more))  # type: ignore[arg-type]  # rows by name


@st.composite
def trees(draw: st.DrawFn) -> tuple[Tree, int | None]:
    """Mostly long runs with forks in them, as conversations are; some messages are pinned or noted."""
    count = draw(st.integers(0, 60))
    tree = Tree()
    for number in range(1, count + 1):
        near = st.sampled_from([number - 1] * 6 + list(range(1, number))) if number > 1 else st.none()
        parent = draw(near | st.none() if draw(st.integers(0, 20)) == 0 else near)
        marks = draw(st.sampled_from([{}, {}, {}, {"pinned": True}, {"note": "a Note"}]))
        tree.add(made(number, parent, **marks))
    return tree, draw(st.sampled_from([None, *range(1, count + 1)]))


def flat(lines: Sequence[Line]) -> list[int]:
    return [number for line in lines for number in line.messages]


@settings(max_examples=150)
@given(trees())
def test_every_message_stands_once_and_below_its_parent(both: tuple[Tree, int | None]) -> None:
    tree, leaf = both
    overview = Overview(tree, leaf)
    order = flat(overview.lines())
    assert sorted(order) == list(range(1, len(tree) + 1))
    place = {number: at for at, number in enumerate(order)}
    for number in order:
        parent = tree[number].parent
        assert parent is None or place[parent] < place[number]
    assert flat(overview.lines(opened=set(order))) == order


@settings(max_examples=150)
@given(trees())
def test_lanes_stay_few_and_the_branch_in_view_is_the_first(both: tuple[Tree, int | None]) -> None:
    tree, leaf = both
    lines = Overview(tree, leaf).lines(opened=range(1, len(tree) + 1))
    path = [message.id for message in tree.path(leaf)]
    assert [line.first for line in lines if line.in_view] == path
    assert all(line.lane == 0 for line in lines if line.in_view)
    assert [line.first for line in lines if line.last] == ([leaf] if leaf else [])
    for line in lines:
        assert line.lane <= 1 + math.log2(max(1, len(tree)))
        versions = [message.id for message in tree.versions(line.first)]
        assert (versions[line.version - 1], line.versions) == (line.first, len(versions))
        assert line.ends == (not tree.children(line.first))


@settings(max_examples=150)
@given(trees())
def test_a_lane_goes_on_below_until_it_ends(both: tuple[Tree, int | None]) -> None:
    """What the painter relies on: each lane left of a line passes it, and a line follows the one above it on its lane."""
    tree, leaf = both
    open_lanes: dict[int, int] = {}  # lane: the message whose child comes next on it
    for line in Overview(tree, leaf).lines(opened=range(1, len(tree) + 1)):
        parent = tree[line.first].parent
        above = open_lanes.get(line.lane - 1 if line.begins else line.lane)
        assert parent == above
        assert all(lane in open_lanes for lane in range(1, line.lane))
        assert not any(lane in open_lanes for lane in open_lanes if lane > line.lane)
        open_lanes[line.lane] = line.first
        if line.ends:
            del open_lanes[line.lane]
    assert not open_lanes


@settings(max_examples=150)
@given(trees(), st.data())
def test_only_plain_runs_are_folded_and_open_one_by_one(both: tuple[Tree, int | None], data: st.DataObject) -> None:
    tree, leaf = both
    overview = Overview(tree, leaf)
    lines = overview.lines()
    for line in lines:
        if not line.folded:
            continue
        assert len(line.messages) >= FEWEST
        for number, following in zip(line.messages, [*line.messages[1:], None], strict=True):
            message = tree[number]
            assert not message.pinned
            assert not message.note
            assert message.parent is not None
            assert len(tree.versions(number)) == len(tree.children(number)) == 1
            assert following is None or tree[following].parent == number
            assert overview.run_of(number) == line.first
    folded = [line for line in lines if line.folded]
    for line in lines:
        assert line.folded or overview.run_of(line.first) == 0
    if folded:
        chosen = data.draw(st.sampled_from(folded))
        opened = overview.lines({chosen.first})
        assert len(opened) == len(lines) - 1 + len(chosen.messages)
        assert flat(opened) == flat(lines)


@given(trees())
def test_what_is_looked_for(both: tuple[Tree, int | None]) -> None:
    tree, leaf = both
    overview = Overview(tree, leaf)
    messages = [tree[number] for number in flat(overview.lines())]
    assert flat(overview.marked()) == [message.id for message in messages if message.pinned or message.note]
    assert flat(overview.found("NOTE a")) == [message.id for message in messages if message.note]
    assert flat(overview.found("text 1")) == [message.id for message in messages if "1" in str(message.id)]
    assert all(line.lane == 0 and not line.begins for line in overview.found("text"))


def test_a_conversation_of_300_turns_with_many_versions_stays_readable() -> None:
    tree = Tree()
    parent, number = None, 0
    for turn in range(300):
        number += 1
        tree.add(made(number, parent))
        question = number
        for _ in range(3 if turn % 20 == 10 else 1):
            number += 1
            tree.add(made(number, question))
        parent = number
    lines = Overview(tree, parent).lines()
    assert len(tree) == 630
    assert len(lines) < 80
    assert max(line.lane for line in lines) == 1


def test_a_deep_conversation_does_not_recurse() -> None:
    tree = Tree()
    for number in range(1, 20_001):
        tree.add(made(number, number - 1 or None))
    (first, folded, last) = Overview(tree, 20_000).lines()
    assert (first.first, len(folded.messages), last.first) == (1, 19_998, 20_000)
    tree = Tree()
    for number in range(1, 10_001):  # a fork at every other message
        tree.add(made(number, max(0, number - 2) or None))
    assert len(Overview(tree, None).lines(range(1, 10_001))) == 10_000


def test_excerpt() -> None:
    assert excerpt("# A **bold** `word` and [a link](https://x.y)\n\n- one\n- two") == "A bold word and a link one two"
    assert excerpt("") == ""
    assert excerpt("x" * 1000) == "x" * EXCERPT + "…"
    found = excerpt("before " * 50 + "the Needle here", "needle")
    assert found.startswith("…")
    assert "the Needle here" in found
    assert excerpt("short", "nowhere") == "short"


@given(st.text(max_size=400), st.text(max_size=6))
def test_an_excerpt_is_one_short_line(text: str, query: str) -> None:
    line = excerpt(text, query)
    assert len(line) <= EXCERPT + 2
    assert len(line.splitlines()) <= 1
