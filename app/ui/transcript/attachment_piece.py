"""An attachment of a message: a chip with its name and size. A click opens it."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter

from app.core.attachments import Attachment
from app.core.language import tr
from app.core.markdown import Block, utf16_length
from app.ui.chips import paint_label, size_of
from app.ui.rounded import paint_plate
from app.ui.transcript.headed import Deed
from app.ui.transcript.highlights import Marks
from app.ui.transcript.look import Look

_WIDE, _HIGH = 280, 46  # pixels at 100 %


class AttachmentPiece:
    """All of its text is selected and copied, and none of it laid out."""

    def __init__(self, look: Look, block: Block, width: int) -> None:
        self.block = block
        self.look = look
        self.text = block.text
        self.length = utf16_length(self.text)
        self.width = min(width, look.px(_WIDE))
        self.height = self.head = look.px(_HIGH)
        self.baseline = self.height / 2
        self.attachment = Attachment(block.file, self.text, block.language)
        self._size = size_of(self.attachment)
        self.hovered = False

    @property
    def label(self) -> str:
        """What it is called."""
        return self.block.file

    @property
    def size(self) -> str:
        """How long it is, in words."""
        return self._size

    def deeds(self) -> list[tuple[Deed, str, str]]:
        """What can be done with it: name, icon, and what it is called."""
        return [
            ("open", "text", tr("Open")),
            ("copy", "copy", tr("Copy text")),
            ("save", "save", tr("Save as file…")),
        ]

    def more_deeds(self) -> list[tuple[Deed, str, str]]:
        """What only its menu offers."""
        return []

    def buttons(self) -> list[tuple[Deed, QRect]]:
        """All of it is one button."""
        return [("open", QRect(0, 0, self.width, self.height))]

    def grip(self) -> QRect:
        """The part by which it is dragged out."""
        return QRect(0, 0, self.width, self.height)

    def foot(self) -> QRect:
        """It has none."""
        return QRect()

    def paint(self, painter: QPainter, x: int, y: int, clip: QRect, marks: Marks | None) -> None:
        look, ground = self.look, None
        if marks:
            ground = look.current if marks.current else look.found if marks.found else look.selected
        self.paint_chip(painter, x, y, False, ground)

    def paint_chip(self, painter: QPainter, x: int, y: int, hovered: bool, ground: QColor | None = None) -> None:
        """Draw it; `hovered` while the pointer or the keyboard is on it."""
        look = self.look
        ground = ground or (look.hover if hovered else look.code)
        paint_plate(painter, QRect(x, y, self.width, self.height), look.px(8), ground, look.border)
        place = QRect(x, y, self.width - look.px(8), self.height)
        paint_label(
            painter, place, self.label, self._size, look.body, look.zoom / 100, (look.theme.text, look.theme.muted)
        )

    def position_at(self, x: int, y: int) -> int:
        return 0 if x < self.width / 2 else self.length

    def line_at(self, position: int) -> QRect:
        return QRect(self.width if position else 0, 0, 1, self.height)

    def link_at(self, x: int, y: int) -> str:
        return ""

    def adopt(self, block: Block) -> bool:
        return block == self.block

    def fit(self, width: int) -> bool:
        return False
