"""Where a downloaded file came from: a small JSON file beside it."""

import json
from dataclasses import asdict, fields
from pathlib import Path

from app.core.record import record
from app.library.whole_file import write_whole

ENDING = ".json"  # behind the whole name: model.gguf.json


@record(kw_only=True)
class Source:
    """What is kept of a file at the Hub. The digest was compared with the file's bytes."""

    repository: str
    commit: str
    path: str
    size: int
    digest: str
    licence: str = ""
    modified_ns: int = 0  # of the file when it was written: another time means another content


def source_file(model: Path) -> Path:
    """The small file beside a model."""
    return model.with_name(model.name + ENDING)


def read_source(model: Path) -> Source | None:
    """Where a file came from; None where that is not known, or where the file was changed since."""
    try:
        about, source = model.stat(), parse(json.loads(source_file(model).read_text("utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return source if (about.st_size, about.st_mtime_ns) == (source.size, source.modified_ns) else None


def parse(read: object) -> Source:
    """An source from what JSON holds; raises TypeError where it does not fit."""
    if not isinstance(read, dict):
        raise TypeError
    source = Source(**{each.name: read[each.name] for each in fields(Source) if each.name in read})
    if any(type(getattr(source, each.name)) is not each.type for each in fields(Source)) or source.size < 0:
        raise TypeError
    return source


def write_source(model: Path, source: Source) -> None:
    """Keep it; raises OSError."""
    write_json(source_file(model), asdict(source))


def write_json(path: Path, value: object, *, sync: bool = True) -> None:
    """The whole file or the one from before; see `write_whole`. Raises OSError."""
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1).encode(), sync=sync)
