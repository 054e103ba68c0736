"""The settings of a model among its details: told, changed and forgotten."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.chat.own_settings import OwnSettings
from app.core.params import Loading
from app.ui.models_page.settings_section import SettingsSection
from app.ui.settings_dialogs import LoadingDialog
from tests.tiny_model import write_tiny_model
from tests.ui.conftest import Desk


@pytest.fixture
def alder(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("HF_HOME", "HOME", "OLLAMA_MODELS", "XDG_CACHE_HOME", "LLAMA_CACHE", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    folder = desk.window.paths.models
    folder.mkdir(parents=True, exist_ok=True)
    return write_tiny_model(folder / "alder.gguf", name="Alder")


def test_what_is_set_for_a_model_is_told_changed_and_forgotten(desk: Desk, alder: Path) -> None:
    desk.window.opening.models()
    models = desk.window.models
    desk.qtbot.waitUntil(lambda: models.looked)
    desk.window.opening.show_model(alder)
    section = desk.window.findChildren(SettingsSection)[-1]
    desk.qtbot.waitUntil(lambda: section.isVisible())
    assert section.nothing.isVisible()
    assert not section.forget.isVisible()

    section.loading.click()
    dialog = desk.window.findChildren(LoadingDialog)[-1]
    dialog.rows["context_length"]._set(4096)
    dialog._apply.click()
    QApplication.processEvents()
    assert models.loading(alder) == Loading(context_length=4096)
    assert desk.session.model_state.path != alder  # it is not loaded for that
    assert section.facts.texts() == {"Context length": "4,096 tokens"}

    entry = models.entry(alder)
    assert entry is not None
    assert entry.said is not None
    desk.session.settings.set_values(f"sampling:{entry.said.digest}", {"temperature": 0.2})
    desk.session.load_model(alder)
    desk.run()
    assert section.facts.texts() == {"Context length": "4,096 tokens", "Temperature": "0.20"}
    section.forget.click()
    desk.run()
    assert models.loading(alder) == Loading()
    assert section.facts.texts() == {}
    assert section.nothing.isVisible()
    desk.window.opening.leave_models()


def test_what_is_the_default_is_not_kept(desk: Desk) -> None:
    own = OwnSettings(desk.session.settings, Path("a.gguf"), "")
    own.keep_loading({"context_length": 2048, "threads": 3})
    own.keep_loading({"context_length": 0})
    assert desk.session.settings.values("loading:a.gguf") == {"threads": 3}
    desk.session.set_template("{{ 1 }}", Path("a.gguf"))
    assert own.facts() == [("Threads", "3"), ("Chat template", "your own")]
    own.forget()
    assert own.facts() == [("Chat template", "your own")]
