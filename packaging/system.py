"""Prints the Debian packages whose libraries fail to load here: what Qt's window and the tests need."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}

# For the tests: a virtual screen, a hand at it, and what tells screen readers on a desktop.
PROGRAMS = {"xvfb": "Xvfb", "xdotool": "xdotool", "dbus": "dbus-daemon", "at-spi2-core": "at-spi-bus-launcher"}
PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/libexec", "/usr/lib/at-spi2-core"))


def loads(name: str) -> bool:
    """Can the dynamic linker find the library?"""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def has_font(language: str) -> bool:
    """Is there a font for the language? Asked of fontconfig; without its program, of the file names."""
    if shutil.which("fc-list"):
        return bool(subprocess.run(["fc-list", f":lang={language}"], capture_output=True, check=False).stdout.strip())
    names = " ".join(path.name.lower() for path in Path("/usr/share/fonts").rglob("*.?t?"))
    return any(known in names for known in (("cjk", "wqy", "droidsansfallback") if language == "zh" else ("sans",)))


def main(purpose: str) -> None:
    """`purpose` is "run" or "test"; the tests need more programs."""
    if not sys.platform.startswith("linux"):
        return
    missing = list(dict.fromkeys(package for library, package in LIBRARIES.items() if not loads(library)))
    if not has_font("en"):
        missing.append("fonts-noto-core")
    if not has_font("zh"):
        missing.append("fonts-noto-cjk")
    if purpose == "test":
        missing += [package for package, program in PROGRAMS.items() if not shutil.which(program, path=PATH)]
    print(" ".join(missing))


if __name__ == "__main__":
    main(sys.argv[1])
