"""What is selected: from one spot to another, across messages."""

from collections.abc import Callable, Iterable

from app.core.markdown import Block, utf16_length, utf16_slice
from app.core.record import record
from app.ui.transcript.highlights import Marked

Spot = tuple[int, int, int]  # row, block in it, position in the block's text in UTF-16 units
END = 1 << 30  # a block or position behind all others
_THOUGHTS = 1 << 30  # paragraphs of the thinking; as blocks they have numbers before those of the answer


def thought_number(paragraph: int) -> int:
    """The number that a paragraph of the thinking has among the blocks of its row; it is negative."""
    return paragraph - _THOUGHTS


def paragraph_of(number: int) -> int:
    """Which paragraph of the thinking has that number."""
    return number + _THOUGHTS


@record
class Selection:
    """From where it was begun to where it was drawn to; nothing when both are the same.

    What was thought belongs to it only where it begins or ends in that: who goes over some messages means what they say.
    """

    anchor: Spot
    head: Spot

    @property
    def start(self) -> Spot:
        return min(self.anchor, self.head)

    @property
    def end(self) -> Spot:
        return max(self.anchor, self.head)

    def __bool__(self) -> bool:
        return self.anchor != self.head

    @property
    def thinks(self) -> bool:
        """Does it begin or end in what was thought?"""
        return self.start[1] < 0 or self.end[1] < 0

    def rows(self) -> range:
        """The rows that it touches."""
        return range(self.start[0], self.end[0] + 1) if self else range(0)

    def marked(self, row: int, block: int, length: int) -> Marked:
        """The selected part of a block."""
        if not self or not self.start[0] <= row <= self.end[0] or (block < 0 and not self.thinks):
            return None
        start, end = self.start, self.end
        first = 0 if (row, block) > start[:2] else start[2] if (row, block) == start[:2] else length
        last = length if (row, block) < end[:2] else end[2] if (row, block) == end[:2] else 0
        return (first, min(last, length)) if first < last else None

    def text(self, read: Callable[[int], Iterable[tuple[int, Block]]]) -> str:
        """The selected text as it is read: list marks kept, blocks and messages apart from each other.

        `read` gives what there is to read in a row, each block with its number.
        """
        messages = []
        for row in self.rows():
            lines = ""
            for index, block in read(row):
                part = self.marked(row, index, utf16_length(block.text))
                if part is None:
                    continue
                found = utf16_slice(block.text, *part)
                if block.marker and part[0] == 0:
                    depth = sum(name != "quote" for name in block.inset) - 1
                    found = "  " * depth + f"{block.marker} {found}"
                lines += (("\n" if block.tight else "\n\n") if lines else "") + found
            if lines:
                messages.append(lines)
        return "\n\n".join(messages)
