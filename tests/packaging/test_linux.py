"""The texts of the Linux packages: all from one version, one change log and one command line."""

import re
import struct
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
LINUX = ROOT / "packaging" / "linux"
sys.path[:0] = [str(ROOT / "packaging"), str(LINUX)]

import contents
import freeze
import search_paths
import texts
from libraries import as_rpm

from app import __version__
from app.cli.arguments import parser

TODAY = date(2026, 12, 1)
CHANGELOG = """# Changelog

## Unreleased

A [better](https://example.org) start.

- **Two & three.** It does `this`; and *that*,
  on two lines. 100 % of it.
- no heading here

## 0.0.9 – 2026-11-20

- **First.** All of it.
"""


def test_versions_of_the_change_log() -> None:
    newest, first = texts.releases(CHANGELOG, "1.2.3", TODAY)
    assert newest == texts.Release(
        "1.2.3", TODAY, "A better start.",
        [("Two & three", "It does this; and that, on two lines. 100 % of it."), ("", "no heading here")],
    )  # fmt: skip
    assert (first.version, first.day, first.points) == ("0.0.9", date(2026, 11, 20), [("First", "All of it.")])


def test_the_real_change_log_begins_with_this_version() -> None:
    found = texts.releases((ROOT / "CHANGELOG.md").read_text("utf-8"), __version__, TODAY)
    assert found[0].version == __version__
    assert all(heading and text for heading, text in found[0].points)


def test_the_metainfo_tells_the_releases() -> None:
    root = ElementTree.fromstring(texts.metainfo(texts.releases(CHANGELOG, "1.2.3", TODAY)))
    assert root.findtext("id") == contents.APP_ID
    assert root.findtext("launchable") == "fireside.desktop"
    assert [(each.get("version"), each.get("date")) for each in root.iter("release")] == [
        ("1.2.3", "2026-12-01"), ("0.0.9", "2026-11-20"),
    ]  # fmt: skip
    points = [each.text for each in next(root.iter("release")).iter("li")]
    assert points == ["Two & three: It does this; and that, on two lines. 100 % of it.", "no heading here"]
    assert {each.get("{http://www.w3.org/XML/1998/namespace}lang") for each in root.iter("p")} >= {None, "zh_CN"}


def test_the_changelogs_of_the_packages() -> None:
    found = texts.releases(CHANGELOG, "1.2.3", TODAY)
    debian = texts.debian_changelog(found)
    assert debian.startswith("fireside (1.2.3) unstable; urgency=medium\n\n  * Two & three: It does this;")
    assert max(len(line) for line in debian.splitlines() if not line.startswith(" -- ")) <= 80
    signed = [line.rpartition("  ")[2] for line in debian.splitlines() if line.startswith(" -- ")]
    assert parsedate_to_datetime(signed[1]) == datetime(2026, 11, 20, 12, tzinfo=UTC)
    rpm = texts.rpm_changelog(found)
    assert rpm.startswith("* Tue Dec 01 2026 ")
    assert "%" not in rpm.replace("%%", "")


def test_the_man_page_has_all_commands_and_is_without_faults() -> None:
    page = texts.man_page(parser(), TODAY)
    for command in ("chat", "bench", "export", "import", "restore", "models", "prompt"):
        assert f"fireside {command}" in page
    assert r"\-\-selftest" in page
    assert not [line for line in page.splitlines() if line.startswith("'")]
    assert f"Fireside {__version__}" in page


def test_the_desktop_entry_names_what_is_there() -> None:
    entry = (LINUX / "fireside.desktop").read_text("utf-8")
    keys = dict(line.split("=", 1) for line in entry.splitlines() if "=" in line)
    assert keys["Exec"] == "fireside %f"
    mime = ElementTree.parse(LINUX / "fireside-mime.xml").getroot()
    names = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    kind = mime.find("m:mime-type", names)
    assert kind is not None
    assert keys["MimeType"] == f"{kind.get('type')};"
    assert [each.get("pattern") for each in kind.findall("m:glob", names)] == ["*.gguf"]
    assert 'setDesktopFileName("fireside")' in (ROOT / "app/ui/application.py").read_text("utf-8")
    assert kind.get("type") in (LINUX / "metainfo.xml").read_text("utf-8")
    assert f"id: {contents.APP_ID}\n" in (LINUX / "flatpak.yml").read_text("utf-8")


def test_the_text_beside_a_portable_program_is_its_mark() -> None:
    from app.core.paths import PORTABLE

    assert (LINUX / PORTABLE).is_file()
    assert '/data"' in (ROOT / "app/core/paths.py").read_text("utf-8") or '"data"' in (LINUX / PORTABLE).read_text(
        "utf-8"
    )


def test_what_rpm_is_told_to_ask_for() -> None:
    told = as_rpm({"libc.so.6", "libm.so.6", "libxcb.so.1", "ld-linux-x86-64.so.2", "libEGL.so.1"}, "2.34")
    assert told == ["libEGL.so.1()(64bit)", "libxcb.so.1()(64bit)", "libc.so.6(GLIBC_2.34)(64bit)"]


def elf(paths: bytes) -> bytes:
    """A library with nothing in it but a search path, loaded 0x1000 above its place in the file."""
    names = b"\0" + paths + b"\0"
    at = 64 + 2 * 56
    table = struct.pack("<qQqQqQqQ", 29, 1, 5, 0x1000 + at, 10, len(names), 0, 0)
    size = at + len(names) + len(table)
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0
    )
    load = struct.pack("<IIQQQQQQ", 1, 4, 0, 0x1000, 0x1000, size, size, 0x1000)
    dynamic = struct.pack("<IIQQQQQQ", 2, 4, size - len(table), 0, 0, len(table), len(table), 8)
    return header + load + dynamic + names + table


def test_no_library_looks_for_others_in_the_folders_of_the_builder() -> None:
    ours = elf(b"$ORIGIN/lib")
    assert search_paths.cleaned(ours) == ours
    theirs = elf(b"/home/builder/python/lib")
    cleaned = search_paths.cleaned(theirs)
    assert len(cleaned) == len(theirs)
    table = list(struct.iter_unpack("<qQ", cleaned[-64:]))
    assert [tag for tag, _ in table] == [5, 10, 0, 0]
    assert search_paths.cleaned(cleaned) == cleaned
    assert search_paths.cleaned(b"#!/bin/sh") == b"#!/bin/sh"


def test_the_version_stands_in_one_place() -> None:
    """Nothing of the packaging has a number of its own."""
    for path in (*LINUX.iterdir(), ROOT / "packaging" / "fireside.spec", ROOT / "packaging" / "freeze.py"):
        assert __version__ not in path.read_text("utf-8"), path
    assert "version" not in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_shell_scripts_can_be_read() -> None:
    for script in sorted(LINUX.glob("*.sh")):
        ended = subprocess.run(["sh", "-n", script], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr


def test_the_engine_is_asked_for_apart() -> None:
    others, engine = freeze.requirements()
    assert re.fullmatch(r"llama-cpp-python[<>=,.\d]+", engine)
    assert others
    assert not [each for each in others if "llama" in each]
