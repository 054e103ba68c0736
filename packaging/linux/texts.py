"""The texts of the Linux packages, made from one version, one change log and one command line: texts.py DATE FOLDER NOTICES

DATE is that of the release, in seconds since 1970; NOTICES the licences that fireside.spec has written down. FOLDER gets fireside.metainfo.xml, fireside.1, debian-changelog,
rpm-changelog and third-party.txt.
"""

import argparse
import os
import re
import sys
import textwrap
from collections.abc import Sequence
from datetime import UTC, date, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE.parent)]

import contents

from app import __version__

MAINTAINER = os.environ.get("FIRESIDE_MAINTAINER", "The Fireside developers <packages@fireside.invalid>")
UNRELEASED = "Unreleased"
LONGEST = 300  # characters of a point


class Release(NamedTuple):
    """What one version brought: `points` are a heading and what it says, as plain text."""

    version: str
    day: date
    summary: str
    points: list[tuple[str, str]]


def releases(changelog: str, version: str, day: date) -> list[Release]:
    """Those of the change log, the newest first.

    Args:
        version: of what stands under "Unreleased".
        day: where none is written.
    """
    found = []
    for part in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        name, _, rest = heading.strip().partition(" ")
        written = re.search(r"\d{4}-\d\d-\d\d", rest)
        summary, *points = re.split(r"^- ", body, flags=re.MULTILINE)
        found.append(
            Release(
                version if name.strip("[]") == UNRELEASED else name.strip("[]").removeprefix("v"),
                date.fromisoformat(written[0]) if written else day,
                plain(summary),
                [_point(each) for each in points],
            )
        )
    return found


def plain(markdown: str) -> str:
    """The text on one line, without marks."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(markdown.split()))
    return re.sub(r"\*\*|`|(?<!\w)\*(?=\w)|(?<=\w)\*(?!\w)", "", text)


def _point(markdown: str) -> tuple[str, str]:
    found = re.match(r"\*\*(.+?)\.?\*\*\s*(.*)", markdown, re.DOTALL)
    heading, text = (plain(found[1]), plain(found[2])) if found else ("", plain(markdown))
    sentences = re.split(r"(?<=[.;:]) ", text)
    short = sentences[0]
    for sentence in sentences[1:]:
        if len(short) + len(sentence) > LONGEST:
            break
        short += " " + sentence
    return heading, re.sub(r"[;:]$", ".", short)


def metainfo(found: Sequence[Release], application_id: str = contents.APP_ID) -> str:
    """For software centres (AppStream)."""
    root = ElementTree.fromstring((HERE / "metainfo.xml").read_text("utf-8").replace("@APP_ID@", application_id))
    listed = ElementTree.SubElement(root, "releases")
    for release in found:
        entry = ElementTree.SubElement(
            listed, "release", version=release.version, date=release.day.isoformat(), type="stable"
        )
        told = ElementTree.SubElement(entry, "description")
        if release.summary:
            ElementTree.SubElement(told, "p").text = release.summary
        points = ElementTree.SubElement(told, "ul") if release.points else None
        for heading, text in release.points:
            assert points is not None
            ElementTree.SubElement(points, "li").text = f"{heading}: {text}" if heading else text
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def debian_changelog(found: Sequence[Release]) -> str:
    """As Debian Policy 4.4 wants it."""
    blocks = []
    for release in found:
        lines = [f"{heading}: {text}" if heading else text for heading, text in release.points] or [release.summary]
        points = "\n".join(
            textwrap.fill(line, 78, initial_indent="  * ", subsequent_indent="    ", break_long_words=False)
            for line in lines
        )
        when = format_datetime(datetime(release.day.year, release.day.month, release.day.day, 12, tzinfo=UTC))
        blocks.append(
            f"fireside ({release.version}) unstable; urgency=medium\n\n{points}\n\n -- {MAINTAINER}  {when}\n"
        )
    return "\n".join(blocks)


def rpm_changelog(found: Sequence[Release]) -> str:
    """As rpm's spec wants it; a percent sign would be a macro."""
    blocks = []
    for release in found:
        points = "\n".join(f"- {heading or text}" for heading, text in release.points) or f"- {release.summary}"
        blocks.append(f"* {release.day:%a %b %d %Y} {MAINTAINER} - {release.version}-1\n{points}\n")
    return "\n".join(blocks).replace("%", "%%")


def man_page(top: argparse.ArgumentParser, day: date) -> str:
    """fireside(1), from the parser of the command line."""
    options = "\n".join(_entry(each) for each in top._actions if each.option_strings)
    (commands,) = (each for each in top._actions if isinstance(each, argparse._SubParsersAction))
    listed = "\n".join(
        f".TP\n.B fireside {_roff(each.dest)}\n{_roff(each.help or '')}" for each in commands._choices_actions
    )
    return rf""".TH FIRESIDE 1 {day.isoformat()} "Fireside {__version__}" "User Commands"
.SH NAME
fireside \- chat with the language models on this computer
.SH SYNOPSIS
.B fireside
.RI [ FILE.gguf ]
.br
.B fireside
.I COMMAND
.RI [ OPTION \&.\|.\|.]
.SH DESCRIPTION
{_roff(top.description or "")}
.PP
Where there is no display, Fireside talks in the terminal.
Each command explains itself with
.BR \-\-help .
.SH COMMANDS
{listed}
.SH OPTIONS
{options}
.SH ENVIRONMENT
.TP
.B FIRESIDE_HOME
One folder for all that Fireside writes: conversations, models, preferences, saved contexts, log.
.TP
.B FIRESIDE_ENGINE
Which engine computes: the name or the folder of a pack for graphics cards, or
.BR built-in .
.SH FILES
.TP
.I ~/.local/share/Fireside
Conversations, preferences, backups and downloaded models. They stay when the package is removed.
.TP
.I ~/.cache/Fireside
What models have read of conversations; it can be made again.
.TP
.I ~/.local/state/Fireside/log
The log, and reports of crashes.
.SH EXIT STATUS
0 when all is well, 1 after a problem, 2 after wrong usage, 130 after Ctrl+C.
"""


def _entry(action: argparse.Action) -> str:
    names = ", ".join(rf"\fB{_roff(name)}\fR" for name in action.option_strings)
    return f".TP\n{names}\n{_roff(action.help or '')}"


def _roff(text: str) -> str:
    escaped = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-").replace("%%", "%")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped


def main() -> None:
    from app.chat.notices import as_text, read_notices
    from app.cli.arguments import parser

    day = datetime.fromtimestamp(int(sys.argv[1]), UTC).date()
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    found = releases((ROOT / "CHANGELOG.md").read_text("utf-8"), __version__, day)
    if not found or found[0].version != __version__:
        sys.exit(f"CHANGELOG.md begins with {found[0].version if found else 'nothing'}, but this is {__version__}.")
    for name, text in {
        "fireside.metainfo.xml": metainfo(found),
        "fireside.1": man_page(parser(), day),
        "debian-changelog": debian_changelog(found),
        "rpm-changelog": rpm_changelog(found),
        "third-party.txt": as_text(read_notices(Path(sys.argv[3]).read_text("utf-8"))),
    }.items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
