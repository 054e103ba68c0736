"""What is asked of the process that draws, and what comes back."""

from dataclasses import dataclass

from app.core.svg import LeftOut, Why

LARGEST = 6_000_000  # pixels of one picture


@dataclass(frozen=True, slots=True)
class Order:
    """Draw this. Without a width, only its size is asked for."""

    text: str
    width: int = 0  # pixels
    height: int = 0
    png: bool = False  # as a file


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a drawing: its size at 100 %, and what is left out of it."""

    width: float
    height: float
    fills: bool = False  # its size is not said: it is as wide as there is room
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture: rows of premultiplied ARGB, or a PNG file."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Impossible:
    """It cannot be drawn."""

    why: Why
    line: int = 0
