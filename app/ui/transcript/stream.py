"""The Markdown of an answer that is still being written: closed blocks are frozen, only the open end is read again."""

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.chat.math_rules import OPEN
from app.core.markdown import MATH, Block, Span, chunks, code_block, displayable, weight
from app.core.regex import regex
from app.ui.transcript.cutting import settled
from app.ui.transcript.hostile import is_heavy, is_hostile
from app.ui.transcript.parse import Plain, blocks_of, joined, spans_of
from app.ui.transcript.tokens import tokens_of

if TYPE_CHECKING:
    from markdown_it.token import Token

Rows = tuple[tuple[tuple[Span, ...], ...], ...]

_ENDLESS = 40_000  # characters of one block that is no code; to read a longer one with each piece takes too long
_TABLE = 8  # rows of a table that are read again with each piece
_LINES = 40  # of a paragraph's end that are read with each piece
_DECIDED_LATE = regex(r"^[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]|^[ \t>]*\[[^\]\n]*\]:|[$\\\r]", re.MULTILINE)
_CUT = regex(r"(?<=[\w.,;:!?)])[ \n](?=[^\W\d_])|(?<=[。！？，、；：])(?=[^\W\d_])")  # between two words
_SETTLED = regex(r"\[[^\[\]]*\]|(?<!\S)[*_~]+(?!\S)|(?<=[^\W_])_+(?=[^\W_])")  # can be no part of a mark that is open
_MARKS = regex(r"[*_~`\[\]]")
_OPENING = regex(r"(`{3,}|~{3,})[ \t]*([^`\n]*)$")


@dataclass(slots=True)
class Growing:
    """Feed it pieces; `blocks` is what there is so far and `closed` how many of these can never change.

    A block is closed once a later one has begun on a line that is complete, because Markdown decides block by line.
    Two things are known only at the end, when the whole text is read once more: link definitions that stand below
    their use, and whether a list is loose.
    """

    text: str = ""
    blocks: list[Block] = field(default_factory=list)
    closed: int = 0
    unchanged: int = 0  # blocks that the last piece of text surely left as they were
    pending: list[str] = field(default_factory=list)  # text that came since the last frame
    thoughts: list[str] = field(default_factory=list)  # the same of what is thought before the answer
    long: int = 4_000  # weight of a paragraph that is read at once; of a heavier one, the beginning is frozen
    _tail: str = ""  # text of the open block and what follows it
    _fence: str = ""  # the marks that opened the code block that `_tail` is, while it is not closed
    _half: bool = False  # it ends in what may become its closing marks, and is not shown
    _searched: int = 0  # up to here the code has no closing marks
    _held: str = ""  # a piece's end that cannot be judged alone
    _number: int | None = None  # the tail goes on with a list: the number of its first item
    _continued: bool = False
    _rows: Rows = ()  # rows of the table that the tail is, which are in it no more
    _lead: tuple[Span, ...] = ()  # beginning of the paragraph that the tail is, which is in it no more,
    _parts: int = 0  # but for the closed blocks that its first parts are
    _removed: str = ""  # how that, or those rows, were written
    _next_lead: int = 0  # weight of the tail at which more of it may be frozen
    _plain: bool = False  # the parser would take too long: from here on it is shown as it is written
    _late: bool = False  # what was frozen turned out to be something else

    @property
    def exact(self) -> bool:
        """Are the blocks, at the text's end, surely what the whole text means? Then it need not be read once more."""
        return not (self._held or self._plain or self._late or self._half) and _DECIDED_LATE.search(self.text) is None

    def feed(self, text: str) -> None:
        """Append text to the message."""
        self.unchanged = self.closed
        self.text += text
        text = self._held + text
        self._held = ""
        if text and (text[-1] == "\r" or "\ud800" <= text[-1] <= "\udbff"):
            text, self._held = text[:-1], text[-1]
        self._tail += displayable(text)
        if self._tail.startswith("\n"):  # nothing stands above an empty line there
            self._tail = self._tail.lstrip("\n")
        if self._fence and not self._close_fence():
            return
        self._read_tail()

    def _close_fence(self) -> bool:
        """Show the code so far; True when its end has come and the rest is yet to be read."""
        first, _, body = self._tail.partition("\n")
        closing = re.compile(rf"^ {{0,3}}{re.escape(self._fence)}{re.escape(self._fence[0])}*[ \t]*\n", re.MULTILINE)
        found = closing.search(body, self._searched)
        self._searched = body.rfind("\n") + 1
        code = body[: found.start()] if found else body
        last = code[code.rfind("\n") + 1 :]
        self._half = not found and bool(last.strip()) and not last.strip().strip(self._fence[0])
        if self._half or (not found and not last.strip()):
            code = code[
                : len(code) - len(last)
            ]  # perhaps the closing marks, half written; blanks alone are no line yet
        code = code[:-1] if code.endswith("\n") else code
        self.blocks[self.closed :] = [code_block(code, first[len(self._fence) :])]
        if found is None:
            return False
        self.closed = len(self.blocks)
        self._tail, self._fence, self._continued, self._searched = body[found.end() :], "", False, 0
        return True

    def _read_tail(self) -> None:
        told: dict[str, int] = {}
        if self._plain or is_hostile(self._tail):
            self._read_plain()
            return
        tokens = tokens_of(self._tail, told)
        if is_heavy(tokens):
            self._read_plain()
            return
        complete = self._tail.count("\n")  # lines before this one have their end
        complete = min(complete, told.get(OPEN, complete))  # and are decided
        starts = [index for index, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0]
        cut = [index for index in starts if (tokens[index].map or [0])[0] < complete]
        line = 0  # where the tail begins in the text that the tokens count lines of
        if len(cut) > 1:
            line = (tokens[cut[-1]].map or [0])[0]
            self._freeze(self._blocks(tokens[: cut[-1]]), line)
            self._continued, self._number = False, None
            self._rows, self._lead, self._parts, self._removed, self._next_lead = (), (), 0, "", 0
            tokens = tokens[cut[-1] :]
        elif tokens and tokens[0].type in ("bullet_list_open", "ordered_list_open"):
            tokens = self._split_list(tokens, complete)
        self.blocks[self.closed :] = blocks = self._blocks(tokens)
        if len(blocks) == 1 and blocks[0].kind == "table" and len(blocks[0].rows) - len(self._rows) > 2 * _TABLE:
            self._split_table(blocks[0], (tokens[0].map or [0])[0] - line)
        if weight(self._tail) > max(self.long, self._next_lead) and len(tokens) == 3:
            self._split_paragraph(tokens[0].type == "paragraph_open")
        if (opening := _OPENING.match(self._tail.partition("\n")[0])) and "\n" in self._tail:
            self._fence = opening[1]
            if self._close_fence() and self._tail:
                self._read_tail()
        elif len(self._tail) > _ENDLESS and not self._plain:
            self._read_plain()

    def _blocks(self, tokens: "list[Token]") -> list[Block]:
        """What the tail says, together with what was cut from its beginning."""
        goes_on = self._parts > 0
        if (self._lead or goes_on) and (not tokens or tokens[0].type != "paragraph_open"):
            self._late = True  # its last line made it a heading
        blocks = blocks_of(tokens, self._number, self._continued, self._lead, goes_on=goes_on)
        if self._rows:
            head, *rows = blocks[0].rows
            blocks[0] = replace(blocks[0], rows=(head, *self._rows, *rows))
        return blocks

    def _split_paragraph(self, is_one: bool) -> None:
        """Take the beginning of a long paragraph out of the tail, up to where no mark is open that may be closed later."""
        self._next_lead = weight(self._tail) + self.long // 2
        keep, lines = self.long // 4, self._tail.rsplit("\n", _LINES)
        if len(lines) > _LINES:
            keep = min(keep, len(self._tail) - len(lines[0]))
        too_long = weight(self._tail) > 4 * self.long
        found = list(_CUT.finditer(self._tail, 0, len(self._tail) - keep)) if is_one else []
        if not found:
            if too_long:
                self._read_plain()
            return
        begin = tokens_of(self._tail[: found[-1].start()])
        children = begin[1].children or [] if len(begin) == 3 else []
        if any(child.type == "text" and _MARKS.search(_SETTLED.sub("", child.content)) for child in children):
            if not too_long:
                return
            self._late = True  # a mark that is still open may be closed later
        self._lead = tuple(joined((*self._lead, *spans_of(children), Span(found[-1][0]))))
        self._removed += self._tail[: found[-1].end()]
        self._tail = self._tail[found[-1].end() :]
        self._next_lead = 0
        if not any(span.style & MATH for span in self._lead):
            count, self._lead = settled(self._lead, self._parts > 0)
            self._parts += count
            self.closed += count  # they stand in `blocks` already

    def _read_plain(self) -> None:
        """Show the tail as it is written; parts of it that are long enough change no more."""
        if not self._plain:
            self._plain, self.blocks = True, Plain(self.blocks)
            self.closed -= self._parts
            self.unchanged = min(self.unchanged, self.closed)
            head = 2 if self._rows else 0  # lines above the rows that were removed
            lines = self._tail.split("\n", head)
            self._tail = "\n".join([*lines[:head], self._removed + lines[-1]])
            self._lead, self._parts, self._rows, self._removed = (), 0, (), ""
        parts = list(chunks(self._tail))
        self.blocks[self.closed :] = [
            Block("paragraph", (Span(part),), tight=number > 0) for number, part in enumerate(parts) if part
        ]
        for part in parts[:-2]:
            self.closed += bool(part)
            end = len(part) + self._tail.startswith("\n", len(part))
            self._tail = self._tail[end:]

    def _split_table(self, block: Block, line: int) -> None:
        """Take the rows of the table that begins at `line` out of the tail, but for its head and the last ones."""
        cut = len(block.rows) - 1 - len(self._rows) - _TABLE // 2
        if block.inset:
            return
        lines = self._tail.split("\n")[line:]
        self._rows = block.rows[1 : 1 + len(self._rows) + cut]
        self._removed += "".join(f"{each}\n" for each in lines[2 : 2 + cut])
        self._tail = "\n".join([*lines[:2], *lines[2 + cut :]])

    def _split_list(self, tokens: "list[Token]", complete: int) -> "list[Token]":
        """Freeze the items of a list but the last one, and go on as if the list began there."""
        inner = tokens[0].level + 1
        end = next(n for n, token in enumerate(tokens) if token.level == 0 and token.nesting < 0)
        items = [n for n in range(end) if tokens[n].type == "list_item_open" and tokens[n].level == inner]
        items = [n for n in items if (tokens[n].map or [0])[0] < complete]
        if len(items) < 2:
            return tokens
        last = items[-1]
        frozen = blocks_of([*tokens[:last], tokens[end]], self._number, self._continued)
        if tokens[0].type == "ordered_list_open":
            given = tokens[0].attrGet("start")  # None for 1, and it may be 0
            start = self._number if self._continued else None
            self._number = (int(1 if given is None else given) if start is None else start) + len(items) - 1
        self._freeze(frozen, (tokens[last].map or [0])[0])
        self._continued = True
        return [tokens[0], *tokens[last:]]

    def _freeze(self, blocks: list[Block], line: int) -> None:
        self.blocks[self.closed :] = blocks
        self.closed = len(self.blocks)
        self._tail = self._tail.split("\n", line)[line]
