"""Plain immutable data: `@record` is `@dataclass(frozen=True, slots=True)`, made in a third of the time.

A dataclass compiles up to six functions from text, which takes nearly a millisecond, and more than a hundred records
are made before the window is painted. A record compiles its constructor alone, and that when it is first needed; the
other methods are shared and get their values through `operator.attrgetter`, which is no slower. `fields`, `replace`,
`asdict`, pattern matching, pickling and copying work as with every dataclass.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, kw_only: bool = False, eq: bool = True) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: Any = None, /, *, kw_only: bool = False, eq: bool = True) -> Any:
    """Make the class a record. With `eq=False` two of them are equal only if they are the same one."""
    if cls is None:
        return lambda cls: _record(cls, kw_only, eq)
    return _record(cls, kw_only, eq)


def _record(cls: Any, kw_only: bool, eq: bool) -> Any:
    if cls.__doc__ is None:
        cls.__doc__ = (
            cls.__name__
        )  # dataclasses would write one from the signature, which takes as long as all the rest
    cls = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
    every = fields(cls)
    setters = [getattr(cls, each.name).__set__ for each in every]  # of the slots: they pass by `__setattr__`
    state = _values([each.name for each in every])
    methods: dict[str, Any] = {
        "__init__": _LateConstructor(cls, every, setters),
        "__repr__": _shown([each.name for each in every if each.repr]),
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
        "__getstate__": lambda self: state(self),
        "__setstate__": _restoring(setters),
    }
    if eq:
        compared = _values([each.name for each in every if each.compare])
        methods |= {"__eq__": _equality(compared), "__hash__": lambda self: hash(compared(self))}
    for name, method in methods.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


class _LateConstructor:
    """In place of `__init__` until somebody asks for it."""

    def __init__(self, *given: Any) -> None:
        self._given = given

    def __get__(self, thing: Any, of: Any = None) -> Any:
        cls = self._given[0]
        if cls.__dict__["__init__"] is self:
            cls.__init__ = _constructor(*self._given)
        made = cls.__dict__["__init__"]
        return made if thing is None else made.__get__(thing, of)


def _constructor(cls: Any, every: tuple[Field[Any], ...], setters: list[Any]) -> Any:
    """The one method that is compiled, so that it takes its arguments as every function does."""
    known: dict[str, Any] = {"_new": object()}
    by_place, by_name = ["self"], list[str]()
    lines: list[str] = []
    for number, (each, setter) in enumerate(zip(every, setters, strict=True)):
        argument = value = each.name
        if each.default is not MISSING:
            argument += f"=_default{number}"
            known[f"_default{number}"] = each.default
        elif each.default_factory is not MISSING:
            argument += "=_new"
            value = f"_make{number}() if {each.name} is _new else {each.name}"
            known[f"_make{number}"] = each.default_factory
        (by_name if each.kw_only else by_place).append(argument)
        lines.append(f" _set{number}(self, {value})")
        known[f"_set{number}"] = setter
    arguments = by_place + (["*", *by_name] if by_name else [])
    exec(f"def __init__({', '.join(arguments)}):\n" + "\n".join(lines or [" pass"]), known)
    known["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"  # for the sentence about wrong arguments
    return known["__init__"]


def late(cls: type, name: str, read: Callable[[str], object]) -> None:
    """Let a value of a record be put in as text, which is read when it is first asked for; no text of its own has that value."""
    setattr(cls, name, _Late(cls.__dict__[name], read))


class _Late:
    """In place of a slot."""

    __slots__ = ("_read", "_slot")

    def __init__(self, slot: Any, read: Callable[[str], object]) -> None:
        self._slot, self._read = slot, read

    def __get__(self, thing: Any, of: Any = None) -> Any:
        if thing is None:
            return self
        value = self._slot.__get__(thing)
        if type(value) is str:
            value = self._read(value)
            self._slot.__set__(thing, value)
        return value

    def __set__(self, thing: Any, value: object) -> None:
        self._slot.__set__(thing, value)  # for constructors: everybody else is refused by the record


def by_place(cls: type[T]) -> Callable[..., T]:
    """A constructor of a record that takes all values by place, in the order of its fields: for very many of them."""
    every = fields(cls)  # type: ignore[arg-type]
    known: dict[str, Any] = {"_of": cls.__new__, "_cls": cls}
    known |= {f"_set{number}": cls.__dict__[each.name].__set__ for number, each in enumerate(every)}
    lines = "".join(f" _set{number}(self, {each.name})\n" for number, each in enumerate(every))
    exec(f"def made({', '.join(each.name for each in every)}):\n self = _of(_cls)\n{lines} return self", known)
    made: Callable[..., T] = known["made"]
    return made


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that gets the attributes of an object as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    if names:
        single = attrgetter(names[0])
        return lambda self: (single(self),)
    return lambda _self: ()


def _equality(values: Callable[[Any], tuple[Any, ...]]) -> Any:
    def equal(self: Any, other: Any) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _shown(names: list[str]) -> Any:
    def shown(self: Any) -> str:
        return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return shown


def _restoring(setters: list[Any]) -> Any:
    def restore(self: Any, state: tuple[Any, ...]) -> None:
        for setter, value in zip(setters, state, strict=True):
            setter(self, value)

    return restore


def _refuse_to_set(_self: Any, name: str, _value: Any) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
