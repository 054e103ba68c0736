"""The process comes with the first formula, goes when it is idle, and is replaced when a formula takes too long."""

import queue
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from app.typeset.formula import Formula, Key
from app.typeset.typesetter import Typesetter

EXPLODING = r"\def\a{xx}" + "".join(
    rf"\def\{new}{{{(chr(92) + old + ' ') * 8}}}" for old, new in zip("abcdefg", "bcdefgh", strict=True)
)  # eight times as long with each line

Told = queue.Queue[tuple[Key, Formula | None]]
Make = Callable[..., Typesetter]


@pytest.fixture
def told() -> Told:
    """What became of the formulas."""
    return queue.Queue()


@pytest.fixture
def make(told: Told) -> Iterator[Make]:
    """Makes typesetters that are closed afterwards."""
    made: list[Typesetter] = []

    def new(**limits: float) -> Typesetter:
        made.append(Typesetter(lambda key, formula: told.put((key, formula)), **limits))
        return made[-1]

    yield new
    for each in made:
        each.close()


def test_formulas_come_back_in_order(make: Make, told: Told) -> None:
    setter = make()
    assert not setter.running
    keys: list[Key] = [("x", False), (r"\frac{", False), ("x", True)]
    for key in keys:
        setter.ask(key)
    found = [told.get(timeout=60) for _ in keys]
    assert [key for key, _ in found] == keys
    assert [formula is not None for _, formula in found] == [True, False, True]
    assert setter.running


def test_a_formula_that_takes_too_long_costs_the_process_only(make: Make, told: Told) -> None:
    setter = make(patience=0.5)
    setter.ask((EXPLODING + r"\h", False))
    assert told.get(timeout=60)[1] is None
    patient = make()
    patient.ask(("x", False))
    assert told.get(timeout=60)[1] is not None


def test_a_formula_that_takes_too_much_of_the_processor_ends_the_process(make: Make, told: Told) -> None:
    setter = make()
    setter.ask((EXPLODING + r"\h", False))
    setter.ask(("x", False))
    assert told.get(timeout=60)[1] is None
    assert told.get(timeout=60)[1] is not None


def test_an_idle_process_ends_and_comes_again(make: Make, told: Told) -> None:
    setter = make(idle=0.0)
    for _ in range(2):
        setter.ask(("x", False))
        assert told.get(timeout=60)[1] is not None
        thread = setter._thread
        if thread is not None:
            thread.join(60)
        assert not setter.running


def test_a_process_that_dies_is_replaced(make: Make, told: Told) -> None:
    setter = make()
    setter.ask(("x", False))
    told.get(timeout=60)
    assert setter._process is not None
    setter._process.kill()
    setter._process.join()
    setter.ask(("y", False))
    setter.ask(("z", False))
    assert told.get(timeout=60) == (("y", False), None)
    assert told.get(timeout=60)[1] is not None


def test_after_closing_nothing_is_told(make: Make, told: Told) -> None:
    setter = make()
    setter.ask((EXPLODING + r"\h", False))
    setter.close()
    setter.ask(("x", False))
    setter.close()
    assert told.empty()
    assert not setter.running


@pytest.mark.parametrize(
    ("module", "foreign"),
    [("app.ui.transcript", "ziamath latex2mathml"), ("app.typeset.typesetter", "ziamath PySide6")],
    ids=["window", "process"],
)
def test_neither_process_loads_what_is_the_other_s(module: str, foreign: str) -> None:
    code = f"import sys, {module}; print([name for name in {foreign.split()!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
