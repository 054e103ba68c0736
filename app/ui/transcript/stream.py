"""The Markdown of an answer that is still being written: closed blocks are frozen, only the open end is read again."""

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.chat.math_rules import OPEN
from app.core.markdown import Block, Span, code_block, displayable
from app.ui.transcript.parse import blocks_of, tokens_of

if TYPE_CHECKING:
    from markdown_it.token import Token

Rows = tuple[tuple[tuple[Span, ...], ...], ...]

_TABLE = 8  # rows of a table that are read again with each piece
_DECIDED_LATE = re.compile(r"^[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]|^[ \t>]*\[[^\]\n]*\]:|[$\\\r]", re.MULTILINE)
_OPENING = re.compile(r"(`{3,}|~{3,})[ \t]*([^`\n]*)$")


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
    _tail: str = ""  # text of the open block and what follows it
    _fence: str = ""  # the marks that opened the code block that `_tail` is, while it is not closed
    _searched: int = 0  # up to here the code has no closing marks
    _held: str = ""  # a piece's end that cannot be judged alone
    _number: int | None = None  # the tail goes on with a list: the number of its first item
    _continued: bool = False
    _rows: Rows = ()  # rows of the table that the tail is, which are in it no more

    @property
    def exact(self) -> bool:
        """Are the blocks, at the text's end, surely what the whole text means? Then it need not be read once more."""
        return not self._held and _DECIDED_LATE.search(self.text) is None

    def feed(self, text: str) -> None:
        """Append text to the message."""
        self.text += text
        text = self._held + text
        self._held = ""
        if text and (text[-1] == "\r" or "\ud800" <= text[-1] <= "\udbff"):
            text, self._held = text[:-1], text[-1]
        self._tail += displayable(text)
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
        if not found and last.strip() and not last.strip().strip(self._fence[0]):
            code = code[: len(code) - len(last)]  # perhaps the closing marks, half written
        code = code[:-1] if code.endswith("\n") else code
        self.blocks[self.closed :] = [code_block(code, first[len(self._fence) :])]
        if found is None:
            return False
        self.closed = len(self.blocks)
        self._tail, self._fence, self._continued, self._searched = body[found.end() :], "", False, 0
        return True

    def _read_tail(self) -> None:
        told: dict[str, int] = {}
        tokens = tokens_of(self._tail, told)
        complete = self._tail.count("\n")  # lines before this one have their end
        complete = min(complete, told.get(OPEN, complete))  # and are decided
        starts = [index for index, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0]
        cut = [index for index in starts if (tokens[index].map or [0])[0] < complete]
        line = 0  # where the tail begins in the text that the tokens count lines of
        if len(cut) > 1:
            line = (tokens[cut[-1]].map or [0])[0]
            self._freeze(self._blocks(tokens[: cut[-1]]), line)
            self._continued, self._number, self._rows = False, None, ()
            tokens = tokens[cut[-1] :]
        elif tokens and tokens[0].type in ("bullet_list_open", "ordered_list_open"):
            tokens = self._split_list(tokens, complete)
        self.blocks[self.closed :] = blocks = self._blocks(tokens)
        if len(blocks) == 1 and blocks[0].kind == "table" and len(blocks[0].rows) - len(self._rows) > 2 * _TABLE:
            self._split_table(blocks[0], (tokens[0].map or [0])[0] - line)
        if (opening := _OPENING.match(self._tail.partition("\n")[0])) and "\n" in self._tail:
            self._fence = opening[1]
            if self._close_fence() and self._tail:
                self._read_tail()

    def _blocks(self, tokens: "list[Token]") -> list[Block]:
        """What the tail says, together with what was cut from its beginning."""
        blocks = blocks_of(tokens, self._number, self._continued)
        if self._rows:
            head, *rows = blocks[0].rows
            blocks[0] = replace(blocks[0], rows=(head, *self._rows, *rows))
        return blocks

    def _split_table(self, block: Block, line: int) -> None:
        """Take the rows of the table that begins at `line` out of the tail, but for its head and the last ones."""
        cut = len(block.rows) - 1 - len(self._rows) - _TABLE // 2
        if block.inset:
            return
        lines = self._tail.split("\n")[line:]
        self._rows = block.rows[1 : 1 + len(self._rows) + cut]
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
            start = (
                self._number if self._continued and self._number is not None else int(tokens[0].attrGet("start") or 1)
            )
            self._number = start + len(items) - 1
        self._freeze(frozen, (tokens[last].map or [0])[0])
        self._continued = True
        return [tokens[0], *tokens[last:]]

    def _freeze(self, blocks: list[Block], line: int) -> None:
        self.blocks[self.closed :] = blocks
        self.closed = len(self.blocks)
        self._tail = self._tail.split("\n", line)[line]
