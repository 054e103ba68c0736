"""What a package holds besides Python code, and what is left out of it. Read by fireside.spec and by its tests.

The list of our own files is the wheel's in pyproject.toml: what an installation with pip has, the packages have too.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]

APP_ID = (
    "io.github.fireside.Fireside"  # for software centres, Flatpak and macOS; to be changed when there is a home page
)

EXCLUDED_MODULES = [
    # llama_cpp's comfortable half, which app/engine/llama/library goes around
    "llama_cpp.llama", "llama_cpp.llama_chat_format", "llama_cpp.llama_cache", "llama_cpp.server", "llama_cpp.mtmd_cpp",
    "diskcache",
    # a second way to download, which app/library/hub turns off
    "hf_xet",
    # what libraries import if it is there
    "IPython", "PIL", "cryptography", "gradio", "keyring", "matplotlib", "pandas", "pytest", "setuptools", "tkinter", "torch", "trio", "uvloop",
    # parts of Qt without which the window does very well
    "PySide6.QtDesigner", "PySide6.QtHelp", "PySide6.QtNetwork", "PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets", "PySide6.QtPrintSupport",
    "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtQuickControls2", "PySide6.QtQuickWidgets", "PySide6.QtSql",
    "PySide6.QtTest", "PySide6.QtUiTools", "PySide6.QtXml",
    # parts of Python
    "curses", "ensurepip", "idlelib", "lib2to3", "pdb", "pydoc", "pydoc_data", "test", "turtle", "unittest", "venv", "xmlrpc",
]  # fmt: skip

NOTHING = r"(?!)"

# Qt's plugins, by folder: what is not named here is left out.
PLUGINS = {
    "platforms": r"(qxcb|qwayland|qoffscreen|qminimal|qwindows|qcocoa)\.",
    "platforminputcontexts": r"compose|ibus",
    "platformthemes": r"xdgdesktopportal",  # gtk3 would bring GTK, Cairo and Pango
    "iconengines": r"svg",
    "imageformats": r"qsvg|qico|qicns|qjpeg|qgif",
    "styles": r"windows|mac",
    "wayland-decoration-client": r"adwaita|bradient",
    "wayland-shell-integration": r"xdg-shell|qt-shell",
    "xcbglintegrations": NOTHING,  # nothing here is drawn by OpenGL
}

# Libraries that every desktop has, and that must fit its drivers, its X server, its C++ programs.
SYSTEM_LIBRARIES = re.compile(
    r"lib(stdc\+\+|gcc_s|gomp|X11|X11-xcb|xcb|xcb-[a-z0-9-]+|Xau|Xdmcp|xkbcommon|xkbcommon-x11|wayland-[a-z]+"
    r"|GL|EGL|GLX|GLdispatch|OpenGL|drm|dbus-1|systemd|fontconfig|freetype|expat|glib-2\.0|gthread-2\.0|gobject-2\.0"
    r"|gio-2\.0|gmodule-2\.0|pcre2?-8|gssapi_krb5|krb5|k5crypto|krb5support|com_err|keyutils|cap|gcrypt|gpg-error|lz4|zstd"
    r"|bsd|md|mount|blkid|selinux|uuid|png16|brotlicommon|brotlidec"
    r"|readline|tinfo)\.so"  # readline is under the GPL, which this program is not
)

UNUSED_QT = re.compile(
    r"(lib)?Qt6?(Qml|Quick|OpenGL|Network|Pdf|VirtualKeyboard|EglFs|Designer|Sql|PrintSupport|Test|Wl)[A-Za-z]*\.",
    re.IGNORECASE,
)

# Of the names that each of the engine's libraries has in a wheel (libggml.so, libggml.so.0, libggml.so.0.25.3: three
# copies), the one it is loaded by: Python asks for llama, and it for the others. mtmd, for pictures and sound in
# messages, is spoken to by nothing here yet.
ENGINE_FOLDER = "llama_cpp/lib"
ENGINE = re.compile(r"libllama\.(so|dylib)|libggml[a-z0-9-]*(\.so\.\d+|\.\d+\.dylib)|(?!mtmd).*\.(dll|metal)")


def own_files(root: Path = ROOT) -> Iterator[tuple[Path, PurePosixPath]]:
    """Our own data: each file, and the folder of the package that it goes to ("app/resources/icons").

    Raises:
        FileNotFoundError: pyproject.toml names something that is not there.
    """
    wheel = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    moved = {**wheel.get("sources", {}), **wheel.get("force-include", {})}
    for name in [*wheel["only-include"], *wheel.get("force-include", {})]:
        if name == "app":
            continue
        start = root / name
        if not start.exists():
            raise FileNotFoundError(f"pyproject.toml names {name}, which is not there")
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            inside = PurePosixPath(path.relative_to(root).as_posix())
            if path.is_file() and not _for_us_alone(inside):
                yield path, _moved(inside, moved).parent


def _for_us_alone(path: PurePosixPath) -> bool:
    """Sources and tools of what is in the package, which it does not need."""
    return path.suffix in (".py", ".po", ".pot", ".pyc") or "screenshots" in path.parts


def _moved(path: PurePosixPath, moved: dict[str, str]) -> PurePosixPath:
    for before, after in moved.items():
        if path.is_relative_to(before):
            return PurePosixPath(after) / path.relative_to(before)
    return path


def wanted(target: str, languages: Iterable[str], system: str) -> bool:
    """Whether a file that PyInstaller found is to be in the package.

    Args:
        target: where it would go, with slashes.
        languages: those the window speaks, apart from English.
        system: sys.platform.
    """
    path = PurePosixPath(target)
    if "plugins" in path.parts:
        return bool(re.search(PLUGINS.get(path.parent.name, NOTHING), path.name))
    if path.suffix == ".qm":
        return path.stem in {f"qtbase_{language}" for language in languages}
    if path.parent.as_posix() == ENGINE_FOLDER:
        return bool(ENGINE.fullmatch(path.name))
    if UNUSED_QT.match(path.name):
        return False
    return not (system == "linux" and SYSTEM_LIBRARIES.match(path.name))


def languages(root: Path = ROOT) -> list[str]:
    """Those there are translations for."""
    return sorted(
        path.name
        for path in (root / "resources" / "translations").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    )
