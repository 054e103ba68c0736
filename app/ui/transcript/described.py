"""What there is to tell of a message without seeing it: its parts with their roles, names and places."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from PySide6.QtGui import QAccessible

from app.core.aloud import description, marker
from app.core.language import tr
from app.core.markdown import Block, Span
from app.core.record import record
from app.ui.transcript.footer import BETWEEN, figures
from app.ui.transcript.items import Item
from app.ui.transcript.marks import marks_told
from app.ui.transcript.rows import links_of

if TYPE_CHECKING:
    from app.ui.transcript.canvas import Transcript

_LONGEST = 20_000  # characters of a message that are handed over as its name
Role = QAccessible.Role


def _nothing(_: int) -> "Thing":
    return NOTHING


@record
class Thing:
    """One thing in the tree; places are in its row."""

    role: QAccessible.Role
    name: str = ""
    description: str = ""
    count: int = 0  # of what is in it
    inside: Callable[[int], "Thing"] = _nothing
    place: Callable[[], QRect] = QRect
    stop: Callable[[], int] = lambda: -1  # where the keyboard finds it in the row; -1 where it does not


NOTHING = Thing(Role.NoRole)


def message(canvas: "Transcript", index: int, blocks: Sequence[Block]) -> Thing:
    """A message that says these blocks: what was thought if that is shown, the blocks, and its buttons if it is laid out."""
    item = canvas.items[index]
    speaker = tr("You") if item.entry.message.role == "user" else item.entry.message.model or tr("Answer")
    said = "\n".join(block.text for block in blocks)[:_LONGEST]
    marks = marks_told(item.entry.message)
    about = BETWEEN.join(filter(None, (item.mark, item.thought(), *figures(item.entry), marks)))
    thought = int(bool(item.thinking) and item.opened and item.first)
    buttons = item.row.buttons if item.row else []

    def inside(number: int) -> Thing:
        if number < thought:
            return Thing(Role.Note, item.thinking, item.thought())
        number -= thought
        if number < len(blocks):
            return _block(canvas, index, number, blocks[number])
        number -= len(blocks)
        button = buttons[number]
        return Thing(Role.Button, button.action.label, place=lambda: button.rect, stop=lambda: number)

    height = round(canvas.reading.heights[index])
    return Thing(
        Role.ListItem, f"{speaker}: {said or item.entry.message.error}", about, thought + len(blocks) + len(buttons), inside,
        lambda: QRect(0, 0, canvas.column, height),
    )  # fmt: skip


def _block(canvas: "Transcript", index: int, number: int, block: Block) -> Thing:
    item = canvas.items[index]
    about = tr("Quotation") if "quote" in block.inset else ""
    if block.level:
        about = BETWEEN.join(filter(None, (tr("Level {number}").format(number=block.level), about)))
    place = partial(_place, item, number)
    match block.kind:
        case "paragraph" | "heading":
            links = _links(block.spans)
            return Thing(
                Role.Heading if block.kind == "heading" else Role.Paragraph, f"{marker(block)}{block.text}", about,
                len(links), lambda each: _link(item, number, each, *links[each]), place,
            )  # fmt: skip
        case "code":
            lines = block.text.split("\n")
            return Thing(
                Role.Section, description(block), about, len(lines), lambda each: Thing(Role.StaticText, lines[each]), place,
                stop=lambda: _stop(item, number, ""),
            )  # fmt: skip
        case "table":
            return Thing(
                Role.Table, description(block), about, len(block.rows),
                lambda row: _table_row(item, number, block, row), place,
            )  # fmt: skip
        case "attachment":
            said = tr("Attachment: {name}").format(name=block.file)
            return Thing(Role.Section, said, about, place=place, stop=lambda: _stop(item, number, ""))
        case "math":
            return Thing(Role.Equation, block.text, about, place=place)
        case _:
            return Thing(Role.Separator, place=place)


def _table_row(item: Item, number: int, block: Block, row: int) -> Thing:
    cells = block.rows[row]
    before = sum(len(_links(cell)) for each in block.rows[:row] for cell in each)

    def inside(column: int) -> Thing:
        links = _links(cells[column])
        first = before + sum(len(_links(cell)) for cell in cells[:column])
        return Thing(
            Role.Cell if row else Role.ColumnHeader, "".join(span.text for span in cells[column]), "", len(links),
            lambda each: _link(item, number, first + each, *links[each]),
        )  # fmt: skip

    said = ", ".join("".join(span.text for span in cell) for cell in cells)
    return Thing(Role.Row, said, count=len(cells), inside=inside)


def _links(spans: Sequence[Span]) -> list[tuple[str, str]]:
    """The text and the address of each link, as the layout counts them: a span that is one."""
    return [(span.text, span.link) for span in spans if span.link]


def _link(item: Item, number: int, which: int, text: str, address: str) -> Thing:
    return Thing(
        Role.Link, text, address,
        place=lambda: _link_place(item, number, which), stop=lambda: _stop(item, number, address, which),
    )  # fmt: skip


def _place(item: Item, number: int) -> QRect:
    placed = item.row.placed if item.row else []
    return placed[number].rect if number < len(placed) else QRect()


def _link_place(item: Item, number: int, which: int) -> QRect:
    placed = item.row.placed if item.row else []
    if number >= len(placed):
        return QRect()
    links = links_of(placed[number].piece)
    return links[which].rect.translated(placed[number].rect.topLeft()) if which < len(links) else QRect()


def _stop(item: Item, number: int, address: str, which: int = 0) -> int:
    """Where the keyboard finds a block of code, or that link of a block."""
    if item.row is None:
        return -1
    for stop, button in enumerate(item.row.stops()):
        if button.piece == number and button.link == address and (not address or button.which == which):
            return stop
    return -1
