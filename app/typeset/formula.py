"""What is asked of the process that sets formulas, and what comes back."""

from app.core.record import record

Key = tuple[str, bool]  # LaTeX without marks, and whether it is set as a display

INK = "#010203"  # stands in the drawing for the colour of the text around it


@record
class Sign:
    """A character that the mathematical font lacks, to be written by whoever has one: where it begins, and its size."""

    text: str
    x: float
    y: float  # of its baseline, down from the formula's
    size: float


@record
class Formula:
    """A drawing made of paths, and signs to be written into it. Sizes in em of the text, from left and baseline."""

    svg: str
    width: float
    ascent: float
    descent: float
    signs: tuple[Sign, ...] = ()
