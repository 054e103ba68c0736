"""SVG in answers: shown as code, as a picture when asked for, and back; what is read stays where it is."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.ui.theme import DARK
from app.ui.transcript import Transcript
from app.ui.transcript.code import CodePiece
from app.ui.transcript.picture_piece import PicturePiece
from tests.ui.transcript.conftest import entry

RED = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"><rect width="200" height="100" fill="#ff0000"/></svg>'
PROSE = "Words that make a paragraph of several lines in the column. " * 8


def answer(svg: str = RED) -> str:
    return f"Before.\n\n```svg\n{svg}\n```\n\n" + f"{PROSE}\n\n" * 12


def show(view: Transcript, svg: str = RED) -> None:
    view.show_entries([entry(1, "Draw"), entry(2, answer(svg))], key=1)
    view.show_start()


def piece_of(view: Transcript) -> CodePiece | PicturePiece:
    found = view.row(1).placed[1].piece
    assert isinstance(found, CodePiece | PicturePiece)
    return found


def press(view: Transcript, qtbot: QtBot) -> None:
    piece, item = piece_of(view), view.row(1).placed[1]
    place = next(rect for name, rect in piece.buttons() if name == "picture")
    at = QPoint(view.left + item.x, (view.reading.top_of(1) or 0) + item.y) + place.center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def ready(view: Transcript, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view.plates.pictures.waiting, timeout=60_000)


def test_show_picture_and_back(view: Transcript, qtbot: QtBot, pixels: Callable[..., QImage]) -> None:
    show(view)
    assert piece_of(view).picture_label() == "Show picture"
    before = piece_of(view).height
    press(view, qtbot)
    ready(view, qtbot)
    piece = piece_of(view)
    assert isinstance(piece, PicturePiece)
    assert (piece.picture.width(), piece.picture.height()) == (200, 100)
    pixels()
    ready(view, qtbot)
    item = view.row(1).placed[1]
    at = QPoint(view.left + item.x, (view.reading.top_of(1) or 0) + item.y) + piece.picture.center().toPoint()
    assert pixels().pixelColor(at).name() == "#ff0000"
    assert piece.text == RED
    press(view, qtbot)
    assert isinstance(piece_of(view), CodePiece)
    assert piece_of(view).height == before
    press(view, qtbot)  # it is known by now
    assert isinstance(piece_of(view), PicturePiece)


def test_it_is_sharp_at_every_zoom_and_follows_the_width(view: Transcript, qtbot: QtBot) -> None:
    show(view, RED.replace('width="200" height="100"', 'viewBox="0 0 2000 1000" width="2000" height="1000"', 1))
    press(view, qtbot)
    ready(view, qtbot)
    for zoom, width in ((100, 800), (150, 800), (100, 500), (75, 1200)):
        view.resize(width, 600)
        view.set_theme(DARK, zoom)
        piece = piece_of(view)
        assert isinstance(piece, PicturePiece)
        assert piece.picture.right() < piece.width
        assert piece.picture.width() == pytest.approx(2 * piece.picture.height())
        qtbot.waitUntil(lambda: sizes(view, qtbot), timeout=60_000)


def sizes(view: Transcript, qtbot: QtBot) -> bool:
    """Is there a picture of the very size that is shown?"""
    view.viewport().repaint()
    piece, ratio = piece_of(view), view.devicePixelRatioF()
    assert isinstance(piece, PicturePiece)
    wanted = int(piece.picture.width() * ratio), int(piece.picture.height() * ratio)
    return any((order.width, order.height) == wanted for order in view.plates.pictures._images)


def test_nothing_that_is_read_moves(view: Transcript, qtbot: QtBot, pixels: Callable[..., QImage]) -> None:
    show(view)
    view.plates.do(1, 1, "picture")
    view.scroll_by(500)  # the block is above the view when its picture comes
    before = pixels()
    ready(view, qtbot)
    assert isinstance(piece_of(view), PicturePiece)
    assert pixels() == before
    view.plates.do(1, 1, "picture")
    assert isinstance(piece_of(view), CodePiece)
    assert pixels() == before


def test_following_stays_where_it_is(view: Transcript, qtbot: QtBot) -> None:
    view.show_entries([entry(1, "Draw"), entry(2, f"Before.\n\n```svg\n{RED}\n```\n\nAfter.")], key=1)
    top = view.reading.top_of(1)
    view.plates.do(1, 1, "picture")
    ready(view, qtbot)
    assert isinstance(piece_of(view), PicturePiece)
    assert view.reading.top_of(1) == top


@pytest.mark.parametrize(
    ("svg", "told"),
    [
        ("<svg ><rect></svg>", "There is no picture: the SVG has a mistake in line 1."),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>\n<svg >&a;</svg>', "There is no picture: the SVG defines entities, which could grow without end."),
        ("<svg >" + "<rect/>" * 20_001 + "</svg>", "There is no picture: the SVG is too large."),
    ],
)  # fmt: skip
def test_a_sentence_says_why_there_is_none(view: Transcript, qtbot: QtBot, svg: str, told: str) -> None:
    show(view, svg)
    low = piece_of(view).height
    press(view, qtbot)
    ready(view, qtbot)
    piece = piece_of(view)
    assert isinstance(piece, CodePiece)
    assert piece.view.told == told
    assert piece.height > low
    assert piece._told is not None
    first = piece.line_at(0)
    assert first.top() >= piece.head


def test_what_it_is_shown_without(view: Transcript, qtbot: QtBot) -> None:
    show(view, RED.replace("<rect", "<script>x</script><rect"))
    press(view, qtbot)
    ready(view, qtbot)
    piece = piece_of(view)
    assert isinstance(piece, PicturePiece)
    assert piece._caption is not None
    assert piece._caption.text == "Shown without: scripts."


def test_saving_as_svg_and_png(view: Transcript, qtbot: QtBot) -> None:
    show(view)
    press(view, qtbot)
    ready(view, qtbot)
    menu = view.keys.build_menu(1, "", 1)
    labels = [action.text() for action in menu.actions()][:4]
    assert labels == ["Copy code", "Save picture as SVG…", "Show code", "Save picture as PNG…"]
    with qtbot.waitSignal(view.plates.save_asked) as caught:
        menu.actions()[1].trigger()
    assert caught.args == ["code.svg", RED]
    with qtbot.waitSignal(view.plates.save_asked) as caught:
        menu.actions()[3].trigger()
    name, give = caught.args
    files: list[bytes] = []
    give(files.append)
    qtbot.waitUntil(lambda: bool(files), timeout=60_000)
    image = QImage.fromData(files[0])
    assert (name, image.width(), image.height()) == ("code.png", 400, 200)


def test_only_whole_drawings_are_offered(view: Transcript) -> None:
    view.show_entries([entry(1, "Draw"), entry(2, status="streaming")], key=1)
    view.grow(2, f"```svg\n{RED}")
    view.frames.show_frame()
    piece = view.row(1).placed[0].piece
    assert isinstance(piece, CodePiece)
    assert not piece.picture_label()
    view.change_entry(entry(2, f"```svg\n{RED}\n```"))
    view.viewport().repaint()
    found = view.row(1).placed[0].piece
    assert isinstance(found, CodePiece)
    assert found.picture_label() == "Show picture"


@pytest.mark.parametrize("width", [120, 160, 200, 240, 400])
def test_a_narrow_head_has_the_button_too(view: Transcript, width: int) -> None:
    show(view)
    piece = CodePiece(view.look, piece_of(view).block, width)
    found = piece.buttons()
    assert found[0][0] == "copy"
    assert all(rect.left() >= 0 for _, rect in found)
    assert all(not one.intersects(other) for n, (_, one) in enumerate(found) for _, other in found[n + 1 :])
    assert width < 160 or any(deed == "picture" for deed, _ in found)
