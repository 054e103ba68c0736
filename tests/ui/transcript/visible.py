"""What of a message is on the screen, and what of it is in HTML: both as words, so that the two can be compared."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser

from app.core.markdown import Block
from app.ui.transcript.code import CodePiece
from app.ui.transcript.look import Look
from app.ui.transcript.math_piece import MathPiece
from app.ui.transcript.pieces import Lines, Piece, TextPiece
from app.ui.transcript.rows import Row
from app.ui.transcript.shown import Shown
from app.ui.transcript.wide import TablePiece
from tests.ui.transcript.conftest import entry


def row_of(look: Look, blocks: Sequence[Block], column: int = 700) -> Row:
    """An answer with these blocks, laid out."""
    return Row(look, Shown(entry(2)), blocks, column)


def words_on_screen(row: Row) -> list[str]:
    """The words of all layouts of a row in the order of reading, the marks of lists among them."""
    found: list[str] = []
    for item in row.placed:
        found += [*item.piece.block.marker.split(), *_laid_out(item.piece).split()]
    return found


def _laid_out(piece: Piece) -> str:
    match piece:
        case TextPiece():
            return _text(piece.lines)
        case CodePiece():
            return "\n".join(_text(piece._layout(number)) for number in range(len(piece._chunks)))
        case TablePiece():
            rows = [[piece._cell(n, column) for column in range(len(piece._columns))] for n in range(len(piece._cells))]
            return "\n".join(" ".join(_text(cell) for cell in row) for row in rows)
        case MathPiece():
            return _text(piece._lines) if piece._lines else piece.text
    return ""


def _text(lines: Lines) -> str:
    """What the layout's lines hold together: a letter that is in none of them is not on the screen."""
    layout = lines.layout
    units = layout.text().encode("utf-16-le", "surrogatepass")
    parts = [layout.lineAt(number) for number in range(layout.lineCount())]
    shown = b"".join(units[2 * line.textStart() : 2 * (line.textStart() + line.textLength())] for line in parts)
    return shown.decode("utf-16-le", "surrogatepass").replace("\u2028", "\n")


_APART = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "pre", "tr", "td", "th", "br", "hr", "blockquote", "ul", "ol")


_ITEM = "\x01"  # before the mark of an item, so that text that looks like one is none


class _Reader(HTMLParser):
    """Collects the text of HTML as the transcript shows it: marks of lists, boxes of tasks, addresses of images."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._numbers: list[int | None] = []
        self._mark = -1  # where the mark of the item begins that was opened last

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _APART:
            self.text += "\n"
        match tag:
            case "ul":
                self._numbers.append(None)
            case "ol":
                self._numbers.append(int(given.get("start") or 1))
            case "li":
                number = self._numbers[-1]
                self._mark = len(self.text)
                self.text += _ITEM + ("• " if number is None else f"{number}. ")
                if number is not None:
                    self._numbers[-1] = number + 1
            case "input":
                self.text = self.text[: self._mark] + ("☑ " if "checked" in given else "☐ ")
            case "img":
                self.text += " ".join(filter(None, ("Image:", given.get("alt"), given.get("src"))))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._numbers.pop()
        if tag in _APART:
            self.text += "\n"

    def handle_data(self, data: str) -> None:
        self.text += data


def words_of_html(html: str) -> list[str]:
    """The words that a browser shows of some HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    found = reader.text
    for sign, box in (("[ ]", "☐"), ("[x]", "☑"), ("[X]", "☑")):  # a parser that knows no tasks
        found = re.sub(rf"(?m)^{_ITEM}(?:•|\d+\.) \n*{re.escape(sign)} +(?=\S)", f"{box} ", found)
    return found.replace(_ITEM, "").split()
