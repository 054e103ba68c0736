"""Records are what frozen dataclasses with slots are: the same tests for both."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from inspect import signature
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.record import by_place, late, record


@record
class Point:
    """A record with every kind of field."""

    x: int
    label: str = ""
    seen: list[int] = field(default_factory=list, compare=False)
    secret: str = field(default="none", repr=False, kw_only=True)

    @property
    def doubled(self) -> int:
        return self.x * 2


@dataclass(frozen=True, slots=True)
class Plain:
    """What it is to be like."""

    x: int
    label: str = ""
    seen: list[int] = field(default_factory=list, compare=False)
    secret: str = field(default="none", repr=False, kw_only=True)

    @property
    def doubled(self) -> int:
        return self.x * 2


@record(kw_only=True)
class Named:
    one: int
    two: int = 2


@record(eq=False)
class Itself:
    value: int


@record
class Nothing:
    pass


@record
class Special:
    value: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Special)

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "special"


OUTCOMES: list[Callable[[Any], object]] = [
    lambda kind: kind(1),
    lambda kind: kind(1, "a", [3], secret="s"),
    lambda kind: kind(label="a", x=2),
    lambda kind: kind(1) == kind(1, seen=[4]),
    lambda kind: kind(1) == kind(2),
    lambda kind: kind(1) == 1,
    lambda kind: hash(kind(1, "a")),
    lambda kind: {kind(1): "one"}[kind(1)],
    lambda kind: replace(kind(1, "a"), x=5, secret="s").secret,
    lambda kind: asdict(kind(1, "a", [2])),
    lambda kind: [each.name for each in fields(kind)],
    lambda kind: pickle.loads(pickle.dumps(kind(1, "a", [2], secret="s"))).secret,
    lambda kind: copy.deepcopy(kind(1, "a", [2])),
    lambda kind: copy.copy(kind(1)).seen,
    lambda kind: kind(4).doubled,
    lambda kind: kind.__match_args__,
    lambda kind: kind.__doc__ and "",
    lambda kind: kind(),
    lambda kind: kind(1, "a", [2], "s"),
    lambda kind: kind(1, unknown=1),
    lambda kind: setattr(kind(1), "x", 2),
    lambda kind: delattr(kind(1), "x"),
]


def outcome(of: Callable[[Any], object], kind: Any) -> str:
    try:
        return repr(of(kind)).replace(kind.__name__, "Kind")
    except (TypeError, AttributeError) as error:
        return f"{type(error).__name__}: {error}".replace(kind.__name__, "Kind")


@pytest.mark.parametrize("of", OUTCOMES)
def test_a_record_is_what_a_frozen_dataclass_is(of: Callable[[Any], object]) -> None:
    assert outcome(of, Point) == outcome(of, Plain)


def test_it_cannot_be_changed() -> None:
    point = Point(1)
    with pytest.raises(FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del point.x
    assert point == Point(1)


def test_every_list_is_made_anew() -> None:
    one, two = Point(1), Point(1)
    one.seen.append(1)
    assert two.seen == []


def test_fields_by_name_alone() -> None:
    assert Named(one=1) == Named(two=2, one=1)
    with pytest.raises(TypeError):
        Named(1)  # type: ignore[call-arg]


def test_the_constructor_is_compiled_when_it_is_needed() -> None:
    @record
    class Waiting:
        value: int = 3

    assert not callable(Waiting.__dict__["__init__"])
    assert list(signature(Waiting).parameters) == ["value"]
    assert Waiting().value == 3
    assert callable(Waiting.__dict__["__init__"])
    assert Waiting(value=4) == Waiting(4)


def test_some_are_equal_only_to_themselves() -> None:
    one = Itself(1)
    assert one == one
    assert one != Itself(1)
    assert len({one, Itself(1)}) == 2


def test_one_without_fields() -> None:
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert repr(pickle.loads(pickle.dumps(Nothing()))) == "Nothing()"


def test_methods_of_its_own_stay() -> None:
    assert Special(1) == Special(2)
    assert (hash(Special(1)), repr(Special(1))) == (7, "special")


def test_records_of_different_kinds_differ() -> None:
    assert Point(1) != Plain(1)


@given(st.builds(Point, st.integers(), st.text(), st.lists(st.integers()), secret=st.text()))
def test_pickled_and_back(point: Point) -> None:
    back = pickle.loads(pickle.dumps(point))
    assert (back, back.seen, back.secret) == (point, point.seen, point.secret)
    assert hash(back) == hash(point)


@record(kw_only=True)
class Answer:
    """A record with a value that is read late."""

    text: str
    length: int | None = None


late(Answer, "length", lambda stored: int(stored) if stored.isdigit() else None)
made = by_place(Answer)


@pytest.mark.parametrize("of", [
    lambda answer: answer.length,
    lambda answer: answer == Answer(text="a", length=12) and answer.length,
    lambda answer: hash(answer) == hash(Answer(text="a", length=12)) and answer.length,
    lambda answer: repr(answer) == "Answer(text='a', length=12)" and answer.length,
    lambda answer: replace(answer, text="b").length,
    lambda answer: asdict(answer)["length"],
    lambda answer: pickle.loads(pickle.dumps(answer)).length,
    lambda answer: copy.deepcopy(answer).length,
])  # fmt: skip
def test_a_late_value_is_read_whoever_asks(of: Callable[[Any], object]) -> None:
    assert of(made("a", "12")) == 12


def test_a_late_value_is_read_once() -> None:
    answer = made("a", "12")
    assert answer.length is answer.length
    assert made("a", "damaged").length is None
    assert made("a", None).length is None
    with pytest.raises(FrozenInstanceError):
        answer.length = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        made("a")
