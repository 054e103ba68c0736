"""Makes the installers for Windows from the frozen program, on any system: build.py DIST OUT

DIST is PyInstaller's folder (dist/fireside). OUT gets fireside-VERSION-windows-x86_64.exe where `makensis` is there (NSIS 3), and
the same as .msi where `wixl` is (msitools). Neither wants an administrator, and neither touches conversations or models.
"""

import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from app import __version__

WIX = "http://schemas.microsoft.com/wix/2006/wi"
UPGRADE = "8F0F6A1E-6C1B-4F7B-9E53-6E3C3E2B8D41"  # the same for ever: how Windows knows an earlier version
PROGRAM = "Fireside.exe"
STAYS = r"Conversations and models are in %LOCALAPPDATA%\Fireside and stay there when Fireside is removed."


def files_of(dist: Path) -> list[PurePosixPath]:
    """Everything in the frozen program, in a fixed order.

    Raises:
        ValueError: it is not the frozen program for Windows.
    """
    found = sorted(PurePosixPath(path.relative_to(dist).as_posix()) for path in dist.rglob("*") if path.is_file())
    if PurePosixPath(PROGRAM) not in found:
        raise ValueError(f"{dist} has no {PROGRAM}")
    for path in found:
        if not str(path).isascii() or any(character in str(path) for character in '$"`*?'):
            raise ValueError(f"{path} has a name that makensis or wixl cannot take")
    return found


def numbers(version: str) -> str:
    """The version as four numbers, which is all that Windows takes."""
    found = [int(number) for number in re.findall(r"\d+", version.partition("-")[0])[:3]]
    return ".".join(str(number) for number in [*found, 0, 0, 0][:3]) + ".0"


# ── NSIS ──────────────────────────────────────────────────────────────────────────────────────────────────


def nsis_files(dist: Path) -> str:
    """Two macros: what to install, and the same to be removed file by file, so that nothing else ever is."""
    install, remove = [], []
    folder = None
    for path in files_of(dist):
        if path.parent != folder:
            folder = path.parent
            install.append(f'SetOutPath "{_nsis(folder)}"')
        install.append(f'File "{dist.absolute() / path}"')
        remove.append(f'Delete "{_nsis(path)}"')
    remove += [f'RMDir "{_nsis(each)}"' for each in sorted(_folders(dist), key=lambda each: (-len(each.parts), each))]
    parts = ("!macro InstallFiles", *install, "!macroend", "!macro RemoveFiles", *remove, "!macroend")
    return "\n".join(parts) + "\n"


def _nsis(path: PurePosixPath) -> str:
    return "\\".join(("$INSTDIR", *path.parts))


def _folders(dist: Path) -> set[PurePosixPath]:
    return {parent for path in files_of(dist) for parent in path.parents if parent.parts}


def make_exe(dist: Path, out: Path, icon: Path) -> Path:
    """Compile the installer."""
    work = out / "work-nsis"
    work.mkdir(parents=True, exist_ok=True)
    (work / "files.nsh").write_text(nsis_files(dist), "utf-8")
    made = (out / f"fireside-{__version__}-windows-x86_64.exe").absolute()
    defines = {
        "VERSION": __version__,
        "NUMBERS": numbers(__version__),
        "OUT": str(made),
        "LICENCE": str(ROOT / "LICENSE"),
        "ICON": str(icon.absolute()),
    }
    given = [f"-D{name}={value}" for name, value in defines.items()]
    target = os.environ.get("NSIS_TARGET")  # "amd64-unicode" for try.sh; otherwise what every NSIS can make
    if target:
        given.insert(0, f"-XTarget {target}")
    script = f'!include "{(work / "files.nsh").absolute()}"'
    subprocess.run(
        ["makensis", "-V2", "-WX", "-INPUTCHARSET", "UTF8", *given, f"-X{script}", str(HERE / "installer.nsi")],
        check=True,
    )
    shutil.rmtree(work)
    return made


# ── MSI ───────────────────────────────────────────────────────────────────────────────────────────────────


def wix_source(dist: Path, icon: Path, out: Path) -> ElementTree.Element:
    """The same as a document of WiX 3: folders with their files, the start menu, and what opens .gguf files.

    Args:
        out: where wixl runs; it knows only paths from there.
    """
    payload = Path(os.path.relpath(dist, out)).as_posix()
    wix = ElementTree.Element("Wix", xmlns=WIX)
    product = _in(
        wix, "Product", Id="*", Name="Fireside", Language="1033", Version=numbers(__version__).removesuffix(".0"),
        Manufacturer="Fireside", UpgradeCode=UPGRADE,
    )  # fmt: skip
    _in(
        product, "Package", InstallerVersion="500", Compressed="yes", InstallScope="perUser",
        Description=f"Fireside {__version__}",
    )  # fmt: skip
    _in(product, "MajorUpgrade", DowngradeErrorMessage="A newer version of Fireside is installed already.")
    _in(product, "Media", Id="1", Cabinet="fireside.cab", EmbedCab="yes")
    _in(product, "Icon", Id="fireside.ico", SourceFile=Path(os.path.relpath(icon, out)).as_posix())
    for name, value in {
        "ARPPRODUCTICON": "fireside.ico",
        "ARPNOREPAIR": "1",
        "ARPNOMODIFY": "1",
        "ALLUSERS": "2",
        "MSIINSTALLPERUSER": "1",
        "ARPCOMMENTS": STAYS,
    }.items():
        _in(product, "Property", Id=name, Value=value)
    root = _in(product, "Directory", Id="TARGETDIR", Name="SourceDir")
    _in(root, "Directory", Id="ProgramMenuFolder")
    local = _in(root, "Directory", Id="LocalAppDataFolder")
    programs = _in(local, "Directory", Id="ProgramsFolder", Name="Programs")
    feature = _in(product, "Feature", Id="Fireside", Title="Fireside", Level="1")
    elements = {PurePosixPath(): _in(programs, "Directory", Id="INSTALLDIR", Name="Fireside")}
    for folder in sorted(_folders(dist), key=lambda each: (len(each.parts), each)):
        elements[folder] = _in(elements[folder.parent], "Directory", Id=_id("d", folder), Name=folder.name)
    for folder, element in elements.items():
        component = _in(element, "Component", Id=_id("c", folder), Guid=_guid(folder), Win64="yes")
        for path in files_of(dist):
            if path.parent == folder:
                _in(component, "File", Id=_id("f", path), Name=path.name, Source=f"{payload}/{path}")
        _in(component, "RemoveFolder", Id=_id("r", folder), On="uninstall")
        # in a person's own folders the registry says whether a component is there
        _key(component, "Software\\Fireside\\Installed", _id("c", folder), "1", keypath=True)
        _in(feature, "ComponentRef", Id=_id("c", folder))
    _extras(elements[PurePosixPath()], feature)
    return wix


def _extras(place: ElementTree.Element, feature: ElementTree.Element) -> None:
    """The start menu and the kind of file."""
    component = _in(place, "Component", Id="extras", Guid=_guid(PurePosixPath("//extras")), Win64="yes")
    _in(
        component, "Shortcut", Id="menu", Directory="ProgramMenuFolder", Name="Fireside", Target=f"[INSTALLDIR]{PROGRAM}",
        WorkingDirectory="INSTALLDIR", Icon="fireside.ico", Description="A calm desktop chat for the models on your own machine",
    )  # fmt: skip
    classes = "Software\\Classes"
    _key(component, f"{classes}\\Fireside.gguf", "", "Language model")
    _key(component, f"{classes}\\Fireside.gguf\\DefaultIcon", "", f"[INSTALLDIR]{PROGRAM},0")
    _key(component, f"{classes}\\Fireside.gguf\\shell\\open\\command", "", f'"[INSTALLDIR]{PROGRAM}" "%1"')
    _key(component, f"{classes}\\.gguf\\OpenWithProgids", "Fireside.gguf", "")
    _key(component, "Software\\Fireside\\Installed", "extras", "1", keypath=True)
    _in(feature, "ComponentRef", Id="extras")


def _in(parent: ElementTree.Element, kind: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, kind, attributes)


def _key(component: ElementTree.Element, key: str, name: str, value: str, *, keypath: bool = False) -> None:
    entry = _in(component, "RegistryValue", Root="HKCU", Key=key, Type="string", Value=value)
    if name:
        entry.set("Name", name)
    if keypath:
        entry.set("KeyPath", "yes")


def _id(kind: str, path: PurePosixPath) -> str:
    return f"{kind}{uuid.uuid5(uuid.NAMESPACE_URL, f'fireside:/{path}').hex}"


def _guid(path: PurePosixPath) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"fireside:component/{path}")).upper()


def make_msi(dist: Path, out: Path, icon: Path) -> Path:
    """Compile the package."""
    source = out / "fireside.wxs"
    ElementTree.ElementTree(wix_source(dist, icon, out)).write(source, "utf-8", xml_declaration=True)
    made = out / f"fireside-{__version__}-windows-x86_64.msi"
    subprocess.run(["wixl", "--arch", "x64", "-o", made.name, source.name], check=True, cwd=out)
    source.unlink()
    return made


def make_all(dist: Path, out: Path) -> Iterator[Path]:
    """Whatever can be made here."""
    from icons import write_ico

    out.mkdir(parents=True, exist_ok=True)
    icon = write_ico(out / "fireside.ico")
    for tool, make in (("makensis", make_exe), ("wixl", make_msi)):
        if shutil.which(tool):
            yield make(dist, out, icon)
        else:
            print(f"{tool} is not here: left out", file=sys.stderr)
    icon.unlink()


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    for each in make_all(Path(sys.argv[1]), Path(sys.argv[2])):
        print(f"{each} ({each.stat().st_size / 1e6:.1f} MB)")
