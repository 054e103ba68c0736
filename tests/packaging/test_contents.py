"""What the frozen program holds."""

import re
import sys
import tomllib
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "packaging"))

import contents


def test_everything_that_the_program_asks_for_is_in() -> None:
    packed = {str(folder / path.name) for path, folder in contents.own_files()}
    assert {"app/models/guide.gguf", "app/models/catalog.toml", "app/CHANGELOG.md", "app/LICENSE"} <= packed
    assert "app/resources/icons/fireside.svg" in packed
    assert "app/resources/translations/zh_CN/LC_MESSAGES/fireside.mo" in packed
    for tongue in ("en", "zh_CN"):
        pages = sorted((ROOT / "resources" / "help" / tongue).glob("*.md"))
        assert pages
        assert {f"app/resources/help/{tongue}/{page.name}" for page in pages} <= packed
    assert not [name for name in packed if name.endswith((".py", ".po", ".png"))]


def test_what_the_code_asks_for_by_name_is_in() -> None:
    """Every `bundled("…")` of the program, and the constants that are given to it."""
    packed = {(folder / path.name).relative_to("app") for path, folder in contents.own_files()}
    there = {str(each) for path in packed for each in (path, *path.parents)}
    asked = set()
    for file in (ROOT / "app").rglob("*.py"):
        asked |= set(re.findall(r'bundled\("([^"{]+)"\)', file.read_text("utf-8")))
    assert len(asked) > 4
    assert asked - there <= {
        "pyproject.toml",
        "engines",
    }  # which only a checkout has, and only whoever puts packs there


def test_a_name_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.hatch.build.targets.wheel]\nonly-include = ["app", "gone"]\n')
    with pytest.raises(FileNotFoundError, match="gone"):
        list(contents.own_files(tmp_path))


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqwayland.so", True),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", True),
        ("PySide6/plugins/platforms/qwindows.dll", True),
        ("PySide6/Qt/plugins/platforms/libqminimalegl.so", False),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", False),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", False),
        ("PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so", True),
        ("PySide6/Qt/plugins/imageformats/libqtiff.so", False),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", False),
        ("PySide6/Qt/plugins/iconengines/libqsvgicon.so", True),
        ("PySide6/Qt/translations/qtbase_zh_CN.qm", True),
        ("PySide6/Qt/translations/qtbase_de.qm", False),
        ("PySide6/Qt/translations/qt_zh_CN.qm", False),
        ("PySide6/Qt/lib/libQt6Core.so.6", True),
        ("PySide6/Qt/lib/libQt6DBus.so.6", True),
        ("PySide6/Qt/lib/libQt6Network.so.6", False),
        ("PySide6/Qt/lib/libQt6Quick.so.6", False),
        ("PySide6/Qt/lib/libQt6EglFSDeviceIntegration.so.6", False),
        ("llama_cpp/lib/libllama.so", True),
        ("llama_cpp/lib/libllama.so.0", False),
        ("llama_cpp/lib/libggml-cpu.so.0", True),
        ("llama_cpp/lib/libggml-cpu.so", False),
        ("llama_cpp/lib/libggml-cuda.so.0", True),
        ("llama_cpp/lib/libggml-base.0.dylib", True),
        ("llama_cpp/lib/libggml-base.0.25.3.dylib", False),
        ("llama_cpp/lib/libllama.dylib", True),
        ("llama_cpp/lib/ggml-cpu.dll", True),
        ("llama_cpp/lib/libmtmd.so", False),
        ("llama_cpp/lib/mtmd.dll", False),
        ("libstdc++.so.6", False),
        ("libxcb-cursor.so.0", False),
        ("libreadline.so.8", False),  # GPL
        ("libsqlite3.so.0", True),
        ("libssl.so.3", True),
    ],
)
def test_what_is_wanted(target: str, wanted: bool) -> None:
    assert contents.wanted(target, ["zh_CN"], "linux") is wanted


def test_what_is_left_out_is_not_asked_for() -> None:
    """No module of the program imports what the spec excludes."""
    excluded = {name for name in contents.EXCLUDED_MODULES if name != "keyring"}  # asked for by name, where it is there
    for file in (ROOT / "app").rglob("*.py"):
        imported = re.findall(r"^\s*(?:from|import) ([\w.]+)", file.read_text("utf-8"), re.MULTILINE)
        assert not excluded & set(imported), file


def test_the_languages_are_those_of_the_catalogues() -> None:
    assert contents.languages() == ["zh_CN"]


def test_the_wheel_has_what_the_packages_have() -> None:
    """One list: whoever adds a file to the wheel adds it to the packages."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    folders = {folder.parts[1] if len(folder.parts) > 1 else "" for _, folder in contents.own_files()}
    assert folders == {"resources", "models", ""}
    assert PurePosixPath(wheel["sources"]["models"]) == PurePosixPath("app/models")
