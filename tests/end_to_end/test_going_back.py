"""The whole program goes back to an earlier day: everything is closed, the backup takes its place, a window opens again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.store.database import Database


@pytest.mark.timeout(300)
def test_it_opens_again_with_the_conversations_of_that_day(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {**os.environ, "FIRESIDE_HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("going_back.py"))],
        env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    before, after = map(json.loads, ran.stdout.splitlines())
    assert before["titles"] == ["After the copy", "Before the copy"]
    assert after["titles"] == ["Before the copy"]
    assert after["said"].startswith("The conversations of fireside-2026-11-20.db are back.")
    (aside,) = home.glob("fireside.replaced-*.db")
    assert aside.name in after["said"]
    for path, titles in ((home / "fireside.db", ["Before the copy"]), (aside, before["titles"])):
        store = Database(path)
        assert [each.title for each in store.conversations.listed(9)] == titles
        store.close()
    assert "Traceback" not in ran.stderr
    assert not list(home.glob("*.restoring"))
