"""Licences of Fireside and of everything in it: written down by the packaging, or read from what is installed here."""

import json
import re
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from app import __version__
from app.core.paths import bundled
from app.core.record import record

WRITTEN = "resources/notices.json"  # only in what packaging has made
TEXTS = "resources/licences"
_FILE = re.compile(r"(?i)(^|/)(licen[cs]e|copying|notice)[^/]*$")
_EXTRA = re.compile(r"\bextra\s*==")
_BETTER_SAID = {"pyinstaller": "GPL-2.0-or-later WITH Bootloader-exception"}
_QT = ("pyside6-essentials", "shiboken6")

ABOUT_QT = """Fireside uses Qt and its Python binding PySide6 (with Shiboken) under the GNU Lesser General Public License, version 3. They are used as they come from their makers, unchanged, and lie beside Fireside as shared libraries of their own.

You may change these libraries and use Fireside with your changed ones: build them from their source in the same version and put them in place of the files of the same names (in the folder PySide6 of the program). Nothing in Fireside keeps you from that, from looking into the program, or from taking it apart for that purpose.

The sources: https://download.qt.io/official_releases/qt/ and https://code.qt.io/cgit/pyside/pyside-setup.git/, in versions as given above. What Qt itself contains of others, such as HarfBuzz, FreeType, ICU, libpng and PCRE2, is listed with its licences at https://doc.qt.io/qt-6/licenses-used-in-qt.html.

The texts of both licences, of which the first adds to the second, follow.
"""


@record
class Notice:
    """One part of Fireside that has a licence."""

    name: str
    version: str
    licence: str  # its name, such as "MIT"
    address: str
    text: str


def notices() -> list[Notice]:
    """All of them, Fireside first: those that came with this copy; in a checkout those of what is installed."""
    written = bundled(WRITTEN)
    return read_notices(written.read_text("utf-8")) if written.is_file() else collected()


def collected(modules: Iterable[str] | None = None) -> list[Notice]:
    """Read from the metadata of what is installed.

    Args:
        modules: the names of the top-level modules that are packed; None is for all that Fireside asks for.
    """
    found = _needed()
    if modules is not None:
        from importlib.metadata import packages_distributions

        names = {_normal(name) for module in set(modules) for name in packages_distributions().get(module, ())}
        found = {name: each for name, each in found.items() if name in names or name in _QT} | _freezer()
    parts = [_notice(name, each) for name, each in found.items() if name not in (*_QT, "fireside")]
    parts += _fonts(found)
    return [_fireside(), _qt(found), _llama(found), _python(), *sorted(parts, key=lambda each: each.name.lower())]


def written_notices(parts: Iterable[Notice]) -> str:
    """As `read_notices` reads them."""
    return json.dumps([list(_values(each)) for each in parts], ensure_ascii=False, indent=0)


def read_notices(text: str) -> list[Notice]:
    return [Notice(*each) for each in json.loads(text)]


def as_text(parts: Iterable[Notice]) -> str:
    """All in one text, for a file beside the program."""
    line = "=" * 78
    return "\n".join(
        f"{line}\n{each.name} {each.version}".rstrip() + f"\n{each.licence}\n{each.address}\n{line}\n\n{each.text}\n"
        for each in parts
    )


def _values(notice: Notice) -> tuple[str, ...]:
    return notice.name, notice.version, notice.licence, notice.address, notice.text


# ── the parts that are told apart ─────────────────────────────────────────────────────────────────────────


def _text(name: str) -> str:
    return (bundled(TEXTS) / f"{name}.txt").read_text("utf-8")


def _fireside() -> Notice:
    licence = bundled("LICENSE")
    text = licence.read_text("utf-8") if licence.is_file() else _text("MIT")
    return Notice("Fireside", __version__, "MIT", "", text)


def _qt(found: dict[str, Distribution]) -> Notice:
    binding = found.get(_QT[0])
    version = binding.version if binding else ""
    text = "\n\n".join((ABOUT_QT.strip(), _text("LGPL-3.0"), _text("GPL-3.0")))
    return Notice("Qt, PySide6", version, "LGPL-3.0-only", "https://doc.qt.io/qtforpython", text)


def _llama(found: dict[str, Distribution]) -> Notice:
    binding = found.get("llama-cpp-python")
    version = f"(llama-cpp-python {binding.version})" if binding else ""
    text = "MIT License\n\nCopyright (c) 2023-2026 The ggml authors\n\n" + _text("MIT")
    return Notice("llama.cpp, ggml", version, "MIT", "https://github.com/ggml-org/llama.cpp", text)


def _python() -> Notice:
    places = (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix))
    file = next((file for folder in places if (file := folder / "LICENSE.txt").is_file()), None)
    text = "Its licence, and those of OpenSSL, SQLite, zlib, libffi and others in it: https://docs.python.org/3/license.html"
    if file is not None:
        text += "\n\n" + file.read_text("utf-8", "replace")
    version = ".".join(str(number) for number in sys.version_info[:3])
    return Notice("Python", version, "PSF-2.0", "https://www.python.org", text)


def _fonts(found: dict[str, Distribution]) -> Iterator[Notice]:
    """Those that formulas are set with."""
    if "ziamath" in found:
        text = "Copyright 2001-2020 The STIX Fonts Project Authors (https://github.com/stipub/stixfonts)\n\n"
        yield Notice("STIX Two Math", "", "OFL-1.1", "https://www.stixfonts.org", text + _text("OFL-1.1"))
    if "ziafont" in found:
        yield Notice("DejaVu Sans", "", "Bitstream-Vera", "https://dejavu-fonts.github.io", _text("Bitstream-Vera"))


# ── what is installed ─────────────────────────────────────────────────────────────────────────────────────


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _needed() -> dict[str, Distribution]:
    """Everything that Fireside asks for, and what that asks for, as far as it is installed; by name."""
    found: dict[str, Distribution] = {}
    waiting = list(_asked_for())
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # for another system, or an extra that nobody wanted
            continue
        waiting += _names(found[name].requires or ())
    return found


def _asked_for() -> list[str]:
    """What Fireside itself asks for: a checkout has it in its own words, an installation in its metadata."""
    project = bundled("pyproject.toml")
    if project.is_file():
        table = tomllib.loads(project.read_text("utf-8"))["project"]
        asked = [*table["dependencies"], *(each for extra in table["optional-dependencies"].values() for each in extra)]
        return _names(asked)
    try:
        return _names(distribution("fireside").requires or (), extras=True)
    except PackageNotFoundError:
        return []


def _freezer() -> dict[str, Distribution]:
    """What begins a frozen program; it is part of the package."""
    try:
        return {"pyinstaller": distribution("pyinstaller")}
    except PackageNotFoundError:
        return {}


def _names(requirements: Iterable[str], *, extras: bool = False) -> list[str]:
    found = (re.match(r"[\w.-]+", each) for each in requirements if extras or not _EXTRA.search(each))
    return [_normal(each[0]) for each in found if each]


def _notice(name: str, of: Distribution) -> Notice:
    classified = _classified(of.metadata.get_all("Classifier") or ())
    licence = (
        _BETTER_SAID.get(name)
        or _field(of, "License-Expression")
        or classified
        or _field(of, "License").partition("\n")[0]
    )
    texts = [of.locate_file(file) for file in of.files or () if "info/" in str(file) and _FILE.search(str(file))]
    text = "\n\n".join(Path(str(file)).read_text("utf-8", "replace").strip() for file in texts)
    if not text and licence == "MIT":
        text = f"Copyright (c) {_field(of, 'Author') or name}\n\n{_text('MIT')}"
    return Notice(_field(of, "Name") or name, of.version, licence, _address(of), text)


def _field(of: Distribution, name: str) -> str:
    return str(of.metadata[name]).strip() if name in of.metadata else ""


def _classified(classifiers: Iterable[str]) -> str:
    names = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License :: OSI Approved :: ")]
    return ", ".join(names)


def _address(of: Distribution) -> str:
    pages: dict[str, str] = {}
    for entry in of.metadata.get_all("Project-URL") or ():
        label, _, address = str(entry).partition(",")
        pages[label.strip().lower()] = address.strip()
    names = ("homepage", "source", "source code", "repository", "github")
    first = next((pages[name] for name in names if name in pages), "")
    return _field(of, "Home-page") or first or next(iter(pages.values()), "")
