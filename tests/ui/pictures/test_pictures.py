"""The process that draws: what comes back, what a hostile drawing costs, and who is told."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from app.ui.pictures.order import Shape
from app.ui.pictures.pictures import Pictures, reason, told
from tests.core.test_svg import DOUBLING, svg

RED = svg('<rect width="100" height="50" fill="#ff0000"/>')
# Filters of filters: small to read, long to draw.
SLOW = svg(
    '<filter id="f">' + '<feGaussianBlur stdDeviation="900"/>' * 60 + "</filter>"
    + '<g filter="url(#f)">' * 20 + '<rect width="100" height="50" fill="red"/>' + "</g>" * 20
)  # fmt: skip
DASHES = svg('<path d="M0 0L1e7 1e7" stroke="black" stroke-dasharray="0.00001 0.00001" stroke-width="3"/>' * 50)

Make = Callable[..., Pictures]


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    made: list[tuple[Pictures, QObject]] = []

    def new(**limits: float) -> Pictures:
        parent = QObject()
        made.append((Pictures(parent, **limits), parent))
        return made[-1][0]

    yield new
    for pictures, _ in made:
        pictures.rest()


def painted(pictures: Pictures, text: str, width: int = 40, height: int = 20) -> QImage:
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    pictures.paint(painter, text, QRectF(0, 0, width, height))
    painter.end()
    return image


def test_a_drawing_is_measured_and_painted(make: Make, qtbot: QtBot) -> None:
    pictures = make()
    with qtbot.waitSignal(pictures.measured, timeout=60_000) as caught:
        pictures.measure(RED)
    assert caught.args == [RED, Shape(100, 50)]
    with qtbot.waitSignal(pictures.came, timeout=60_000):
        assert painted(pictures, RED).pixelColor(20, 10).alpha() == 0
    assert painted(pictures, RED).pixelColor(20, 10).name() == "#ff0000"
    other = painted(pictures, RED, 80, 40)  # the small one, until the large one has come
    assert other.pixelColor(40, 20).name() == "#ff0000"
    qtbot.waitUntil(lambda: not pictures.waiting, timeout=60_000)


def test_words_are_drawn(make: Make, qtbot: QtBot) -> None:
    pictures = make()
    text = svg('<text x="2" y="40" font-size="40">Wort</text>')
    with qtbot.waitSignal(pictures.came, timeout=60_000):
        painted(pictures, text)
    image = painted(pictures, text)
    assert any(image.pixelColor(x, y).alpha() for x in range(40) for y in range(20))


def test_a_file(make: Make, qtbot: QtBot) -> None:
    pictures, files = make(), list[bytes]()
    pictures.as_png(RED, 200, 100, files.append)
    qtbot.waitUntil(lambda: bool(files), timeout=60_000)
    image = QImage.fromData(files[0])
    assert (image.width(), image.height(), image.pixelColor(5, 5).name()) == (200, 100, "#ff0000")


@pytest.mark.parametrize(
    "hostile", [SLOW, DASHES, DOUBLING, "<svg ", svg("")], ids=["filters", "dashes", "doubling", "broken", "empty"]
)
def test_what_is_hostile_costs_its_picture_only(make: Make, qtbot: QtBot, hostile: str) -> None:
    pictures = make()
    painted(pictures, hostile, 1000, 500)
    qtbot.waitUntil(lambda: not pictures.waiting, timeout=60_000)
    with qtbot.waitSignal(pictures.measured, timeout=60_000) as caught:
        pictures.measure(RED)
    assert caught.args == [RED, Shape(100, 50)]


def test_what_takes_too_long_is_said(make: Make, qtbot: QtBot) -> None:
    pictures = make(patience=0.0)
    with qtbot.waitSignal(pictures.measured, timeout=60_000) as caught:
        pictures.measure(RED)
    assert caught.args == [RED, "There is no picture: it took too long to draw."]


def test_after_the_end_nothing_is_drawn(make: Make) -> None:
    pictures = make()
    pictures.measure(RED)
    pictures.rest()
    pictures.measure(RED)
    assert pictures._helper is not None
    assert not pictures._helper.running


def test_sentences() -> None:
    assert told(()) == ""
    assert told(("scripts", "elsewhere")) == "Shown without: scripts, what it wants from elsewhere."
    whys = ("no_svg", "malformed", "entities", "too_long", "too_deep", "too_many", "too_slow", "empty", "size")
    assert all(reason(why).startswith("There is no picture: ") for why in whys)
    assert reason("malformed", 3) == "There is no picture: the SVG has a mistake in line 3."
