"""The catalogues: complete, compiled, and with the same placeholders as the source."""

import gettext
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[1] / "resources" / "translations"


@pytest.fixture(scope="module")
def update() -> ModuleType:
    spec = importlib.util.spec_from_file_location("update_translations", FOLDER / "update.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_text_has_a_translation(update: ModuleType) -> None:
    missing = [entry.id for entry in update.updated("zh_CN") if entry.id and not any(entry.string)]
    assert missing == []


def test_the_compiled_catalogue_is_current(update: ModuleType) -> None:
    compiled = gettext.translation("fireside", FOLDER, ["zh_CN"])
    for entry in update.updated("zh_CN"):
        if isinstance(entry.id, tuple):
            assert compiled.ngettext(*entry.id, 2) == entry.string[0], "run resources/translations/update.py"
        elif entry.id:
            assert compiled.gettext(entry.id) == entry.string, "run resources/translations/update.py"


def test_placeholders_survive_translation(update: ModuleType) -> None:
    for entry in update.updated("zh_CN"):
        english = entry.id if isinstance(entry.id, str) else entry.id[1]
        for translated in [entry.string] if isinstance(entry.string, str) else entry.string:
            assert set(re.findall(r"\{\w*\}", english)) == set(re.findall(r"\{\w*\}", translated)), english
