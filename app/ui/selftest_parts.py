"""What `fireside --selftest` tries beside the window and the model: every kind of process, and everything that comes along.

A package that lacks one of these would otherwise be noticed when somebody first wants a formula or a backup.
"""

import multiprocessing
import pkgutil
import queue
import threading
from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import app
from app.core import language
from app.core.language import LANGUAGES
from app.core.paths import Paths, bundled

if TYPE_CHECKING:
    from app.typeset.helper import Helper

PATIENCE_S = 60.0
GUIDE = "models/guide.gguf"
Asked = TypeVar("Asked")


class Parts:
    """Tries them one after the other in a thread: `checks` has what came of each, `problems` why one failed."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self.checks: dict[str, bool] = {}
        self.problems: dict[str, str] = {}
        self._thread = threading.Thread(target=self._try_all, name="parts", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def _try_all(self) -> None:
        for check in (files, modules, formula, picture, job, quantizer, examination, connections, colours):
            try:
                check(self._paths)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what the report is for
                self.problems[check.__name__] = f"{type(error).__name__}: {error}"
            self.checks[check.__name__] = check.__name__ not in self.problems


def files(_paths: Paths) -> None:
    """What comes with the program."""
    names = [GUIDE, "models/catalog.toml", "CHANGELOG.md", "LICENSE", "resources/icons/fireside.svg"]
    names += [f"resources/translations/{each}/LC_MESSAGES/{language.DOMAIN}.mo" for each in LANGUAGES if each != "en"]
    names += [f"resources/help/{each}" for each in LANGUAGES]
    if missing := [name for name in names if not bundled(name).exists()]:
        raise FileNotFoundError(", ".join(missing))


def modules(_paths: Paths) -> None:
    """Every module, with what it imports at once: beam search and log-probabilities need numpy, which plain sampling does not."""
    for found in pkgutil.walk_packages(app.__path__, "app."):
        if not found.name.endswith("__main__"):
            import_module(found.name)


def formula(_paths: Paths) -> None:
    """The process that sets formulas, with its fonts."""
    from app.typeset.typesetter import Typesetter

    _answer(lambda deliver: Typesetter(deliver), (r"\frac{a}{b}", True))


def picture(_paths: Paths) -> None:
    """The process that draws, with Qt's support for SVG."""
    from app.typeset.helper import Helper
    from app.ui.pictures.order import Drawn, Order
    from app.ui.pictures.worker import run

    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="3"/></svg>'
    order = Order(drawing, 9, 9)
    drawn = _answer(lambda deliver: Helper("pictures", run, deliver, PATIENCE_S, 1.0), order)
    if not isinstance(drawn, Drawn):
        raise ValueError(drawn)


def job(paths: Paths) -> None:
    """The process that works on files: it looks at a backup that it has made."""
    from app.chat.jobs import Ended, Kept, LookAtBackups, PrepareBackup, run
    from app.store.backup import back_up

    made = back_up(paths.database, paths.backups, date.today())
    assert made is not None
    spawn = multiprocessing.get_context("spawn")
    for work in (LookAtBackups(paths.database, paths.backups), PrepareBackup(paths.database, made)):
        here, there = spawn.Pipe()
        process = spawn.Process(target=run, args=(there, work, language.in_use()), daemon=True)
        process.start()
        there.close()
        came: list[object] = []
        while here.poll(PATIENCE_S) and not isinstance(step := here.recv(), Ended):
            came.append(step)
            here.send(True)
        process.join()
        if not came or not isinstance(came[0], Kept | Path):
            raise ValueError(came)


def quantizer(_paths: Paths) -> None:
    """The process that makes smaller copies."""
    from app.core.shrink import Order, target
    from app.engine.quantizing import forecast

    if not forecast(Order(bundled(GUIDE), target("Q4_0").file_type, requantize=True)).kinds:
        raise ValueError("nothing is foreseen")


def examination(_paths: Paths) -> None:
    """The process that shows what a model is given."""
    from app.core.protocol import Turn
    from app.engine.examination import examined

    if not examined(bundled(GUIDE), None, (Turn("user", "Hello"),)).tokens:
        raise ValueError("no tokens")


def connections(_paths: Paths) -> None:
    """What the Hub is asked with: the system's certificates. No connection is opened."""
    from app.library.hub import Hub, trusted

    Hub(offline=True)
    trusted()


def colours(_paths: Paths) -> None:
    """Lexers, which are imported by name."""
    from pygments.lexers import get_lexer_by_name
    from pygments.token import Keyword

    for name, word in (("python", "return"), ("rust", "fn"), ("sql", "SELECT"), ("bash", "while")):
        if not any(kind in Keyword for kind, text in get_lexer_by_name(name).get_tokens(f"{word} x") if text == word):
            raise ValueError(name)


def _answer(start: "Callable[[Callable[[Asked, object], None]], Helper[Asked]]", asked: Asked) -> object:
    """What a helper's process answers.

    Raises:
        ValueError: nothing.
    """
    came: queue.SimpleQueue[object] = queue.SimpleQueue()
    helper = start(lambda _asked, answer: came.put(answer))
    try:
        helper.ask(asked)
        answer = came.get(timeout=PATIENCE_S)
    except queue.Empty:
        answer = None
    finally:
        helper.close()
    if answer is None:
        raise ValueError("no answer")
    return answer
