"""Which architectures the engine knows, told before a model of another one is loaded in vain.

llama.cpp has no function for it, and a list of our own would be wrong with the next engine, or with a pack of another build.
But its library holds the name of each architecture as a text that ends with a zero byte, to compare those of files with. A
name that is nowhere in the library is one that it cannot know. What stands before a name does not matter: linkers let a text
be the end of a longer one ("bert" of "nomic-bert"). So a name may be found that is the end of some other text; such a model
counts as known, and loading it says what is wrong, as it did before.
"""

from functools import lru_cache
from pathlib import Path

from app.engine.room import libraries

NAMES = ("libllama.so", "libllama.dylib", "llama.dll")
SURE = "llama"  # every engine knows it: a library without it is packed in some way that hides texts


def knows(architecture: str) -> bool:
    """Whether the engine in use can load models of an architecture; True where nobody can tell."""
    folder = libraries()
    return folder is None or not architecture or _holds(folder, architecture) or not _holds(folder, SURE)


@lru_cache(maxsize=256)
def _holds(folder: Path, name: str) -> bool:
    """Some milliseconds for each name; True where there is no library to look into."""
    library = next((path for path in (folder / each for each in NAMES) if path.is_file()), None)
    try:
        return library is None or name.encode("utf-8", "replace") + b"\0" in library.read_bytes()
    except OSError:
        return True
