"""An SVG that somebody wrote, made harmless before anyone draws it: read strictly, and written anew from what is known.

What comes out has shapes, words, colours and references within itself. It has no scripts, no entities, nothing from a
disk or a network, and no more elements than a machine draws in a moment, however often they refer to each other.
"""

import math
import re
from dataclasses import dataclass, field
from html import escape
from typing import Literal
from xml.parsers import expat

from app.core.record import record

Why = Literal["no_svg", "malformed", "entities", "too_long", "too_deep", "too_many", "too_slow", "empty", "size"]
LeftOut = Literal["scripts", "elsewhere", "pages", "animations"]

LONGEST = 1_000_000  # characters
DEEPEST = 60  # elements in each other
MOST = 20_000  # elements,
DRAWN = 60_000  # and of them with those that are drawn again by reference
_LARGEST = 100_000.0  # pixels that a drawing may say it is wide or high
_SLIMMEST = 200.0  # times as long as it is wide

_NAMES = frozenset(
    [
        "svg",
        "g",
        "defs",
        "symbol",
        "use",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "textPath",
        "image",
        "style",
        "switch",
        "linearGradient",
        "radialGradient",
        "stop",
        "pattern",
        "mask",
        "marker",
        "clipPath",
        "filter",
        "feBlend",
        "feColorMatrix",
        "feComposite",
        "feFlood",
        "feGaussianBlur",
        "feMerge",
        "feMergeNode",
        "feOffset",
    ]
)
_TOLD: dict[str, LeftOut] = {
    "script": "scripts", "foreignObject": "pages", "iframe": "pages", "animate": "animations", "set": "animations",
    "animateTransform": "animations", "animateMotion": "animations", "animateColor": "animations",
    "link": "elsewhere", "feImage": "elsewhere", "font-face-uri": "elsewhere", "video": "elsewhere", "audio": "elsewhere",
}  # fmt: skip
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_ADDRESS = re.compile(r"url\s*\(", re.IGNORECASE)
_OWN = re.compile(r"url\s*\(\s*['\"]?#[\w.:-]+['\"]?\s*\)", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]+", re.IGNORECASE)
_AT_RULE = re.compile(r"@[\w-]+[^;{}]*(?:;|\{(?:[^{}]|\{[^{}]*\})*\})")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_UNITS = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
    "em": 16.0,
    "ex": 8.0,
}
_LENGTH = re.compile(r"\s*([+-]?[\d.]+(?:e[+-]?\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)


class Refused(Exception):
    """It is not drawn.

    Attributes:
        why: the reason.
        line: where in the text, from 1; 0 where that does not matter.
    """

    def __init__(self, why: Why, line: int = 0) -> None:
        super().__init__(why, line)
        self.why: Why = why
        self.line = line


@record
class Harmless:
    """The drawing, its size in pixels at 100 %, and what was left out of it.

    A size of 0 is not said in it; one that `fills` is the shape alone, and the drawing as wide as there is room.
    """

    svg: str
    width: float
    height: float
    fills: bool = False
    left_out: tuple[LeftOut, ...] = ()


def harmless(text: str) -> Harmless:
    """Read a drawing and write it anew from what is known to do no harm.

    Raises:
        Refused: it is no SVG, or asks for more than a picture may.
    """
    if len(text) > LONGEST:
        raise Refused("too_long")
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = reader.entity
    parser.ExternalEntityRefHandler = reader.entity
    parser.ProcessingInstructionHandler = reader.instruction
    reader.parser = parser
    try:
        parser.Parse(_without_declaration(text).encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise Refused("malformed", error.lineno) from None
    return reader.result()


def _without_declaration(text: str) -> str:
    """The text without a first line that names an encoding, which it has no more."""
    return re.sub(r"\A\s*<\?xml[^>]*\?>", lambda found: "\n" * found[0].count("\n"), text)


@dataclass(slots=True)
class _Element:
    name: str
    attributes: dict[str, str]
    inside: "list[_Element | str]" = field(default_factory=list)


class _Reader:
    """Takes what the parser finds, and keeps what is known."""

    def __init__(self) -> None:
        self.parser: expat.XMLParserType
        self._root: _Element | None = None
        self._open: list[_Element | None] = []  # None where an element is left out with all that is in it
        self._count = 0
        self._left_out: list[LeftOut] = []

    def entity(self, *_what: object) -> int:
        raise Refused("entities", self.parser.CurrentLineNumber)

    def instruction(self, target: str, _data: str) -> None:
        if target == "xml-stylesheet":
            self._tell("elsewhere")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST:
            raise Refused("too_many")
        if len(self._open) >= DEEPEST:
            raise Refused("too_deep", self.parser.CurrentLineNumber)
        name = name.removeprefix("svg:")
        if not self._open:
            if name != "svg":
                raise Refused("no_svg")
            self._root = _Element(name, self._known(name, attributes))
            self._open.append(self._root)
            return
        above = self._open[-1]
        if name in _TOLD and above is not None:
            self._tell(_TOLD[name])
        name = "g" if name == "a" and above is not None and above.name not in ("text", "tspan") else name
        name = "tspan" if name == "a" else name
        if above is None or name not in _NAMES:
            self._open.append(None)
            return
        made = _Element(name, self._known(name, attributes))
        if name == "image" and "href" not in made.attributes:
            self._tell("elsewhere")
            self._open.append(None)
            return
        above.inside.append(made)
        self._open.append(made)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        if (
            self._open
            and (above := self._open[-1]) is not None
            and above.name in ("text", "tspan", "textPath", "style")
        ):
            above.inside.append(data)

    def _tell(self, what: LeftOut) -> None:
        if what not in self._left_out:
            self._left_out.append(what)

    def _known(self, element: str, attributes: dict[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in attributes.items():
            plain = name.removeprefix("xlink:")
            if plain.lower().startswith("on") and len(plain) > 4:
                self._tell("scripts")
            elif plain == "href":
                if self._may_be_referred_to(element, value.strip()):
                    found["href"] = value.strip()
            elif name == "xml:space" or (_ATTRIBUTE.fullmatch(name) and name != "xmlns"):
                found[name] = self._styled(value) if "\\" not in value else ""
        return found

    def _may_be_referred_to(self, element: str, address: str) -> bool:
        if element in ("svg", "g", "a"):
            return False  # a link, which a picture is not
        if element == "image":
            return _PICTURE.fullmatch(address) is not None
        if address.startswith("#"):
            return True
        self._tell("elsewhere")
        return False

    def _styled(self, value: str) -> str:
        """A value, or what a style says, with nothing in it that leads elsewhere."""
        if len(_ADDRESS.findall(value)) != len(_OWN.findall(value)):
            self._tell("elsewhere")
            value = re.sub(r"url\s*\((?!\s*['\"]?#[\w.:-]+['\"]?\s*\))[^)]*\)?", "none", value, flags=re.IGNORECASE)
        return value

    def _sheet(self, text: str) -> str:
        """A style sheet of plain rules."""
        text = _COMMENT.sub("", text)
        if "\\" in text:  # letters in disguise
            self._tell("elsewhere")
            return ""
        if re.search(r"@(?:import|font-face|namespace)", text, re.IGNORECASE):
            self._tell("elsewhere")
        if re.search(r"@(?:-\w+-)?keyframes", text, re.IGNORECASE):
            self._tell("animations")
        return self._styled(_AT_RULE.sub("", text)).replace("<", "")

    # ── the result ────────────────────────────────────────────────────────────────────────────────────

    def result(self) -> Harmless:
        root = self._root
        assert root is not None
        if self._drawn(root) > DRAWN:
            raise Refused("too_many")
        width, height, fills = self._size(root)
        parts: list[str] = []
        root.attributes["xmlns"] = "http://www.w3.org/2000/svg"
        root.attributes["xmlns:xlink"] = "http://www.w3.org/1999/xlink"
        self._write(root, parts)
        return Harmless("".join(parts), width, height, fills, tuple(self._left_out))

    def _drawn(self, root: _Element) -> float:
        """How many elements are drawn, each counted as often as it is referred to; endless where that is a circle."""
        by_id: dict[str, _Element] = {}
        order: list[_Element] = [root]
        for element in order:
            if name := element.attributes.get("id"):
                by_id.setdefault(name, element)
            order.extend(each for each in element.inside if isinstance(each, _Element))
        known: dict[int, float] = {}
        busy: set[int] = set()

        def weight(element: _Element) -> float:
            key = id(element)
            if key in busy:
                return math.inf
            if key not in known:
                busy.add(key)
                count = 1.0 + sum(weight(each) for each in element.inside if isinstance(each, _Element))
                for value in element.attributes.values():
                    for name in _references(value):
                        if (target := by_id.get(name)) is not None:
                            count += weight(target)
                busy.discard(key)
                known[key] = count
            return known[key]

        try:
            return weight(root)
        except RecursionError:
            return math.inf

    def _size(self, root: _Element) -> tuple[float, float, bool]:
        """Width, height, and whether only their shape is told."""
        width, height = (_length(root.attributes.get(name, "")) for name in ("width", "height"))
        box = [_number(each) for each in re.split(r"[\s,]+", root.attributes.get("viewBox", "").strip())]
        fills = False
        if len(box) == 4 and box[2] > 0 and box[3] > 0:
            fills = not width and not height
            width = width or (height * box[2] / box[3] if height else box[2])
            height = height or width * box[3] / box[2]
        elif width and height:
            root.attributes["viewBox"] = f"0 0 {width:g} {height:g}"
        else:
            return 0.0, 0.0, False
        if not (0 < width <= _LARGEST and 0 < height <= _LARGEST and 1 / _SLIMMEST <= width / height <= _SLIMMEST):
            raise Refused("size")
        return width, height, fills

    def _write(self, element: _Element, parts: list[str]) -> None:
        parts.append(f"<{element.name}")
        for name, value in element.attributes.items():
            parts.append(f' {"xlink:href" if name == "href" else name}="{escape(value)}"')
        parts.append(">")
        if element.name == "style":
            parts.append(escape(self._sheet("".join(each for each in element.inside if isinstance(each, str)))))
        else:
            for each in element.inside:
                if isinstance(each, str):
                    parts.append(escape(each))
                else:
                    self._write(each, parts)
        parts.append(f"</{element.name}>")


def _references(value: str) -> list[str]:
    if value.startswith("#"):
        return [value[1:]]
    return re.findall(r"url\s*\(\s*['\"]?#([\w.:-]+)", value, re.IGNORECASE) if "url" in value.lower() else []


def _length(value: str) -> float:
    found = _LENGTH.fullmatch(value)
    if not found or found[2].lower() not in _UNITS:
        return 0.0
    return max(0.0, _number(found[1])) * _UNITS[found[2].lower()]


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0
