"""Where model files lie: our own folder, what the user added, and where other programs keep theirs.

Other programs' folders are only read. Where they are: huggingface_hub/constants.py; common_get… in llama.cpp's
common/common.cpp and hf-cache.cpp; envconfig/config.go of Ollama; mysettings.cpp of GPT4All; core/app/commands.rs of Jan;
https://lmstudio.ai/docs/app/basics/import-model.
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from app.core.language import tr
from app.core.record import record

Origin = Literal["built-in", "own", "added", "huggingface", "llama.cpp", "ollama", "lmstudio", "jan", "gpt4all"]

PROGRAMS: dict[Origin, str] = {
    "huggingface": "Hugging Face",
    "llama.cpp": "llama.cpp",
    "ollama": "Ollama",
    "lmstudio": "LM Studio",
    "jan": "Jan",
    "gpt4all": "GPT4All",
}
LONGEST_SETTINGS = 1 << 20  # bytes of another program's settings that are read


@record
class Place:
    """A folder with model files below it, or a single file."""

    path: Path
    origin: Origin


@record
class Surroundings:
    """What decides where programs keep their files."""

    platform: str  # as sys.platform has it
    home: Path
    environment: Mapping[str, str]

    @classmethod
    def here(cls) -> "Surroundings":
        """Of this process."""
        return cls(sys.platform, Path.home(), os.environ)

    def named(self, *names: str) -> Path | None:
        """The folder that the first of these environment variables names."""
        for name in names:
            if text := self.environment.get(name, "").strip():
                expanded = re.sub(r"\$(\w+)|\$\{(\w+)\}", lambda found: self._value(found[1] or found[2]), text)
                path = Path(expanded)
                if path.parts[:1] == ("~",):
                    path = self.home.joinpath(*path.parts[1:])
                if path.is_absolute():
                    return path
        return None

    def _value(self, name: str) -> str:
        return self.environment.get(name, "")

    @property
    def cache(self) -> Path:
        """Where programs keep what can be made again."""
        if self.platform == "win32":
            return self.named("LOCALAPPDATA") or self.home / "AppData" / "Local"
        if self.platform == "darwin":
            return self.home / "Library" / "Caches"
        return self.named("XDG_CACHE_HOME") or self.home / ".cache"

    @property
    def data(self) -> Path:
        """Where they keep their data."""
        if self.platform == "win32":
            return self.named("APPDATA") or self.home / "AppData" / "Roaming"
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        return self.named("XDG_DATA_HOME") or self.home / ".local" / "share"

    @property
    def settings(self) -> Path:
        """Where they keep their settings."""
        if self.platform in ("win32", "darwin"):
            return self.data
        return self.named("XDG_CONFIG_HOME") or self.home / ".config"


def origin_name(origin: Origin) -> str:
    """What a person calls it."""
    own = {"built-in": tr("Built in"), "own": "Fireside", "added": tr("Added")}
    return PROGRAMS.get(origin) or own[origin]


def places(own: Path, added: Iterable[Path], surroundings: Surroundings, built_in: Path | None = None) -> list[Place]:
    """All of them that are there, in the order in which a file that is in several counts; what was added in any case."""
    found = [Place(own, "own"), *(Place(path, "added") for path in added), *of_programs(surroundings)]
    if built_in is not None:
        found.append(Place(built_in, "built-in"))
    return list(dict.fromkeys(found))


def of_programs(surroundings: Surroundings) -> Iterator[Place]:
    """The folders of other programs that are there."""
    finders = {
        "huggingface": _huggingface,
        "llama.cpp": _llama_cpp,
        "ollama": _ollama,
        "lmstudio": _lmstudio,
        "jan": _jan,
        "gpt4all": _gpt4all,
    }
    for origin in PROGRAMS:
        for path in dict.fromkeys(finders[origin](surroundings)):
            with suppress(OSError, ValueError):
                if path.is_dir():
                    yield Place(path, origin)


def _huggingface(here: Surroundings) -> Iterator[Path]:
    if named := here.named("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        yield named
    if named := here.named("HF_HOME"):
        yield named / "hub"
    yield (here.named("XDG_CACHE_HOME") or here.home / ".cache") / "huggingface" / "hub"


def _llama_cpp(here: Surroundings) -> Iterator[Path]:
    if named := here.named("LLAMA_CACHE"):
        yield named
    yield here.cache / "llama.cpp"


def _ollama(here: Surroundings) -> Iterator[Path]:
    if named := here.named("OLLAMA_MODELS"):
        yield named
    yield here.home / ".ollama" / "models"
    if here.platform not in ("win32", "darwin"):  # where the service and the snap keep them
        yield Path("/usr/share/ollama/.ollama/models")
        yield Path("/var/lib/ollama/.ollama/models")
        yield Path("/var/snap/ollama/common/models")


def _lmstudio(here: Surroundings) -> Iterator[Path]:
    homes = [here.home / ".lmstudio", here.home / ".cache" / "lm-studio"]
    if pointed := _absolute(_read(here.home / ".lmstudio-home-pointer").strip()):
        homes.insert(0, pointed)
    for home in homes:
        if chosen := _absolute(_setting(home / "settings.json", "downloadsFolder")):
            yield chosen
        yield home / "models"


def _jan(here: Surroundings) -> Iterator[Path]:
    homes = [here.data / "Jan" / "data", here.settings / "Jan" / "data", here.home / "jan"]
    for settings in (here.settings / "Jan", here.data / "Jan", here.data / "jan.ai.app"):
        if chosen := _absolute(_setting(settings / "settings.json", "data_folder")):
            homes.insert(0, chosen)
    for home in homes:
        yield home / "llamacpp" / "models"
        yield home / "models"


def _gpt4all(here: Surroundings) -> Iterator[Path]:
    config = here.home / ".config" if here.platform == "darwin" else here.settings  # Qt's place for .ini files
    for line in _read(config / "nomic.ai" / "GPT4All.ini").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "modelPath" and (chosen := _absolute(value.strip().strip('"'))):
            yield chosen
    local = here.cache if here.platform == "win32" else here.data
    yield local / "nomic.ai" / "GPT4All"
    yield here.home / ".cache" / "gpt4all"  # of its library for Python


def _setting(path: Path, name: str) -> str:
    """A text in a JSON file; "" where there is none."""
    try:
        value = json.loads(_read(path)).get(name)
    except (ValueError, AttributeError, RecursionError):
        return ""
    return value if isinstance(value, str) else ""


def _read(path: Path) -> str:
    """The text of a small file; "" where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(LONGEST_SETTINGS).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def _absolute(text: str) -> Path | None:
    """The folder that a text names, where it names one from the root on."""
    if not text or "\0" in text:
        return None
    path = Path(text)
    return path if path.is_absolute() else None
