"""A PDF file, page by page: pieces of a conversation laid out one after the other, with a line below each page."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from PySide6.QtCore import QIODevice, QLocale, QMarginsF, QRect, QRectF, QSaveFile, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontDatabase,
    QFontInfo,
    QFontMetricsF,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPyTextObject,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextOption,
)
from PySide6.QtWidgets import QApplication

from app.chat.exporting import unwritable
from app.chat.pages import Ground, Piece
from app.typeset.formula import Formula, Key
from app.ui.theme import FAMILIES, LIGHT
from app.ui.transcript.formulas import EM, draw_formula

DPI = 1200
TEXT, SMALL = 10.5, 8.5  # points
MARGIN = 18  # mm
FORMULA = int(QTextFormat.ObjectTypes.UserObject) + 1
NUMBER = int(QTextFormat.Property.UserProperty) + 1
SIZES = {"title": 18.0, "date": SMALL, "who": SMALL}
ABOVE = {"title": 0, "date": 2, "who": 14, "heading": 10, "text": 5, "code": 6}  # points of room above a piece
KEPT_TOGETHER = 48  # points that must follow below a heading on its page
BESIDE_BAR = ("thought", "quoted")
RULE = "#cfc9bf"  # of tables

_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)  # Qt's own headings have sizes of their own
_IMAGE = re.compile(r'<img src="formula:(\d+)" />')


def page_size() -> QPageSize:
    """Letter where inches are used, A4 elsewhere."""
    inches = QLocale.system().measurementSystem() == QLocale.MeasurementSystem.ImperialUSSystem
    return QPageSize(QPageSize.PageSizeId.Letter if inches else QPageSize.PageSizeId.A4)


class Pdf:
    """A file that is being made. Nothing is under its name before `finish`, and nothing remains after `drop`.

    Raises:
        InputError: the place cannot be written to.
    """

    def __init__(self, path: Path, title: str, size: QPageSize | None = None) -> None:
        self._path = path
        self._file = QSaveFile(str(path))
        self._file.setDirectWriteFallback(False)
        if not self._file.open(QIODevice.OpenModeFlag.WriteOnly):
            raise unwritable(path, self._file.errorString())
        self._writer = QPdfWriter(self._file)
        self._writer.setResolution(DPI)
        self._writer.setTitle(title)
        self._writer.setCreator("Fireside")
        self._writer.setPageLayout(
            QPageLayout(
                size or page_size(),
                QPageLayout.Orientation.Portrait,
                QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN),
                QPageLayout.Unit.Millimeter,
            )
        )
        self._painter = QPainter(self._writer)
        self._look = Look(self._writer)
        self._title = title
        self._foot = self.points(26)
        self._width, self._height = float(self._writer.width()), self._writer.height() - self._foot
        self._y = 0.0
        self._ground: Ground = ""  # of the piece before
        self.pages = 1

    @staticmethod
    def points(size: float) -> float:
        """Dots for a size in points."""
        return size * DPI / 72

    def add(self, piece: Piece, formulas: Mapping[Key, Formula | None]) -> None:
        """Lay a piece out below the one before, over as many pages as it takes."""
        inset = self.points({"said": 9.0, "thought": 12.0, "quoted": 12.0}.get(piece.ground, 0.0))
        pad = self.points(6) if piece.kind == "code" else 0.0
        document = self._look.document(piece, formulas, self._width - 2 * inset - 2 * pad)
        slices = list(_slices(document))
        if not slices:
            return
        edge = pad + (self.points(5) if piece.ground == "said" else 0.0) if piece.first else 0.0
        above = (self.points(ABOVE[piece.kind]) if piece.first else 0.0) if self._y else 0.0
        needed = above + edge + slices[0][1] - slices[0][0]
        if piece.kind in ("who", "heading", "title"):
            needed = above + slices[-1][1] + self.points(KEPT_TOGETHER)
        if self._y and self._y + needed > self._height:
            self._new_page()
            above = 0.0
        if above and piece.ground == self._ground:
            self._fill(QRectF(0, self._y, self._width, above), piece.ground)  # it goes on
        self._ground = piece.ground
        self._y += above
        at = 0
        while at < len(slices):
            end, room = at + 1, self._height - self._y - edge - pad
            while end < len(slices) and slices[end][1] - slices[at][0] <= room:
                end += 1
            top, bottom = slices[at][0], slices[end - 1][1]
            if bottom - top > room and self._y:
                self._new_page()
                continue
            self._draw(document, piece, top, bottom, (inset, pad, edge if at == 0 else pad, pad))
            at = end
            if at < len(slices):
                self._new_page()

    def _draw(
        self, document: QTextDocument, piece: Piece, top: float, bottom: float, room: tuple[float, float, float, float]
    ) -> None:
        """A part of a document, on the ground that it stands on, from here on downwards."""
        inset, pad, before, after = room
        painter, height = self._painter, bottom - top
        after += self.points(5) if piece.ground == "said" else 0.0
        field = QRectF(0, self._y, self._width, height + before + after)
        scale = min(1.0, (self._height - before - after) / height)  # what is taller than a page is made smaller
        self._fill(field, piece.ground)
        if piece.kind == "code":
            painter.fillRect(field.adjusted(inset, 0, -inset if piece.ground else 0, 0), QColor(LIGHT.code))
        painter.save()
        painter.translate(inset + pad, self._y + before)
        painter.scale(scale, scale)
        painter.translate(0, -top)
        hair = self.points(0.2)
        clip = QRectF(-pad, top + hair, document.textWidth() + 2 * pad, height - 2 * hair)
        painter.setClipRect(clip.adjusted(0, -hair - self.points(1), 0, hair + self.points(1)))
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = clip
        document.documentLayout().draw(painter, context)
        painter.restore()
        self._y += (height * scale) + before + after

    def _fill(self, field: QRectF, ground: Ground) -> None:
        """What a piece stands on."""
        if ground == "said":
            self._painter.fillRect(field, QColor("#f4f1ec"))
        elif ground:
            self._painter.fillRect(QRectF(0, field.top(), self.points(1.5), field.height()), QColor(RULE))

    def _new_page(self) -> None:
        self._finish_page()
        self._writer.newPage()
        self.pages += 1
        self._y = 0.0

    def _finish_page(self) -> None:
        """The title and the number below the page."""
        painter = self._painter
        painter.setFont(self._look.font(SMALL))
        painter.setPen(QColor(LIGHT.muted))
        line = QRectF(0, self._height + self.points(12), self._width, self._foot - self.points(12))
        number = str(self.pages)
        metrics = QFontMetricsF(self._look.font(SMALL), self._writer)
        room = self._width - metrics.horizontalAdvance(number) - self.points(24)
        title = metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, title)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, number)

    def finish(self) -> None:
        """Put the file in its place.

        Raises:
            InputError: the disk refused a part of it; nothing of it remains.
        """
        self._finish_page()
        self._painter.end()
        if not self._file.commit():
            raise unwritable(self._path, self._file.errorString())

    def drop(self) -> None:
        """It is not wanted any more."""
        if self._painter.isActive():
            self._painter.end()
        self._file.cancelWriting()
        self._file.commit()


class Look:
    """Fonts and styles of the pages; pieces as documents."""

    def __init__(self, writer: QPdfWriter) -> None:
        self._writer = writer

    def font(self, points: float, fixed: bool = False) -> QFont:
        """The application's own at that size, with the scripts that it lacks from others."""
        if fixed:
            own = QFontInfo(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)).family()
            font = QFont([own, *FAMILIES])
            font.setStyleHint(QFont.StyleHint.Monospace)
        else:
            font = QFont(QApplication.font().families() or [QApplication.font().family(), *FAMILIES])
        font.setPointSizeF(points)
        return font

    def document(self, piece: Piece, formulas: Mapping[Key, Formula | None], width: float) -> QTextDocument:
        """A piece, laid out `width` dots wide."""
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.documentLayout().setPaintDevice(self._writer)
        document.setDocumentMargin(0)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(option)
        base = self.font(SIZES.get(piece.kind, 9.0 if piece.kind == "code" else TEXT), piece.kind == "code")
        base.setBold(piece.kind in ("title", "who"))
        document.setDefaultFont(base)
        fixed = ", ".join(f"'{name}'" for name in self.font(TEXT, True).families())
        muted = LIGHT.muted if piece.kind in ("date", "who") or piece.ground in BESIDE_BAR else LIGHT.text
        document.setDefaultStyleSheet(
            f"body {{ color: {muted}; }} p {{ margin: 0 0 6px 0; }} p.typed {{ white-space: pre-wrap; margin: 0; }}"
            f"pre {{ white-space: pre-wrap; margin: 0; font-family: {fixed}; }} code {{ font-family: {fixed}; font-size: 9pt; }}"
            f"p.h {{ margin: 0; font-weight: 600; }} p.h1 {{ font-size: 15pt; }} p.h2 {{ font-size: 13pt; }} p.h3 {{ font-size: 11.5pt; }} a {{ color: {LIGHT.accent}; text-decoration: none; }}"
            f"blockquote {{ margin: 0 0 0 18px; color: {LIGHT.muted}; }}"
            f"div.footnote {{ color: {LIGHT.muted}; }} ul, ol {{ margin: 0; }} li {{ margin: 0 0 3px 0; }} p, li {{ line-height: 125%; }} td p {{ margin: 0; }} span.math {{ font-family: {fixed}; font-size: 9pt; }}"
        )
        document.setIndentWidth(20)  # of 1/96 inch, as Qt takes it
        held: list[tuple[Formula, float]] = []
        size = base.pointSizeF() * DPI / 72 * EM

        def placed(found: re.Match[str]) -> str:
            number = int(found[1])
            formula = formulas.get(piece.formulas[number])
            if formula is None:
                return f'<span class="math">{escape(piece.sources[number])}</span>'
            return found[0]

        html = _HEADING.sub(r'<p class="h h\1">\2</p>', _IMAGE.sub(placed, piece.html)).replace(
            "<table>",
            f'<table border="1" cellspacing="0" cellpadding="5" style="border-collapse: collapse; border-color: {RULE}; border-style: solid;">',
        )
        document.setHtml(f"<body>{html}</body>")
        for cursor, number in _images(document):
            formula = formulas[piece.formulas[number]]
            assert formula is not None
            em = min(size, width / max(formula.width, 0.01))  # a wide one is made smaller
            made = QTextCharFormat(cursor.charFormat())
            made.setObjectType(FORMULA)
            made.setProperty(NUMBER, len(held))
            made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
            held.append((formula, em))
            cursor.insertText("\ufffc", made)
        if held:
            handler = FormulaObject(held, base, self._writer)
            handler.setParent(document)
            document.documentLayout().registerHandler(FORMULA, handler)
        document.setTextWidth(width)
        return document


class FormulaObject(QPyTextObject):
    """Draws formulas among letters. Qt sets such an object around the middle of the line: so it is made symmetrical."""

    def __init__(self, held: list[tuple[Formula, float]], font: QFont, writer: QPdfWriter) -> None:
        super().__init__()
        self._held = held
        self._font = QFont(font)
        self._font.setPixelSize(round(font.pointSizeF() * DPI / 72))
        self._middle = QFontMetricsF(font, writer).xHeight() / 2

    def intrinsicSize(self, _document: QTextDocument, _position: int, form: QTextFormat) -> QSizeF:
        formula, em = self._held[int(form.property(NUMBER))]
        around = max(formula.ascent * em - self._middle, formula.descent * em + self._middle)
        return QSizeF(formula.width * em + Pdf.points(0.5), 2 * around)

    def drawObject(
        self, painter: QPainter, rect: QRectF | QRect, _document: QTextDocument, _position: int, form: QTextFormat
    ) -> None:
        formula, em = self._held[int(form.property(NUMBER))]
        rect = QRectF(rect)
        baseline = rect.center().y() + self._middle
        place = QRectF(
            rect.left(), baseline - formula.ascent * em, formula.width * em, (formula.ascent + formula.descent) * em
        )
        font = QFont(self._font)
        font.setPixelSize(max(1, round(em / EM)))
        draw_formula(painter, formula, place, font, QColor(LIGHT.text))


def _images(document: QTextDocument) -> Iterator[tuple[QTextCursor, int]]:
    """Each image with the source formula:N, selected; those at the end first, so that replacing one moves no other."""
    found: list[tuple[int, int]] = []
    block = document.begin()
    while block.isValid():
        parts: Any = block  # the binding's types do not know that it has parts
        for part in parts:
            fragment = part.fragment()
            form = fragment.charFormat()
            if form.isImageFormat():
                name = form.toImageFormat().name()
                found += [(fragment.position() + at, int(name.partition(":")[2])) for at in range(fragment.length())]
        block = block.next()
    for position, number in reversed(found):
        cursor = QTextCursor(document)
        cursor.setPosition(position)
        cursor.setPosition(position + 1, QTextCursor.MoveMode.KeepAnchor)
        yield cursor, number


def _slices(document: QTextDocument) -> Iterator[tuple[float, float]]:
    """Parts of a document that no page may cut, from top to bottom: lines, or what stands beside each other."""
    layout, block = document.documentLayout(), document.begin()
    lines: list[tuple[float, float]] = []
    while block.isValid():
        top = layout.blockBoundingRect(block).top()
        inner = block.layout()
        for number in range(inner.lineCount()):
            line = inner.lineAt(number).rect()
            lines.append((top + line.top(), top + line.bottom()))
        block = block.next()
    lines.sort()
    merged: list[tuple[float, float]] = []
    for top, bottom in lines:
        if merged and top < merged[-1][1] - 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], bottom)
        else:
            merged.append((top, bottom))
    yield from merged
