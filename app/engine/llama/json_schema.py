"""JSON schema to GBNF with llama_cpp's converter; what it cannot convert is told with its line."""

import json
import json.decoder
import json.scanner
import re
from typing import Any

from app.core.errors import InputError
from app.core.language import tr
from app.engine.llama.gbnf import MOST_REPEATS, GrammarFault, Reader
from app.engine.llama.library import module

NEVER_IN_STRINGS = r'"\\\x7F\x00-\x1F'  # of JSON, unless they are escaped
PLAIN_CHARACTER = r"[\x20-\x21\x23-\x5B\x5D-\x7E\u0080-\uD7FF\uE000-\U0010FFFF]"  # nor what is no character at all
CHARACTER = rf'{PLAIN_CHARACTER} | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{{4}})'
SETS = {r"\d": "0-9", r"\w": "a-zA-Z0-9_", r"\s": " "}  # of regular expressions, as far as strings may hold them
SAYS_WHAT = frozenset({"$ref", "oneOf", "anyOf", "allOf", "type", "const", "enum", "properties", "additionalProperties",
                       "items", "prefixItems", "pattern", "format"})  # fmt: skip
CLOSED = re.compile(r'("[}\]]") space$')  # of a rule for an object or an array
BETWEEN = re.compile(r'(?<! space )("[,:]") space(?![\w-])')
TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})


def to_gbnf(schema: str) -> str:
    """The grammar of all JSON texts that follow the schema.

    Raises:
        InputError: it is no JSON, or no schema that can be followed; the sentence names the line and the reason.
    """
    try:
        places = _Places()
        parsed = places.decode(schema)
    except json.JSONDecodeError as error:
        raise _refused(error.lineno, tr("It is not JSON."), error.msg) from None
    except RecursionError:
        raise _refused(1, tr("It is nested too deep.")) from None
    converter = _converter()
    try:
        _look_through(parsed, parsed)
        converter.resolve_refs(parsed, "")
        converter.visit(parsed, "")
        grammar: str = converter.format_grammar()
        Reader(grammar).read()
    except _Unsupported as problem:
        raise _refused(places.line_of(problem.part), problem.reason) from None
    except GrammarFault as fault:
        raise _refused(
            1, tr("It refers to itself without end, or has a pattern that is too special."), fault.reason
        ) from None
    except RecursionError:
        raise _refused(1, tr("It is nested too deep.")) from None
    except (AssertionError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        line = places.line_of(converter.visited[-1]) if converter.visited else 1
        raise _refused(line, tr("This part of a schema is not supported."), repr(error)) from None
    return grammar


class _Unsupported(Exception):
    def __init__(self, part: Any, reason: str) -> None:
        super().__init__(reason)
        self.part, self.reason = part, reason


def _refused(line: int, reason: str, detail: str = "") -> InputError:
    return InputError(
        tr("Line {line} of the JSON schema: {reason}").format(line=line, reason=reason),
        tr("Correct the schema in the sampling settings, or empty it."),
        detail,
    )


def _look_through(part: Any, whole: Any) -> None:
    """Find what the converter would not say in words.

    Raises:
        _Unsupported: a type that does not exist, a reference to nowhere or to another document.
    """
    if isinstance(part, list):
        for each in part:
            _look_through(each, whole)
    if not isinstance(part, dict):
        return
    reference = part.get("$ref")
    if isinstance(reference, str):
        target = whole
        for step in reference.split("/")[1:]:
            target = target.get(step) if isinstance(target, dict) else None
        if not reference.startswith("#/") or target is None:
            raise _Unsupported(part, tr("“{name}” refers to nothing in this schema.").format(name=reference))
    kinds = part.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if isinstance(kind, str) and kind not in TYPES:
            raise _Unsupported(part, tr("There is no type “{name}”.").format(name=kind))
    for key, value in part.items():
        if key == "properties" and isinstance(value, dict):
            for each in value.values():  # their names are anything, also "type"
                _look_through(each, whole)
        elif key not in ("const", "enum", "default", "examples"):
            _look_through(value, whole)


class _Places(json.JSONDecoder):
    """Remembers where each object begins."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._begins: dict[int, int] = {}
        self.parse_object = self._object
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]  # the one that asks us

    def decode(self, s: str, *rest: Any) -> Any:
        self._text = s
        return super().decode(s, *rest)

    def _object(self, place: tuple[str, int], *rest: Any) -> Any:
        value, end = json.decoder.JSONObject(place, *rest)  # type: ignore[attr-defined]  # as the scanner calls it
        self._begins[id(value)] = place[1]
        return value, end

    def line_of(self, part: Any) -> int:
        return self._text.count("\n", 0, self._begins.get(id(part), 0)) + 1


def _converter() -> Any:
    """llama_cpp's converter with its gaps closed.

    It loses backslashes and quotation marks in names and constants, asks for escapes in place of letters outside
    ASCII, lets strings hold characters that JSON forbids, writes out repetitions one inside the other, and takes
    few of the escapes of regular expressions.
    """
    library = module("llama_grammar")
    library._build_repetition = _repetition
    library.PRIMITIVE_RULES["char"] = library.BuiltinRule(CHARACTER)
    library.DOT = PLAIN_CHARACTER
    base: Any = library.SchemaConverter

    class Converter(base):  # type: ignore[misc]  # the module is loaded only when asked for
        def __init__(self) -> None:
            super().__init__(prop_order={}, allow_fetch=False, dotall=False, raw_pattern=False)
            self.visited: list[Any] = []

        def visit(self, schema: Any, name: str) -> Any:
            if schema is True or (isinstance(schema, dict) and not SAYS_WHAT & schema.keys()):  # anything
                anything = self._add_primitive("value", library.PRIMITIVE_RULES["value"])
                return self._add_rule(f"{name}-any" if name else "root", anything)
            self.visited.append(schema)
            if isinstance(schema, dict) and isinstance(schema.get("pattern"), str):
                schema = schema | {"pattern": _rewritten(schema["pattern"])}
            result = super().visit(schema, name)
            self.visited.pop()
            return result

        def _format_literal(self, literal: str) -> str:
            if literal.startswith('"'):  # from json.dumps
                literal = json.dumps(json.loads(literal), ensure_ascii=False)
            escaped = literal.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
            return f'"{escaped}"'

        def format_grammar(self) -> Any:
            rules: dict[str, str] = self._rules
            rules.update({name: _without_space_at_the_end(rule) for name, rule in rules.items()})
            return super().format_grammar()

    return Converter()


def _without_space_at_the_end(rule: str) -> str:
    """A rule of the converter, which lets a space follow every value, with that space before the next sign instead.

    So there may be one between any two signs, and none behind the whole: an answer that is complete ends.
    """
    if CLOSED.search(rule):
        rule = CLOSED.sub(r"space \1", rule).replace("space space", "space")
    return BETWEEN.sub(r"space \1 space", rule.removesuffix(" space"))


def _rewritten(pattern: str) -> str:
    """A regular expression in the part of its language that the converter and GBNF share."""
    result, inside, at = "", False, 0
    while at < len(pattern):
        sign = pattern[at]
        pair = pattern[at : at + 2]
        if pair in SETS:
            result += SETS[pair] if inside else f"[{SETS[pair]}]"
        elif sign == "\\" and not pair[1:].isalnum() and pair[1:] not in tuple('\\"[]-' if inside else '\\"[](){}|*+?'):
            result += pair[1:] if inside or pair[1:] not in (".", "^", "$") else f"[{pair[1:]}]"
        elif sign == "\\":
            result += pair
        elif not inside and pair == "[^":
            result += "[^" + NEVER_IN_STRINGS
        else:
            pair = sign
            result += sign
        inside = pair in ("[", "[^") or (inside and pair != "]")
        at += len(pair)
    return result


def _repetition(
    item: str, least: int, most: int | None, separator_rule: str | None = None, item_rule_is_literal: bool = False
) -> str:
    """In place of the converter's own: as many as asked for, with llama.cpp's notation for numbers."""
    if least > MOST_REPEATS or (most or 0) > MOST_REPEATS:
        raise ValueError(f"more than {MOST_REPEATS} repetitions")
    if most is not None and most < max(least, 0):
        raise ValueError("the maximum is below the minimum")
    if not separator_rule:
        return f"{item}{{{least},{'' if most is None else most}}}"
    if most == 0:
        return ""
    more = f"({separator_rule} {item}){{{max(least - 1, 0)},{'' if most is None else most - 1}}}"
    return f"{item} {more}" if least else f"({item} {more})?"
