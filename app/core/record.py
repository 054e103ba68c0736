"""Plain immutable data: `@record` is `@dataclass(frozen=True, slots=True)`, made in a third of the time.

A dataclass compiles up to six functions from text, which takes nearly a millisecond, and more than a hundred records
are made before the window is painted. A record compiles its constructor alone; the other methods are shared and get
their values through `operator.attrgetter`, which is no slower. `fields`, `replace`, `asdict`, pattern matching,
pickling and copying work as with every dataclass.
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
        "__init__": _constructor(cls, every, setters),
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
