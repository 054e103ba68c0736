"""What the parts of the store need of the database: statements and transactions."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Statements(Protocol):
    """See `Database`, which is the one implementation."""

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]: ...
    def run(self, statement: str, values: Sequence[object] = ()) -> int: ...
    def run_many(self, statement: str, values: Iterable[Sequence[object]]) -> None: ...
    def write(self) -> AbstractContextManager[None]: ...
