"""What the window does not wait for: parts of PySide6 that are only read or made when somebody needs them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from app.ui.grounds import fill, own_viewport

PROJECT = Path(__file__).parents[2]

ERRORS = """
import json, sys
if sys.argv[1] == "ours":
    import app.ui
from PySide6.QtCore import QObject, QPoint, Qt

told = []
for wrong in (
    lambda: QPoint("a", 3), lambda: QPoint(xyz=3), lambda: QObject().setObjectName(3), lambda: QObject(objectNam="a"),
    lambda: QPoint(1, 2).nothing, lambda: Qt.AlignmentFlag("x"), lambda: QObject().setParent(1, 2),
):
    try:
        wrong()
    except Exception as error:
        told.append(f"{type(error).__name__}: {error}")
from PySide6.support.signature import layout
from PySide6.support.signature.lib.enum_sig import HintingEnumerator
told += [QObject.setObjectName.__doc__, layout.create_signature.__name__, HintingEnumerator.__name__]
json.dump(told, sys.stdout)
"""

PAINTED = """
import os, sys
from app.main import open_window

def opened(window, _session):
    def painted():
        from PySide6 import QtWidgets
        def below(kind):
            for each in type.__subclasses__(kind):
                yield each
                yield from below(each)
        made = {each.__name__ for each in [*below(QtWidgets.QWidget), *below(sys.modules["PySide6.QtCore"].QObject)]}
        unused = [name for name in ("QDial", "QWizard", "QMdiArea", "QCommonStyle") if name in made]
        os.write(1, repr((unused, sorted(name for name in sys.modules if name.startswith("PySide6.Qt")))).encode())
        window.close()
    window.painted.connect(painted)

sys.exit(open_window(opened))
"""


def told(script: str, *arguments: str, **environment: str) -> Any:
    """What a process of its own writes."""
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=PROJECT, env=os.environ | environment, capture_output=True, timeout=120
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stdout


def test_wrong_arguments_are_told_as_pyside_tells_them() -> None:
    """The modules that write these errors are compiled when the first of them is written."""
    ours, theirs = (json.loads(told(ERRORS, whose)) for whose in ("ours", "theirs"))
    assert "PySide6.QtCore.QPoint.__init__(xpos: int, ypos: int, /)" in ours[0]
    assert ours == theirs


def test_classes_that_nobody_needs_are_not_made(tmp_path: Path) -> None:
    """One call that returns a widget unknown to Python has all of Qt's widget classes made, for 20 ms."""
    unused, parts = eval(told(PAINTED, FIRESIDE_HOME=str(tmp_path)))
    assert unused == []
    assert parts == ["PySide6.QtCore", "PySide6.QtGui", "PySide6.QtSvg", "PySide6.QtWidgets"]


@pytest.mark.parametrize("drops", [True, False])
def test_a_viewport_of_its_own_is_like_qts(qtbot: QtBot, drops: bool) -> None:
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setAcceptDrops(drops)
    area.resize(200, 100)
    viewport = own_viewport(area)
    assert area.viewport() is viewport
    assert viewport.parent() is area
    assert viewport.acceptDrops() == drops
    assert not viewport.autoFillBackground()
    area.show()
    QApplication.processEvents()
    assert viewport.isVisible()
    assert viewport.width() >= 190


def test_filling_is_filling() -> None:
    one, other = QImage(8, 8, QImage.Format.Format_ARGB32), QImage(8, 8, QImage.Format.Format_ARGB32)
    for image in (one, other):
        image.fill(Qt.GlobalColor.white)
    clear = QColor(200, 10, 20, 90)
    painter = QPainter(one)
    fill(painter, one.rect().adjusted(1, 2, -3, 0), clear)
    painter.end()
    painter = QPainter(other)
    painter.fillRect(other.rect().adjusted(1, 2, -3, 0), clear)
    painter.end()
    assert one == other
