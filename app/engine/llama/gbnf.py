"""Reads a GBNF grammar before llama.cpp does: says in which line what is wrong, and refuses what would never end.

llama.cpp's own parser prints to stderr, runs out of stack on deep nesting, and accepts some left recursion on
which it then grows without end. The notation is described in its grammars/README.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.core.errors import InputError
from app.core.language import tr

ROOT = "root"
MOST_REPEATS = 2000  # llama.cpp's MAX_REPETITION_THRESHOLD
DEEPEST_GROUP = 200
MOST_PATHS = 1_000_000  # through the leftmost rules, which llama.cpp walks one by one
WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
ESCAPES = frozenset('trn\\"[]-')


class GrammarFault(Exception):
    """What is wrong, and where."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line = line  # counted from 1
        self.reason = reason  # a sentence, translated


@dataclass(slots=True, eq=False)
class Rule:
    """A rule of the text, or one made for a group or a repetition."""

    name: str  # "" for those made
    line: int
    choices: list[list["Rule | None"]] = field(default_factory=list)  # None: something that takes a character
    defined: bool = False


def check(text: str) -> bool:
    """Look whether this is a grammar; True where it speaks of tokens besides texts.

    Raises:
        InputError: it is not; the sentence names the line and the reason.
    """
    try:
        reader = Reader(text)
        reader.read()
        return reader.names_tokens
    except GrammarFault as fault:
        raise InputError(
            tr("Line {line} of the grammar: {reason}").format(line=fault.line, reason=fault.reason),
            tr("Correct the grammar in the sampling settings, or empty it."),
            (text.splitlines() or [""])[min(fault.line, len(text.splitlines()) or 1) - 1][:200],
        ) from None


class Reader:
    """Recursive descent over one text."""

    def __init__(self, text: str) -> None:
        self._text = text + "\0"  # so that the end needs no question of its own
        self._end = len(text)
        self._at = 0
        self._depth = 0
        self._rules: dict[str, Rule] = {}
        self._made: list[Rule] = []
        self.names_tokens = False  # does it speak of tokens, <…>, besides texts

    def read(self) -> None:
        """Raises GrammarFault."""
        if "\0" in self._text[:-1]:
            raise self._fault(tr("It contains a NUL character."), self._text.index("\0"))
        self._space(True)
        while self._at < self._end:
            self._rule()
        if ROOT not in self._rules or not self._rules[ROOT].defined:
            raise GrammarFault(1, tr("There is no rule called “root”, with which every grammar begins."))
        for rule in self._rules.values():
            if not rule.defined:
                raise GrammarFault(rule.line, tr("The rule “{name}” is used but not defined.").format(name=rule.name))
        _refuse_left_recursion([*self._rules.values(), *self._made])

    # ── the notation ──────────────────────────────────────────────────────────────────────────────────

    def _rule(self) -> None:
        line = self._line()
        rule = self._named(self._name(tr("A rule begins with its name.")), line)
        self._space(False)
        if not self._text.startswith("::=", self._at):
            raise self._fault(tr("After the rule's name comes “::=”."))
        self._at += 3
        self._space(True)
        rule.choices, rule.line, rule.defined = self._choices(False), line, True
        if self._at < self._end and self._text[self._at] not in "\r\n":
            raise self._fault(tr("“{text}” does not belong here.").format(text=self._text[self._at]))
        self._space(True)

    def _choices(self, grouped: bool) -> list[list[Rule | None]]:
        result = [self._sequence(grouped)]
        while self._text[self._at] == "|":
            self._at += 1
            self._space(True)
            result.append(self._sequence(grouped))
        return result

    def _sequence(self, grouped: bool) -> list[Rule | None]:
        result: list[Rule | None] = []
        last: list[Rule | None] | None = None  # what a repetition sign would repeat
        while True:
            sign = self._text[self._at]
            if sign in "*+?{":
                if last is None:
                    raise self._fault(tr("Before “{sign}” stands nothing that it could repeat.").format(sign=sign))
                del result[len(result) - len(last) :]
                last = self._repeated(last, *self._times())
                result += last
            else:
                part = self._part(sign)
                if part is None:
                    return result
                last = part or None  # an empty text cannot be repeated
                result += part
            self._space(grouped)

    def _part(self, sign: str) -> list[Rule | None] | None:
        """A text, a set, a rule's name, a group …; None where none of them begins here."""
        if sign == '"':
            return self._quoted()
        if sign == "[":
            return self._set()
        if sign in "<!":
            return self._token()
        if sign == "(":
            return [self._group()]
        if sign == ".":
            self._at += 1
            return [None]
        if sign in WORD:
            line = self._line()
            return [self._named(self._name(""), line)]
        return None

    def _quoted(self) -> list[Rule | None]:
        begin = self._at
        self._at += 1
        count = 0
        while self._text[self._at] != '"':
            if self._at >= self._end:
                raise self._fault(tr("A text is not closed with a quotation mark."), begin)
            self._character()
            count += 1
        self._at += 1
        return [None] * min(count, 1)

    def _set(self) -> list[Rule | None]:
        begin = self._at
        self._at += 2 if self._text.startswith("[^", begin) else 1
        first = self._at
        while self._text[self._at] != "]":
            if self._at >= self._end:
                raise self._fault(tr("A set of characters is not closed with “]”."), begin)
            self._character()
        if self._at == first:
            raise self._fault(tr("A set of characters is empty."), begin)
        self._at += 1
        return [None]

    def _character(self) -> None:
        if self._text[self._at] != "\\":
            self._at += 1
            return
        sign = self._text[self._at + 1]
        count = HEX_DIGITS.get(sign)
        if count is None and sign not in ESCAPES:
            raise self._fault(tr("“\\{sign}” means nothing in a grammar.").format(sign=sign.replace("\0", "")))
        self._at += 2
        for _ in range(count or 0):
            if self._text[self._at] not in "0123456789abcdefABCDEF":
                raise self._fault(
                    tr("After “\\{sign}” come {count} hexadecimal digits.").format(sign=sign, count=count)
                )
            self._at += 1

    def _token(self) -> list[Rule | None]:
        begin = self._at
        self._at += self._text[self._at] == "!"
        end = self._text.find(">", self._at)
        if self._text[self._at] != "<" or end < 0:
            raise self._fault(tr("A token is written <text> or <[number]>."), begin)
        self._at = end + 1
        self.names_tokens = True
        return [None]

    def _group(self) -> Rule:
        begin = self._at
        self._depth += 1
        if self._depth > DEEPEST_GROUP:
            raise self._fault(tr("Groups are nested too deep."))
        self._at += 1
        self._space(True)
        choices = self._choices(True)
        if self._text[self._at] != ")":
            if self._at < self._end:
                raise self._fault(tr("“{text}” does not belong here.").format(text=self._text[self._at]))
            raise self._fault(tr("A group is not closed with “)”."), begin)
        self._at += 1
        self._depth -= 1
        return self._make(choices)

    def _times(self) -> tuple[int, int | None]:
        """How often at least and at most; None: without end."""
        begin, sign = self._at, self._text[self._at]
        self._at += 1
        if sign != "{":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        end = self._text.find("}", self._at)
        low, comma, high = self._text[self._at : end if end >= 0 else self._at].partition(",")
        low, high = low.strip(), high.strip()
        if not (low.isascii() and low.isdigit()) or (high and not (high.isascii() and high.isdigit())):
            raise self._fault(tr("A repetition is written {m}, {m,} or {m,n}."), begin)
        self._at = end + 1
        least = _limited(low)
        most = (_limited(high) if high else None) if comma else least
        if least > MOST_REPEATS or (most or 0) > MOST_REPEATS:
            raise self._fault(
                tr("More than {limit} repetitions are too many.").format(limit=f"{MOST_REPEATS:,}"), begin
            )
        if most is not None and most < least:
            raise self._fault(tr("A repetition ends before it begins."), begin)
        return least, most

    def _repeated(self, part: list[Rule | None], least: int, most: int | None) -> list[Rule | None]:
        """As llama.cpp rewrites it: what is needed, then a rule that may be empty."""
        needed = part if least else []
        if most == least:
            return list(needed)
        more = self._make([])
        more.choices = [[*part, more] if most is None else list(part), []]
        return [*needed, more]

    # ── words ─────────────────────────────────────────────────────────────────────────────────────────

    def _name(self, missing: str) -> str:
        begin = self._at
        while self._text[self._at] in WORD:
            self._at += 1
        if self._at == begin:
            raise self._fault(missing)
        return self._text[begin : self._at]

    def _space(self, lines: bool) -> None:
        """Skip blanks and comments, and line breaks where they mean nothing."""
        while (sign := self._text[self._at]) in (" \t#\r\n" if lines else " \t#"):
            if sign == "#":
                while self._text[self._at] not in "\r\n\0":
                    self._at += 1
            else:
                self._at += 1

    def _named(self, name: str, line: int) -> Rule:
        return self._rules.setdefault(name, Rule(name, line))

    def _make(self, choices: list[list[Rule | None]]) -> Rule:
        self._made.append(Rule("", self._line(), choices, True))
        return self._made[-1]

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1

    def _fault(self, reason: str, at: int = -1) -> GrammarFault:
        return GrammarFault(self._text.count("\n", 0, self._at if at < 0 else at) + 1, reason)


def _limited(digits: str) -> int:
    """Not more digits than matter: int() refuses some thousand of them."""
    return int(digits[-4:]) if not digits[:-4].strip("0") else MOST_REPEATS + 1


def _refuse_left_recursion(rules: list[Rule]) -> None:
    """A rule that comes to itself before any character never ends.

    llama.cpp refuses it where only rules with an empty choice of their own stand before. It overlooks rules that
    are empty by way of another one; of these it survives those that come back with nothing left to do behind.
    """
    empty = {id(rule) for rule in rules if [] in rule.choices}
    edges = {id(rule): list(_first(rule, empty)) for rule in rules}
    order = _components(rules, edges)
    _refuse(rules, edges, order, growing=False)
    paths: dict[int, int] = {}
    for rule in order:  # what it begins with comes before it
        paths[id(rule)] = 1 + sum(paths[id(part)] for part, _ in edges[id(rule)])
        if paths[id(rule)] > MOST_PATHS:
            raise GrammarFault(rule.line, tr("It branches too often before its first character."))
    grown = 0
    while grown != len(empty):
        grown = len(empty)
        empty |= {
            id(rule)
            for rule in rules
            if any(all(part is not None and id(part) in empty for part in choice) for choice in rule.choices)
        }
    edges = {id(rule): list(_first(rule, empty)) for rule in rules}
    _refuse(rules, edges, _components(rules, edges), growing=True)


def _first(rule: Rule, empty: set[int]) -> Iterator[tuple[Rule, bool]]:
    """The rules that it can begin with, each with: does something stand behind it."""
    for choice in rule.choices:
        for number, part in enumerate(choice, 1):
            if part is None:
                break
            yield part, number < len(choice)
            if id(part) not in empty:
                break


def _components(rules: list[Rule], edges: dict[int, list[tuple[Rule, bool]]]) -> dict[Rule, int]:
    """Rules that reach each other have the same number; those reached come first (Tarjan 1972)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[Rule] = []
    done: dict[Rule, int] = {}
    for start in rules:
        if id(start) in index:
            continue
        walk = [(start, iter(edges[id(start)]))]
        index[id(start)] = low[id(start)] = len(index)
        stack.append(start)
        while walk:
            rule, rest = walk[-1]
            for part, _ in rest:
                if id(part) not in index:
                    index[id(part)] = low[id(part)] = len(index)
                    stack.append(part)
                    walk.append((part, iter(edges[id(part)])))
                    break
                if part not in done:
                    low[id(rule)] = min(low[id(rule)], index[id(part)])
            else:
                walk.pop()
                if walk:
                    before = walk[-1][0]
                    low[id(before)] = min(low[id(before)], low[id(rule)])
                if low[id(rule)] == index[id(rule)]:
                    number = len(done)
                    while rule not in done:
                        done[stack.pop()] = number
    return done


def _refuse(
    rules: list[Rule], edges: dict[int, list[tuple[Rule, bool]]], component: dict[Rule, int], *, growing: bool
) -> None:
    found = [
        rule
        for rule in rules
        for part, grows in edges[id(rule)]
        if component[rule] == component[part] and (grows or not growing)
    ]
    if not found:
        return
    rule = next((each for each in found if each.name), found[0])
    if rule.name:
        raise GrammarFault(
            rule.line, tr("The rule “{name}” begins with itself, which never ends.").format(name=rule.name)
        )
    raise GrammarFault(rule.line, tr("What may be empty is repeated, which never ends."))
