"""What every test gets: its own data folder, no screen, English texts, and a check that it left nothing running."""

import gc
import itertools
import multiprocessing
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from app.core import language
from app.core.paths import bundled
from app.store.database import Database

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is imported anywhere
os.environ["LC_ALL"] = "C.UTF-8"

# No deadlines: machines are busy. The same examples each time, so that a change is judged by what it changes;
# FIRESIDE_EXPLORE=1 looks for new ones.
settings.register_profile(
    "fireside",
    deadline=None,
    derandomize="FIRESIDE_EXPLORE" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fireside")


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


_numbers = itertools.count()


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the data of the person who runs it. The folder is not there yet; most tests need none."""
    home = tmp_path_factory.getbasetemp() / f"home-{next(_numbers)}"
    monkeypatch.setenv("FIRESIDE_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with nothing in it, to be copied: making one takes a dozen waits for the disk."""
    path = tmp_path_factory.mktemp("database") / "new.db"
    Database(path).close()
    return path


@pytest.fixture(autouse=True)
def english() -> None:
    """The language belongs to the process; a test that changes it changes it for itself."""
    language.use("en", bundled("resources/translations"))


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """A thread or process that outlives its test is a leak in the program or in the test."""
    threads_before = set(threading.enumerate())
    yield
    for child in multiprocessing.active_children():
        child.join(5)
    assert not multiprocessing.active_children()
    for thread in set(threading.enumerate()) - threads_before:
        thread.join(5)
        assert not thread.is_alive() or thread.daemon, f"{thread.name} is still running"
