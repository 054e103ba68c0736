"""The process that sets formulas: LaTeX in, a drawing out. The only module that knows ziamath.

It is given one formula at a time. One that takes too long costs the process: the system ends it by the time that it
has had of the processor, which says more than a clock where much else is running; the window looks at the clock.
"""

import re
import signal
import sys
import unicodedata
import warnings
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from app.typeset.formula import INK, Formula, Key, Sign

DEPTH = 40  # braces and environments in each other
_SIZE = 24  # pixels of an em while it is set
_LARGEST = 400  # em; no formula is higher or wider
_DRAWING = 1_000_000  # characters of a drawing
_EFFORT = 4.0  # seconds of the processor's time for one formula
_MEMORY = 1 << 30  # bytes of address space, where the system has such a limit

_SVG = "{http://www.w3.org/2000/svg}"
_ATTRIBUTES = {
    "svg": {"width", "height", "viewBox"},
    "g": {"transform", "fill", "stroke"},
    "path": {"d", "fill", "stroke", "stroke-width", "transform"},
    "rect": {"x", "y", "width", "height", "fill", "stroke", "stroke-width", "rx", "ry"},
    "line": {"x1", "y1", "x2", "y2", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap"},
    "polyline": {"points", "fill", "stroke", "stroke-width"},
    "polygon": {"points", "fill", "stroke", "stroke-width"},
    "circle": {"cx", "cy", "r", "fill", "stroke", "stroke-width"},
    "ellipse": {"cx", "cy", "rx", "ry", "fill", "stroke", "stroke-width"},
}
_HARMLESS = re.compile(r"[\w\s.,#%()+-]*")  # no attribute needs an address or a style

_REWRITTEN = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\\hspace\*", r"\\hspace"),
        (r"\\bmod(?![A-Za-z])", r"\\;\\mathrm{mod}\\;"),
        (r"\\label\{[^{}]*\}|\\(?:nonumber|notag)(?![A-Za-z])", ""),
        (r"\\tag\*\{([^{}]*)\}", r"\\qquad\\text{\1}"),
        (r"\\tag\{([^{}]*)\}", r"\\qquad\\text{(\1)}"),
        (r"\\(?:begin|end)\{(?:equation|math|displaymath)\*?\}", ""),
        (r"\\begin\{(?:alignat|alignedat)\*?\}\s*\{\d*\}", r"\\begin{aligned}"),
        (r"\\(begin|end)\{(?:align|alignat|alignedat|flalign|eqnarray|split)\*?\}", r"\\\1{aligned}"),
        (r"\\(begin|end)\{(?:gather|gathered|multline)\*?\}", r"\\\1{matrix}"),
        (r"\\q?quad(?=\\text\{\()", r"\\qquad{}"),
    )
)

_GAP = "#010204"  # the colour of the letters that keep the place of signs
_PLACE = "H"  # such a letter: it stands on the baseline, and is nearly as wide as it is high
_HIGH = 15.768 / 24  # height of it in em
_BEARING = 1.2 / 24  # and what is free to the left of it
_WRITTEN = 0.8  # a sign's size in em of the letters beside it


class NotSet(Exception):
    """The formula cannot be shown as its author meant it."""


def run(connection: "Connection[object, object]") -> None:
    """Say that all is loaded, then set what comes until the pipe ends: a Formula, or None for what cannot be set."""
    if sys.platform != "win32":
        import resource

        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    warnings.simplefilter("ignore")
    with suppress(EOFError, OSError, KeyboardInterrupt):
        set_formula(("x", False))  # reads the font
        connection.send(True)
        while True:
            key = connection.recv()
            _limit(_EFFORT)
            answer = _answer(key)
            _limit(0)
            connection.send(answer)


def _limit(seconds: float) -> None:
    """Let the system end this process after so many seconds of the processor's time; 0 lifts that."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _answer(key: Any) -> Formula | None:
    try:
        return set_formula(key)
    except Exception:  # noqa: BLE001  # three libraries' ways to say that a formula is wrong
        return None


def set_formula(key: Key) -> Formula:
    """Set one formula.

    Raises:
        NotSet: it is nested too deeply, or something in it would be shown as something else.
        Exception: whatever the libraries make of LaTeX that is wrong.
    """
    latex, display = key
    if nesting(latex) > DEPTH:
        raise NotSet("nested too deeply")
    latex = rewritten(latex)
    from ziamath.config import config
    from ziamath.tex import tex2mml
    from ziamath.zmath import Math

    config.svg2 = False  # Qt draws no symbols
    tree = ElementTree.fromstring(tex2mml(latex, inline=not display))
    tree.set("mathcolor", INK)
    signs = _examine(tree)
    return _measured(Math(tree, _SIZE).svg(), signs)


def rewritten(latex: str) -> str:
    """LaTeX with what the libraries do not know, or set wrongly, said in another way."""
    for pattern, replacement in _REWRITTEN:
        latex = pattern.sub(replacement, latex)
    return latex


def nesting(latex: str) -> int:
    """How deep braces and environments lie in each other."""
    depth = deepest = 0
    for mark in re.finditer(r"\\begin\b|\\end\b|\\left\b|\\right\b|\\.|[{}]", latex, re.DOTALL):
        if mark[0] in ("{", r"\begin", r"\left"):
            depth += 1
            deepest = max(deepest, depth)
        elif mark[0] in ("}", r"\end", r"\right"):
            depth -= 1
    return deepest


def _examine(tree: Element) -> str:
    """Look for what would be shown as something else; keep places for signs and return these in their order."""
    signs = ""
    for element in list(tree.iter()):
        text = element.text or ""
        if re.search(r"\\[A-Za-z]", text) and not element.tag.endswith("mtext"):
            raise NotSet(f"unknown: {text}")
        if element.get("linebreak") or {"solid", "dashed"} & set(
            f"{element.get('columnlines')} {element.get('rowlines')}".split()
        ):
            raise NotSet("several lines, or rules in a table")
        if not text.isascii() and any(_is_missing(character) for character in text):
            signs += _keep_places(element, text)
    return signs


def _is_missing(character: str) -> bool:
    """Has the font no glyph for it?"""
    from ziamath.mathfont import MathFont
    from ziamath.zmath import loadedfonts

    if character.isascii() or character.isspace() or unicodedata.category(character) in ("Mn", "Cf"):
        return False
    font: MathFont = next(iter(loadedfonts.values()))
    return not font.glyphindex(character)


def _keep_places(element: Element, text: str) -> str:
    """Put letters in the place of the characters that are missing; returns these."""
    parts: list[tuple[bool, str]] = []
    for character in text:
        missing = _is_missing(character)
        if missing and unicodedata.east_asian_width(character) not in "WF":
            raise NotSet(f"no glyph for {character}")
        if parts and parts[-1][0] == missing:
            parts[-1] = (missing, parts[-1][1] + character)
        else:
            parts.append((missing, character))
    tag, tail = element.tag, element.tail
    element.clear()

    def name(of: str) -> str:
        return tag[: tag.rfind("}") + 1] + of

    element.tag, element.tail = name("mrow"), tail
    for missing, part in parts:
        for piece in re.findall(r"\s+|\S+", part):  # a space would take its colour to the sign before it
            if piece.isspace():
                ElementTree.SubElement(element, name("mspace")).set("width", "0.3em")
                continue
            child = ElementTree.SubElement(element, name("mtext"))
            child.text = _PLACE * len(piece) if missing else piece
            if missing:
                child.set("mathcolor", _GAP)
    return "".join(part for missing, part in parts if missing)


def _measured(svg: str, signs: str) -> Formula:
    """Take over the drawing if it is made of harmless shapes alone, and find the places that were kept."""
    if len(svg) > _DRAWING:
        raise NotSet("too large a drawing")
    drawing = ElementTree.fromstring(svg)
    places: list[tuple[float, float, float]] = []
    for parent in list(drawing.iter()):
        allowed = _ATTRIBUTES.get(parent.tag.removeprefix(_SVG))
        if allowed is None:
            raise NotSet(f"a drawing with {parent.tag}")
        if any(name not in allowed or not _HARMLESS.fullmatch(value) for name, value in parent.attrib.items()):
            raise NotSet(f"a drawing with {parent.attrib}")
        for child in list(parent):
            if child.get("fill") == _GAP:
                places.append(_place(child.get("d", "")))
                parent.remove(child)
    if len(places) != len(signs):
        raise NotSet("a sign without a place")
    _, top, width, height = (float(number) / _SIZE for number in drawing.attrib["viewBox"].split())
    if not (0 < width <= _LARGEST and 0 < height <= _LARGEST):
        raise NotSet("empty, or larger than any page")
    left = float(drawing.attrib["viewBox"].split()[0]) / _SIZE
    found = tuple(Sign(text, x - left, y, size) for text, (x, y, size) in zip(signs, places, strict=True))
    up = max([-top, *(_WRITTEN * 1.1 * sign.size - sign.y for sign in found)])
    down = max([height + top, *(0.2 * sign.size + sign.y for sign in found)])
    if signs:  # the frame has to hold them too
        drawing.set("viewBox", f"{left * _SIZE} {-up * _SIZE} {width * _SIZE} {(up + down) * _SIZE}")
        drawing.set("height", str((up + down) * _SIZE))
        ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
        svg = ElementTree.tostring(drawing, encoding="unicode")
    return Formula(svg, width, up, down, found)


def _place(path: str) -> tuple[float, float, float]:
    """Left edge, baseline and size of a sign, in em, from the outline of the letter that keeps its place."""
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    xs, ys = numbers[::2], numbers[1::2]
    size = (max(ys) - min(ys)) / _HIGH / _SIZE
    return min(xs) / _SIZE - _BEARING * size, max(ys) / _SIZE, _WRITTEN * size
