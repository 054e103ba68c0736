"""What is asked of the process that draws, and what comes back."""

from typing import TYPE_CHECKING

from app.core.record import record

if TYPE_CHECKING:
    from app.core.svg import LeftOut, Why

LARGEST = 6_000_000  # pixels of one picture


@record
class Order:
    """Draw this. Without a width, only its size is asked for."""

    text: str
    width: int = 0  # pixels
    height: int = 0
    png: bool = False  # as a file


@record
class Shape:
    """What is known of a drawing: its size at 100 %, and what is left out of it."""

    width: float
    height: float
    fills: bool = False  # its size is not said: it is as wide as there is room
    left_out: "tuple[LeftOut, ...]" = ()


@record
class Drawn:
    """A picture: rows of premultiplied ARGB, or a PNG file."""

    data: bytes


@record
class Impossible:
    """It cannot be drawn."""

    why: "Why"
    line: int = 0
