"""Everything that is installed with Fireside has its licence in the list."""

import tomllib

from app import __version__
from app.chat.notices import as_text, collected, notices, read_notices, written_notices
from app.core.paths import bundled


def test_every_library_is_there_with_a_text() -> None:
    parts = {each.name.lower().replace("_", "-"): each for each in collected()}
    assert next(iter(parts)) == "fireside"
    assert parts["fireside"].version == __version__
    project = tomllib.loads(bundled("pyproject.toml").read_text("utf-8"))["project"]
    for requirement in project["dependencies"]:
        name = requirement.partition(">")[0].lower()
        assert name in parts or name == "pyside6-essentials", name
    for each in parts.values():
        assert each.licence, each.name
        assert len(each.text) > 500, each.name
    assert "httpx2" in parts  # of a library of ours


def test_qt_says_what_its_licence_asks_for() -> None:
    (qt,) = [each for each in notices() if each.name.startswith("Qt")]
    assert qt.version
    for words in (
        "download.qt.io",
        "put them in place",
        "GNU LESSER GENERAL PUBLIC LICENSE",
        "GNU GENERAL PUBLIC LICENSE",
    ):
        assert words in qt.text


def test_only_what_is_packed() -> None:
    names = {each.name for each in collected({"app", "jinja2", "json"})}
    assert {"Fireside", "Qt, PySide6", "llama.cpp, ggml", "Python", "Jinja2"} == names


def test_written_and_read() -> None:
    parts = collected({"yaml"})
    assert read_notices(written_notices(parts)) == parts
    text = as_text(parts)
    assert all(each.text in text for each in parts)
