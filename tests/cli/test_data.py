"""`fireside export`, `import` and `restore`, with and without a window beside them."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from app.cli import chat
from app.core.paths import user_paths
from app.store.backup import back_up
from app.store.database import Database
from app.store.lock import InstanceLock
from tests.chat.importing import files
from tests.store.conftest import fill


def fireside(*argv: str | Path) -> int:
    return chat.main([str(each) for each in argv])


@pytest.fixture
def talks() -> list[int]:
    """Two conversations on disk."""
    store = Database(user_paths().database)
    numbers = [fill(store, "Question", "Answer", title=title)[0].id for title in ("First", "Second")]
    for number in numbers:
        store.run(
            "UPDATE conversation SET leaf = (SELECT max(id) FROM message WHERE conversation = ?1) WHERE id = ?1",
            (number,),
        )
    store.close()
    return numbers


@pytest.fixture
def window() -> Iterator[Database]:
    """Somebody has the conversations open, and an answer is being written."""
    paths = user_paths()
    lock = InstanceLock(paths.data)
    store = Database(paths.database)
    store.run("UPDATE message SET status = 'streaming' WHERE id = 4")
    yield store
    assert store.rows("SELECT status FROM message WHERE id = 4") in ([("streaming",)], [])
    store.close()
    lock.release()


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    path = tmp_path / "claude.json"
    path.write_text(json.dumps([files.claude()]))
    return path


def test_a_conversation_is_printed(talks: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("export", "--conversation", str(talks[0])) == 0
    assert capsys.readouterr().out.startswith("# First\n")
    assert fireside("export", "--conversation", str(talks[0]), "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["title"] == "First"
    assert fireside("export", "--conversation", str(talks[0]), "--format", "html", "--branches") == 0
    assert "<article" in capsys.readouterr().out


def test_the_list(talks: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("export", "--list") == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == ["Second", "First"]


def test_a_repair_is_told(talks: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with user_paths().database.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * 4000)
    assert fireside("export", "--list") == 0
    told = capsys.readouterr()
    assert "was damaged and has been repaired." in told.err
    assert "damaged" not in told.out
    assert fireside("export", "--list") == 0
    assert capsys.readouterr().err == ""


def test_all_to_a_file_and_to_a_folder(talks: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("export", "--all", "--format", "json", tmp_path / "all.json") == 0
    assert len(json.loads((tmp_path / "all.json").read_text())) == 2
    assert "2 conversations exported." in capsys.readouterr().err
    for _ in range(2):
        assert fireside("export", "--all", tmp_path / "out") == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["First (2).md", "First.md", "Second (2).md", "Second.md"]
    assert fireside("export", "--all", "--format", "json") == 0
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_wrong_usage_of_export(talks: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("export", "--all", "--format", "html") == 2
    assert fireside("export", "--conversation", "99") == 1
    assert "--list" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert fireside("export", "--conversation", str(talks[0]), tmp_path / "file" / "below.md") == 1
    assert f"{tmp_path / 'file'} is a file." in capsys.readouterr().err
    assert fireside("export", "--all", tmp_path / "file") == 1
    assert f"{tmp_path / 'file'} is a file." in capsys.readouterr().err
    assert fireside("export", "--all", "--format", "json", tmp_path / "no" / "all.json") == 1
    assert f"There is no folder {tmp_path / 'no'}." in capsys.readouterr().err
    assert fireside("export", "--all", "--format", "json", tmp_path / ("a" * 300)) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert fireside("export") == 2


def test_export_without_conversations(capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("export", "--list") == 1
    assert "no conversations" in capsys.readouterr().err
    assert not user_paths().database.exists()


def test_import_and_again(claude: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("import", claude) == 0
    out = capsys.readouterr().out
    assert "2026-02-14  A poem  2 messages, Claude  without 1 attached file, 1 use of a tool" in out
    assert "1 conversation added." in out
    assert fireside("import", claude, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["added"], report["conversations"][0]["there"], report["unread"]) == (0, True, [])


def test_a_dry_run_writes_nothing(claude: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("import", claude, "--dry-run") == 0
    assert "1 conversation would be added." in capsys.readouterr().out
    assert not user_paths().database.exists()


def test_what_cannot_be_read_is_named(claude: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    assert fireside("import", claude, tmp_path / "photo.png") == 1
    told = capsys.readouterr()
    assert "1 conversation added." in told.out
    assert "photo.png" in told.err
    (tmp_path / "empty.json").touch()
    assert fireside("import", tmp_path / "empty.json") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "empty.json: It is empty.",
        "Export it again from its program, or name another file.",
    ]
    assert fireside("import", tmp_path / "nowhere") == 1
    assert "There is no file" in capsys.readouterr().err


def test_beside_an_open_window(
    talks: list[int], window: Database, claude: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fireside("export", "--conversation", str(talks[1])) == 0
    assert capsys.readouterr().out.startswith("# Second\n")
    assert fireside("import", claude, "--dry-run") == 0
    assert "would be added" in capsys.readouterr().out
    for command in (("import", claude), ("restore", claude)):
        assert fireside(*command) == 1
        assert "Close the window" in capsys.readouterr().err


def test_restore(talks: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    paths = user_paths()
    assert fireside("restore", "--list") == 0
    assert "no backup yet" in capsys.readouterr().err
    back_up(paths.database, paths.backups, date(2026, 11, 22))
    store = Database(paths.database)
    fill(store, "later", title="Third")
    store.close()
    assert fireside("restore", "--list") == 0
    assert capsys.readouterr().out.startswith("2026-11-22  ")
    assert fireside("restore", "2026-11-22") == 0
    assert "fireside.replaced-" in capsys.readouterr().out
    fireside("export", "--list")
    assert "Third" not in capsys.readouterr().out


def test_wrong_usage_of_restore(talks: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("restore") == 2
    assert fireside("restore", "2020-01-01") == 1
    (tmp_path / "text.db").write_text("text")
    assert fireside("restore", tmp_path / "text.db") == 1
    assert "Nothing was changed" in capsys.readouterr().err
