"""The tree against a plain list of parents: any sequence of operations keeps them equal."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from app.core.tree import Message, Tree
from tests.core.samples import NOW


def made(number: int, parent: int | None, **values: object) -> Message:
    basis = dict(id=number, conversation=1, parent=parent, role="user", text=f"text {number}", created=NOW)
    return Message(**(basis | values))


class TreeMachine(RuleBasedStateMachine):
    """The model is a dictionary of parents in the order of adding."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.tree = Tree()
        self.parents: dict[int, int | None] = {}
        self.next = 0

    @rule(target=ids)
    def add_root(self) -> int:
        return self._add(None)

    @rule(target=ids, parent=ids)
    def add_below(self, parent: int) -> object:
        return self._add(parent) if parent in self.parents else multiple()

    def _add(self, parent: int | None) -> int:
        self.next += 1
        self.tree.add(made(self.next, parent))
        self.parents[self.next] = parent
        return self.next

    @rule(gone=consumes(ids))
    def remove(self, gone: int) -> None:
        if gone not in self.parents:
            return
        removed = [message.id for message in self.tree.remove(gone)]
        below = {number for number in self.parents if gone in self._line(number)}
        assert set(removed) == below
        assert all(removed.index(self.parents[number]) < removed.index(number) for number in removed[1:])
        for number in below:
            del self.parents[number]

    def _line(self, number: int | None) -> list[int]:
        line = []
        while number is not None:
            line.append(number)
            number = self.parents[number]
        return line

    @invariant()
    def agrees(self) -> None:
        assert len(self.tree) == len(self.parents)
        for number, parent in self.parents.items():
            assert number in self.tree
            assert [message.id for message in self.tree.path(number)] == self._line(number)[::-1]
            siblings = [other for other, above in self.parents.items() if above == parent]
            assert [message.id for message in self.tree.versions(number)] == siblings
            leaf = self.tree.newest_leaf(number)
            assert number in self._line(leaf)
            assert self.tree.children(leaf) == []
        assert self.tree.path(None) == []


TestTree = TreeMachine.TestCase
TestTree.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_what_does_not_fit_is_refused() -> None:
    tree = Tree([made(1, None), made(2, 1)])
    for wrong in (made(1, None), made(3, 99)):
        with pytest.raises(ValueError):
            tree.add(wrong)
    with pytest.raises(ValueError):
        tree.update(made(2, None))
    with pytest.raises(KeyError):
        tree.update(made(7, None))
    assert len(tree) == 2


def test_only_a_streaming_message_grows() -> None:
    tree = Tree([made(1, None), made(2, 1, status="streaming", text="")])
    assert tree.grow(2, "a").text + tree.grow(2, "b").text == "aab"
    tree.update(replace(tree[2], status="done"))
    for finished in (1, 2):
        with pytest.raises(ValueError):
            tree.grow(finished, "x")


def test_a_very_deep_branch() -> None:
    tree = Tree(made(number, number - 1 or None) for number in range(1, 5001))
    assert tree.newest_leaf(None) == 5000
    assert len(tree.path(5000)) == 5000
    assert len(tree.remove(2)) == 4999


@pytest.mark.parametrize("status", ["done", "stopped", "failed"])
def test_versions_keep_their_order(status: str) -> None:
    tree = Tree([made(1, None), made(2, 1), made(3, 1, status=status), made(4, 2)])
    tree.update(replace(tree[2], text="new"))
    assert [message.text for message in tree.versions(3)] == ["new", "text 3"]
    assert tree.newest_leaf(None) == 3
