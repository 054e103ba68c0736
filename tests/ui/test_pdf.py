"""PDF files: pages, selectable text, formulas, nothing that runs off the page, and a disk that refuses."""

import re
import zlib
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPageSize, QTextDocument
from PySide6.QtWidgets import QApplication

from app.chat.pages import Ground, Piece, pieces
from app.core.errors import InputError
from app.core.tree import Conversation, Message, Tree
from app.typeset.formula import Formula
from app.ui.pdf import Pdf, _slices

NOW = datetime(2026, 11, 22, tzinfo=UTC)
A4, LETTER = QPageSize(QPageSize.PageSizeId.A4), QPageSize(QPageSize.PageSizeId.Letter)
FORMULA = Formula(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><path d="M0 0h4v1z"/></svg>', 4.0, 0.7, 0.3
)


def made(path: Path, *texts: str, size: QPageSize = A4) -> Pdf:
    """A file of a conversation in which these were said, question and answer by turns."""
    messages = [
        Message(
            id=number, conversation=1, parent=number - 1 or None, text=text, created=NOW,
            role="user" if number % 2 else "assistant",
        )
        for number, text in enumerate(texts, 1)
    ]  # fmt: skip
    talk = Conversation(id=1, title="Über 中文", created=NOW, updated=NOW, leaf=len(messages))
    pdf = Pdf(path, "Über 中文", size)
    for piece in pieces(talk, Tree(messages)):
        pdf.add(piece, {})
    pdf.finish()
    return pdf


def letters(path: Path) -> set[str]:
    """The letters that a reader can select: those that the fonts' tables lead back to text."""
    found: set[str] = set()
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", path.read_bytes(), re.DOTALL):
        try:
            table = zlib.decompressobj().decompress(stream)
        except zlib.error:
            table = stream  # a short one is not packed
        for line in re.findall(rb"\[([<>0-9A-Fa-f ]+)\]", table if b"beginbfrange" in table else b""):
            found.update(chr(int(code, 16)) for code in re.findall(rb"<([0-9A-Fa-f]{4})>", line))
    return found


def boxes(path: Path) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", path.read_bytes())]


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> QApplication:
    return qapp


def test_pages_of_the_size_that_was_asked_for(tmp_path: Path) -> None:
    pdf = made(tmp_path / "a.pdf", "Why?", "word " * 6000)
    assert pdf.pages > 5
    assert boxes(tmp_path / "a.pdf")[0] == pytest.approx((595, 842), abs=1)
    made(tmp_path / "b.pdf", "Why?", "Because.", size=LETTER)
    assert boxes(tmp_path / "b.pdf")[0] == pytest.approx((612, 792), abs=1)


def test_a_ground_has_no_gaps_and_ends_where_another_begins(tmp_path: Path) -> None:
    filled: list[tuple[str, float, float]] = []

    class Watched(Pdf):
        def _fill(self, field: QRectF, ground: Ground) -> None:
            super()._fill(field, ground)
            filled.append((ground, field.top(), field.bottom()))

    pdf = Watched(tmp_path / "a.pdf", "x", A4)
    grounds: tuple[Ground, ...] = ("said", "said", "thought", "thought", "quoted", "")
    for ground in grounds:
        pdf.add(Piece("text", "<p>text</p>", ground), {})
    pdf.finish()
    for name in ("said", "thought", "quoted"):
        parts = [(top, bottom) for ground, top, bottom in filled if ground == name]
        assert all(below[0] - above[1] < 1 for above, below in pairwise(parts))
    ends = {name: (top, bottom) for name, top, bottom in filled}
    assert ends["said"][1] < ends["thought"][0]
    assert ends["thought"][1] < ends["quoted"][0]


def test_text_can_be_selected_in_any_script(tmp_path: Path) -> None:
    made(tmp_path / "a.pdf", "Zürich?", "Ja, *quxz*. `code()` naïve Ωmega")
    assert set("ZürichquxzcodenaïveΩmega()") <= letters(tmp_path / "a.pdf")


def test_no_line_of_code_is_wider_than_the_page(tmp_path: Path) -> None:
    pdf = Pdf(tmp_path / "a.pdf", "x", A4)
    wide = pdf.points(400)
    document = pdf._look.document(Piece("code", f"<pre>{'x' * 3000}</pre>"), {}, wide)
    assert document.idealWidth() <= wide + 1
    assert len(list(_slices(document))) > 10
    pdf.drop()


def test_a_formula_that_is_there_is_drawn_and_one_that_is_not_shows_its_source(tmp_path: Path) -> None:
    pdf = Pdf(tmp_path / "a.pdf", "x", A4)
    piece = Piece("text", '<p><img src="formula:0" /> and <img src="formula:1" /></p>', formulas=(("a", False), ("b", False)), sources=("$a$", "$b$"))  # fmt: skip
    document = pdf._look.document(piece, {("a", False): FORMULA, ("b", False): None}, pdf.points(400))
    assert document.toPlainText() == "\ufffc and $b$"
    narrow = pdf._look.document(piece, {("a", False): FORMULA, ("b", False): FORMULA}, pdf.points(10))
    assert narrow.idealWidth() <= pdf.points(11)
    pdf.add(piece, {("a", False): FORMULA, ("b", False): FORMULA})
    pdf.finish()
    assert (tmp_path / "a.pdf").stat().st_size > 1000


def test_slices_never_cut_a_line_and_miss_none() -> None:
    document = QTextDocument()
    document.setHtml(
        "<p>one</p><table><tr><td>a<br>b</td><td>c</td></tr></table><ul><li>x<ul><li>y</li></ul></li></ul>"
    )
    document.setTextWidth(300)
    found = list(_slices(document))
    assert all(one[1] <= other[0] + 1 for one, other in pairwise(found))
    assert len(found) >= 5
    assert document.size().height() >= found[-1][1]


def test_what_is_taller_than_a_page_is_made_smaller(tmp_path: Path) -> None:
    pdf = Pdf(tmp_path / "a.pdf", "x", A4)
    tall = Formula(FORMULA.svg, 1.0, 200.0, 1.0)
    pdf.add(
        Piece("text", '<p><img src="formula:0" /></p>', formulas=(("a", True),), sources=("$$a$$",)),
        {("a", True): tall},
    )
    pdf.finish()
    assert pdf.pages <= 2


def test_a_heading_is_not_left_alone_at_the_end_of_a_page(tmp_path: Path) -> None:
    pdf = Pdf(tmp_path / "a.pdf", "x", A4)
    while pdf._y < pdf._height - pdf.points(40):
        pdf.add(Piece("text", "<p>line</p>", first=False), {})
    before = pdf.pages
    pdf.add(Piece("heading", "<h2>Heading</h2>"), {})
    assert pdf.pages == before + 1
    pdf.drop()


def test_nothing_is_there_before_the_end_nor_after_it_was_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"before")
    pdf = Pdf(path, "x")
    pdf.add(Piece("text", "<p>x</p>"), {})
    assert path.read_bytes() == b"before"
    pdf.drop()
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["a.pdf"]


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        Pdf(tmp_path / "none" / "a.pdf", "x")
    assert caught.value.hint == "Check that you may write there, or choose another place."


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")  # systems with limits for files
    pdf = Pdf(tmp_path / "a.pdf", "x")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
        pdf.add(Piece("text", "<p>" + "word " * 900 + "</p>"), {})
        with pytest.raises(InputError):
            pdf.finish()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
