"""What goes beside a release: licences, notes, checksums; and the workflows that make it."""

import re
from pathlib import Path

import pytest
import yaml
from PySide6.QtGui import QImage

from app.chat.notices import read_notices
from app.library.releases import releases_place
from tests.packaging.loading import ROOT, script

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_licences_and_the_place_of_the_releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    notices = script("notices")
    made = notices.write_all(tmp_path / "a", ["jinja2.nodes", "json"])
    assert [path.name for path in made] == ["notices.json", "LICENCES.txt"]
    assert "Jinja2" in [each.name for each in read_notices(made[0].read_text("utf-8"))]
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in made[1].read_text("utf-8")
    *_, place = notices.write_all(tmp_path / "b", ["json"], "owner/name")
    assert releases_place(place).latest == "https://api.github.com/repos/owner/name/releases/latest"
    with pytest.raises(ValueError):
        notices.releases("owner/name/../other")


def test_the_notes_of_a_release_are_its_part_of_the_change_log(capsys: pytest.CaptureFixture[str]) -> None:
    notes = script("release_notes")
    changes = "# Changelog\n\n## 1.1.0 (2026-12-01)\n\nNew.\n\n## 1.0.0\n\nOld.\n"
    assert notes.notes(changes, "1.1.0") == "New.\n"
    assert notes.notes(changes, "1.0.0") == "Old.\n"
    with pytest.raises(ValueError):
        notes.notes(changes, "1.0")
    with pytest.raises(SystemExit):
        notes.main("v0.0.0")


def test_icons_for_both_systems(tmp_path: Path) -> None:
    icons = script("icons")
    image = QImage(str(icons.write_ico(tmp_path / "a.ico")))
    assert not image.isNull()
    assert image.pixelColor(image.width() // 2, image.height() // 2).alpha() == 255
    data = icons.write_icns(tmp_path / "a.icns").read_bytes()
    assert data[:4] == b"icns"
    assert int.from_bytes(data[4:8], "big") == len(data)
    assert data.count(b"\x89PNG") == len(icons.ICNS)
    assert len(icons.bitmap(16)) == 40 + 16 * 16 * 4 + 4 * 16


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_workflows_name_what_is_there(file: Path) -> None:
    text = file.read_text("utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"]
        for step in job["steps"]:
            assert re.search(r"@v\d", step.get("uses", "@v1")), step
            assert "run" in step or "uses" in step
    for name in re.findall(r"packaging[/\\][\w/\\.-]+", text):
        assert (ROOT / name.replace("\\", "/")).exists(), name


def test_the_engine_of_packages_is_one_version() -> None:
    (pinned,) = re.findall(
        r"^llama-cpp-python==(.*)$", (ROOT / "packaging" / "constraints.txt").read_text(), re.MULTILINE
    )
    assert f"llama-cpp-python>={pinned}," in (ROOT / "pyproject.toml").read_text()
