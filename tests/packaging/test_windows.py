"""The installers for Windows: what is in them, what they remove, and what they leave alone."""

import re
from pathlib import Path, PurePosixPath
from types import ModuleType
from xml.etree import ElementTree

import pytest

from tests.packaging.loading import ROOT, script

SCRIPT = (ROOT / "packaging" / "windows" / "installer.nsi").read_text("utf-8")
FILES = ("Fireside.exe", "fireside-cli.exe", "_internal/base.dll", "_internal/app/resources/help/zh_CN/1-start.md")


@pytest.fixture(scope="module")
def build() -> ModuleType:
    return script("windows/build")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / "dist" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "dist"


def test_everything_is_installed_and_the_same_is_removed_file_by_file(build: ModuleType, dist: Path) -> None:
    install, _, remove = build.nsis_files(dist).partition("!macro RemoveFiles")
    for name in FILES:
        assert f'File "{dist / name}"' in install
        assert f'Delete "$INSTDIR\\{name.replace("/", chr(92))}"' in remove
    folders = re.findall(r'RMDir "(.*)"', remove)
    assert folders[0] == "$INSTDIR\\_internal\\app\\resources\\help\\zh_CN"  # the innermost first
    assert folders[-1] == "$INSTDIR\\_internal"
    assert "/r" not in remove.lower().split()


@pytest.mark.parametrize("name", ["a$b.txt", "文.txt"])
def test_a_name_that_the_tools_cannot_take_is_refused(build: ModuleType, dist: Path, name: str) -> None:
    (dist / name).touch()
    with pytest.raises(ValueError):
        build.nsis_files(dist)


def test_another_folder_is_refused(build: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        build.nsis_files(tmp_path)


def test_versions_as_windows_wants_them(build: ModuleType) -> None:
    assert build.numbers("0.1.0") == "0.1.0.0"
    assert build.numbers("1.2") == "1.2.0.0"
    assert build.numbers("1.2.3-rc1") == "1.2.3.0"


def test_the_package_is_for_one_person_and_has_every_file(build: ModuleType, dist: Path) -> None:
    wix = build.wix_source(dist, dist / "fireside.ico", dist.parent)
    sources = {element.get("Source") for element in wix.iter("File")}
    assert sources == {f"dist/{name}" for name in FILES}
    (package,) = wix.iter("Package")
    assert package.get("InstallScope") == "perUser"
    values = {element.get("Id"): element.get("Value") for element in wix.iter("Property")}
    assert (values["ALLUSERS"], values["MSIINSTALLPERUSER"]) == ("2", "1")
    assert "stay" in values["ARPCOMMENTS"]
    identifiers = [element.get("Id") for element in wix.iter() if element.tag in ("Component", "Directory", "File")]
    assert len(identifiers) == len(set(identifiers))
    referred = {element.get("Id") for element in wix.iter("ComponentRef")}
    assert referred == {element.get("Id") for element in wix.iter("Component")}
    for component in wix.iter("Component"):
        assert [each for each in component if each.get("KeyPath") == "yes"], (
            "in a person's folder the registry is the key"
        )


def test_the_same_files_have_the_same_numbers_each_time(build: ModuleType, dist: Path) -> None:
    one, other = (ElementTree.tostring(build.wix_source(dist, dist / "i.ico", dist.parent)) for _ in range(2))
    assert one == other
    assert build._guid(PurePosixPath("a")) != build._guid(PurePosixPath("b"))


def test_no_administrator_two_languages_and_the_data_stays() -> None:
    assert "RequestExecutionLevel user" in SCRIPT
    assert "HKLM" not in SCRIPT
    assert not re.search(r"RMDir\s+/r", SCRIPT)
    assert not re.search(r"(Delete|RMDir)[^\n]*(\$\{DATA\}|LOCALAPPDATA)", SCRIPT)
    english, chinese = (
        set(re.findall(rf"LangString (\w+) \${{LANG_{name}}}", SCRIPT)) for name in ("ENGLISH", "SIMPCHINESE")
    )
    assert english == chinese
    used = set(re.findall(r"\$\((\w+)\)", SCRIPT))
    assert used <= english
    assert "StayedText" in used
