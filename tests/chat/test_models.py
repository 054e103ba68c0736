"""The models on this computer, as a window knows them: looked for in a thread, judged, named and noted."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest

from app.chat.changes import Change, ModelDone, ModelState
from app.chat.models import Models
from app.chat.own_template import flaw
from app.core.params import Loading
from app.core.paths import Paths, bundled
from app.core.protocol import ModelInfo
from app.library.looking import Told
from app.store.database import Database
from tests.library.files import write_model


class Desk:
    """Models, with a queue in the place of a window's event loop."""

    def __init__(self, folder: Path, store: Database) -> None:
        self.folder = folder
        self.store = store
        self.changes: list[Change] = []
        self._told: Queue[Callable[[], None]] = Queue()
        self.models = Models(Paths(folder, folder, folder), store.preferences, self._way, self.changes.append)

    def _way(self, handle: Callable[[Told], None]) -> Callable[[Told], None]:
        return lambda told: self._told.put(lambda: handle(told))

    def look(self, *, if_changed: bool = False) -> None:
        self.models.look(if_changed=if_changed)
        self.wait()

    def wait(self) -> None:
        """Take in what the thread tells until it is at its end."""
        while True:
            self._told.get(timeout=30)()
            if not self.models.looking and self.models.work is None and self._told.empty():
                return

    def take(self, count: int) -> None:
        """Take in so much."""
        for _ in range(count):
            self._told.get(timeout=30)()

    def done(self) -> ModelDone:
        """What was told last of files."""
        return [change for change in self.changes if isinstance(change, ModelDone)][-1]

    def titles(self) -> list[str]:
        return [entry.title for entry in self.models.listing.entries if entry.origin != "built-in"]


@pytest.fixture
def desk(tmp_path: Path, new_database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("HOME", str(tmp_path))  # where other programs have their models
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "fireside.db"
    path.write_bytes(new_database.read_bytes())
    store = Database(path)
    desk = Desk(tmp_path, store)
    yield desk
    desk.models.close()
    store.close()


def test_a_look_finds_all_models_and_judges_them(desk: Desk) -> None:
    write_model(desk.folder / "models" / "b.gguf", "Bee")
    write_model(desk.folder / "models" / "a.gguf", "Ant")
    assert desk.models.listing.entries == ()
    desk.look()
    assert desk.titles() == ["Ant", "Bee"]
    assert any(entry.path == bundled("models/guide.gguf") for entry in desk.models.listing.entries)
    entry = desk.models.listing.entries[0]
    judgement = desk.models.judgement(entry)
    assert judgement is not None
    assert judgement.verdict == "fits"
    assert desk.models.longest_context(entry) == 8192
    assert desk.models.looked
    assert desk.changes


def test_a_model_that_the_engine_does_not_know_says_so_before_it_is_loaded(desk: Desk) -> None:
    write_model(desk.folder / "models" / "next.gguf", **{"general.architecture": "next-generation"})
    assert desk.models.knows("next-generation")  # nobody has looked at the engine
    desk.look()
    assert not desk.models.knows("next-generation")
    entry = next(entry for entry in desk.models.listing.entries if entry.stem == "next")
    for _ in range(2):
        judgement = desk.models.judgement(entry)
        assert judgement is not None
        assert (judgement.verdict, judgement.architecture) == ("unsupported", "next-generation")
        desk.models.reconsider(entry.path)


def test_what_changes_on_the_disk_is_found_and_where_nothing_does_nothing_is_told(desk: Desk) -> None:
    write_model(desk.folder / "models" / "a.gguf", "Ant")
    desk.look()
    before = desk.models.listing
    changes = len(desk.changes)
    desk.look(if_changed=True)
    assert desk.models.listing is before
    assert len(desk.changes) == changes
    write_model(desk.folder / "models" / "b.gguf", "Bee")
    desk.look(if_changed=True)
    assert desk.titles() == ["Ant", "Bee"]


def test_a_file_that_is_no_model_is_on_the_list_with_a_sentence(desk: Desk) -> None:
    write_model(desk.folder / "models" / "a.gguf", "Ant")
    (desk.folder / "models" / "broken.gguf").write_bytes(b"nothing of the kind")
    desk.look()
    broken = next(entry for entry in desk.models.listing.entries if entry.path.name == "broken.gguf")
    assert broken.problem is not None
    assert broken.problem.hint
    assert desk.models.judgement(broken) is None


def test_a_model_is_judged_with_its_own_settings(desk: Desk) -> None:
    path = write_model(desk.folder / "models" / "a.gguf", "Ant")
    desk.store.preferences.set_values(f"loading:{path}", {"context_length": 4096})
    desk.look()
    entry = desk.models.entry(path)
    assert entry is not None
    judgement = desk.models.judgement(entry)
    assert judgement is not None
    assert judgement.plan.context == 4096
    desk.store.preferences.set_values(f"loading:{path}", {"context_length": 1024})
    desk.models.reconsider(path)
    judgement = desk.models.judgement(entry)
    assert judgement is not None
    assert judgement.plan.context == 1024


def test_settings_for_a_card_that_is_gone_do_not_end_the_look(desk: Desk) -> None:
    path = write_model(desk.folder / "models" / "a.gguf", "Ant")
    desk.store.preferences.set_values(f"loading:{path}", {"split_mode": "none", "main_gpu": 3})
    desk.look()
    entry = desk.models.entry(path)
    assert entry is not None
    assert desk.models.judgement(entry) is not None


def test_what_the_model_in_use_holds_counts_as_free(desk: Desk) -> None:
    path = write_model(desk.folder / "models" / "a.gguf", "Ant", layers=8)
    desk.store.preferences.set_values(f"loading:{path}", {"context_length": 8192})
    info = ModelInfo(
        path=path, name="", architecture="llama", parameters=0, quantization="", file_bytes=0, context_length=8192,
        trained_context=8192, layers=8, vocabulary=3, device="CPU",
    )  # fmt: skip
    desk.models.follow(ModelState("ready", path, 1.0, info))
    desk.look()
    assert desk.models._held([], desk.models.listing) == []
    held = desk.models._held([info], desk.models.listing)
    assert [(each.entry.path, each.context, each.loading) for each in held] == [
        (path, 8192, Loading(context_length=8192))
    ]


def test_names_and_notes_and_folders_are_kept(desk: Desk) -> None:
    path = write_model(desk.folder / "elsewhere" / "a.gguf", "Ant")
    desk.models.add_place(path.parent)
    desk.wait()
    entry = desk.models.entry(path)
    assert entry is not None
    desk.models.set_name(entry, "  My  ant ")
    desk.wait()
    desk.models.set_note(entry, "small")
    desk.wait()
    entry = desk.models.entry(path)
    assert entry is not None
    assert (entry.title, entry.note) == ("My ant", "small")
    desk.models.set_name(entry, "Ant")  # its own name is no other one
    desk.wait()
    assert desk.models.said.names == {}
    desk.models.forget_place(path.parent)
    desk.wait()
    assert desk.titles() == []
    assert path.exists()


def test_nothing_is_told_after_the_end(desk: Desk) -> None:
    write_model(desk.folder / "models" / "a.gguf", "Ant")
    desk.models.look()
    desk.models.close()
    desk.models.look()
    assert not any(thread.name == "look" for thread in threading.enumerate())


def test_a_model_is_brought_as_a_copy_and_moved_to_the_trash(desk: Desk) -> None:
    path = write_model(desk.folder / "elsewhere" / "a.gguf", "Ant")
    desk.models.bring(path, "copy")
    assert desk.models.work is not None
    assert "a" in desk.models.work.text
    desk.wait()
    done = desk.done()
    assert (done.what, done.title, done.path, done.error) == ("brought", "Ant", desk.folder / "models" / "a.gguf", None)
    assert desk.titles() == ["Ant"]
    entry = desk.models.entry(done.path)
    assert entry is not None
    assert desk.models.removable(entry) == [done.path]
    desk.models.trash(entry)
    desk.wait()
    assert desk.done().what == "trashed"
    assert desk.titles() == []
    assert path.exists()


def test_what_cannot_be_brought_says_why(desk: Desk) -> None:
    path = desk.folder / "a.gguf"
    path.write_bytes(b"no model")
    desk.models.bring(path, "move")
    desk.wait()
    done = desk.done()
    assert done.error is not None
    assert done.error.hint
    assert path.exists()


def test_what_is_cancelled_is_told_and_leaves_nothing(desk: Desk) -> None:
    path = write_model(desk.folder / "elsewhere" / "a.gguf", "Ant")
    desk.models.bring(path, "copy")
    desk.models.bring(path, "copy")
    desk.models.cancel()
    desk.wait()
    told = [change for change in desk.changes if isinstance(change, ModelDone)]
    assert len(told) == 2
    assert not list((desk.folder / "models").glob("*.copying"))
    assert desk.models.work is None


def test_an_aside_is_answered_and_one_that_was_cancelled_is_not(desk: Desk) -> None:
    heard: list[object] = []
    cancel = desk.models.asides.begin(lambda _go: "no", lambda over: heard.append(over.result))
    cancel()
    desk.models.asides.begin(lambda go: go(1, 1), lambda over: heard.append(over.result), heard.append)
    desk.take(3)
    assert [type(each).__name__ for each in heard] == ["Going", "bool"]


def test_a_template_is_read_and_not_run() -> None:
    assert flaw("{{ messages }}") == ""
    assert flaw("{% generation %}x{% endgeneration %}{{ 'a' * 99999999999 }}") == ""
    assert flaw("{{ a }}\n{% if %}").startswith("Line 2: ")
    assert flaw("{{" + "(" * 5000)
