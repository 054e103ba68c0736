"""Which vision projector belongs to which model: they lie together, and their names say the same words."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.library.on_disk import Entry

MARK = "mmproj"  # in the names of their files
PREFERRED = ("F16", "BF16", "Q8_0", "F32")
TYPE = re.compile(r"(?<![a-z0-9])(i?q\d[a-z0-9_]*|tq\d_\d|b?f(16|32)|mxfp4)(?![a-z0-9])", re.IGNORECASE)
NOISE = re.compile(r"mm|(mm)?proj(ector)?|clip|vision|gguf|model|ggml|it|instruct|chat|ud", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+")


def matched(models: Sequence["Entry"], projectors: Sequence["Entry"]) -> dict[Path, tuple[Path, ...]]:
    """The projectors of each model, the best first.

    They lie in its folder or in the one above, and all words of their names are in its name. Where a projector's name
    says nothing ("mmproj-F16.gguf"), its header may; and a folder with one family of models leaves no doubt.
    """
    if not projectors:
        return {model.path: () for model in models}
    families: dict[Path, set[frozenset[str]]] = {}
    for model in models:
        families.setdefault(model.path.parent, set()).add(_words(model.stem))
    found: dict[Path, tuple[Path, ...]] = {}
    for model in models:
        wanted = _words(model.stem) | _words(model.own_name)
        fitting = []
        for projector in projectors:
            folder = projector.path.parent
            if folder not in (model.path.parent, model.path.parent.parent):
                continue
            alone = folder == model.path.parent and len(families[folder]) == 1
            own = _words(projector.stem)
            sure = alone and (not own or bool(projector.repository))
            if sure or (own or _words(projector.own_name) or {""}) <= wanted:
                fitting.append(projector)
        found[model.path] = tuple(entry.path for entry in sorted(fitting, key=_preference))
    return found


def _words(name: str) -> frozenset[str]:
    """What a name says of the family: without the words for its kind and its type."""
    return frozenset(word.lower() for word in WORD.findall(TYPE.sub(" ", name)) if not NOISE.fullmatch(word))


def _preference(entry: "Entry") -> tuple[int, str]:
    kind = entry.said.quantization if entry.said else ""
    return PREFERRED.index(kind) if kind in PREFERRED else len(PREFERRED), str(entry.path)
