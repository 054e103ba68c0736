"""Colours, sizes and the palette: the one place where looks are numbers."""

from dataclasses import dataclass

GRID = 8  # pixels at 100 %; every gap is a multiple of half of it


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as #rrggbb. One accent; everything else is a neutral with a hint of warmth."""

    dark: bool
    window: str  # behind everything
    surface: str  # sidebar and panel
    raised: str  # composer, cards, the user's messages
    hover: str
    border: str
    text: str
    muted: str  # second-rank text, icons at rest
    accent: str
    on_accent: str
    selection: str
    code: str  # background of code
    danger: str
    good: str


LIGHT = Theme(
    dark=False, window="#fdfcfa", surface="#f5f3ef", raised="#ffffff", hover="#ece8e1", border="#e2ddd4", text="#22201d",
    muted="#716b62", accent="#c2501b", on_accent="#ffffff", selection="#f6d9c8", code="#f4f1ec", danger="#b3261e", good="#2f7d4f",
)  # fmt: skip
DARK = Theme(
    dark=True, window="#1b1a18", surface="#21201d", raised="#2a2825", hover="#34312d", border="#3a3733", text="#ece8e2",
    muted="#a09990", accent="#f08a4b", on_accent="#1b1a18", selection="#5a3a26", code="#242220", danger="#f2877f", good="#7cc796",
)  # fmt: skip
