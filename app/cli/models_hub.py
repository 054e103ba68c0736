"""`fireside models search` and `pull`."""

import json
import shutil
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from app.chat.connection import Connection, connection, folder_of, limit_of, preferences_on_disk
from app.cli.columns import columns_of, folded, left, right, say, shortened, width
from app.cli.hub_arguments import HubArguments, PullArguments, SearchArguments
from app.cli.models_known import printable
from app.cli.progress import progress_text
from app.cli.status_line import StatusLine
from app.core.errors import InputError
from app.core.language import tr
from app.core.models import count
from app.core.params import Preferences
from app.core.paths import bundled, user_paths
from app.core.verdict import in_gigabytes
from app.library.address import Address, read_address
from app.library.curated import Curated, matching, named, read_catalog
from app.library.download import Download, Progress
from app.library.hub_errors import HubError
from app.library.pace import Limit
from app.library.repository import Found, Repository, Variant, chosen
from app.library.token import TokenStore, system_ring
from app.library.wanted import Wanted, wanted

if TYPE_CHECKING:
    from app.library.hub import Hub

INTERRUPTED = 130
INDENT = "    "


def run_search(arguments: SearchArguments) -> int:
    """List what the Hub has, or what comes recommended; returns the exit code.

    Raises:
        AppError: the Hub cannot be asked.
    """
    query = arguments.query
    if not (query.words or query.author):
        return _search_catalog(arguments)
    way = _way(arguments.hub, preferences_on_disk(user_paths()))
    if way.offline:
        return _search_catalog(arguments)
    if address := read_address(query.words, way.endpoint):
        return _show(way, arguments, address)
    with closing(_connect(way)) as hub:
        found = hub.search(query)
    if arguments.json:
        print(json.dumps([_found_json(each) for each in found], ensure_ascii=False))
    elif not found:
        say(tr("Nothing was found."), sys.stderr)
    else:
        _table(
            (tr("Repository"), tr("Parameters"), tr("Downloads"), tr("Likes"), tr("Licence"), tr("Quantizations")),
            [
                (
                    each.repository + (tr(" (gated)") if each.gated else ""), _count(each.parameters),
                    f"{each.downloads:,}", f"{each.likes:,}", each.licence, _some(each.quantizations),
                )
                for each in found
            ],
        )  # fmt: skip
    return 0


def _search_catalog(arguments: SearchArguments) -> int:
    """What comes with the program."""
    found = matching(read_catalog(bundled("models/catalog.toml")), f"{arguments.query.words} {arguments.query.author}")
    if arguments.json:
        print(json.dumps([_curated_json(each) for each in found], ensure_ascii=False))
        return 0
    for each in found:
        size = dict(each.sizes).get("Q4_K_M") or next((size for _, size in each.sizes), 0)
        about = [_count(each.parameters), each.licence, *([in_gigabytes(size)] if size else [])]
        head = f"{each.name}  {each.title}  ({', '.join(about)})"
        print("\n".join(folded(head, columns_of(sys.stdout), then=INDENT)))
        say(each.description, begin=INDENT)
    if not found:
        say(tr("Nothing in the list that comes with Fireside fits."), sys.stderr)
    say(tr("fireside models pull NAME downloads one."), sys.stderr)
    return 0


def _show(way: Connection, arguments: SearchArguments, address: Address) -> int:
    """What one repository holds."""
    with closing(_connect(way)) as hub:
        repository = hub.repository(address.repository, address.revision)
    if arguments.json:
        print(json.dumps(_repository_json(repository), ensure_ascii=False))
        return 0
    about = [_count(repository.parameters), repository.architecture, repository.licence]
    say(printable(f"{repository.repository}  {'  '.join(each for each in about if each)}"))
    if repository.gated:
        say(tr("Only for those who accepted its terms: {page}").format(page=f"{hub.endpoint}/{repository.repository}"))
    _table(
        (tr("Quantization"), tr("Size"), tr("File"), tr("Meaning")),
        [(each.quantization, in_gigabytes(each.size), each.name, each.meaning) for each in repository.variants],
        numbers=(1,),
    )
    for each in repository.projectors:
        say(printable(tr("For pictures: {file}, {size}").format(file=each.path, size=in_gigabytes(each.size))))
    return 0


def run_pull(arguments: PullArguments) -> int:
    """Download a model; returns the exit code.

    Raises:
        AppError: it cannot be had, or not be kept.
    """
    preferences = preferences_on_disk(user_paths())
    way = _way(arguments.hub, preferences)
    address = _address(arguments.target, way.endpoint)
    limit = limit_of(preferences) if arguments.limit_rate is None else arguments.limit_rate
    folder = arguments.to or folder_of(preferences, user_paths())
    if arguments.token_stdin:
        TokenStore(user_paths().data, system_ring()).store(way.endpoint, sys.stdin.readline())
    with closing(_connect(way)) as hub:
        try:
            repository = hub.repository(address.repository, address.revision)
            variant = chosen(repository, address.quantization, address.file)
            files = _files(repository, variant, arguments, folder)
            _announce(repository, variant)
            for place, each in enumerate(files):
                if not _fetched(hub, each, limit):
                    return INTERRUPTED
                if not arguments.json:
                    told = f"{place + 1}/{len(files)}  " if len(files) > 1 else ""
                    print(f"{told}{each.target}")
        except HubError as error:
            raise _with_a_way(error, arguments.target) from None
    if arguments.json:
        print(json.dumps(_pulled_json(repository, files), ensure_ascii=False))
    return 0


def _address(target: str, endpoint: str) -> Address:
    """What is meant: a name of the list, or an address."""
    name, _, quantization = target.partition(":")
    if curated := named(read_catalog(bundled("models/catalog.toml")), name):
        return Address(repository=curated.repository, quantization=quantization.upper())
    if address := read_address(target, endpoint):
        return address
    raise InputError(
        tr("“{text}” is neither the name of a recommended model nor an address.").format(text=target),
        tr("Write owner/name, or look for one with fireside models search."),
    )


def _files(repository: Repository, variant: Variant, arguments: PullArguments, folder: Path) -> list[Wanted]:
    files = list(variant.files)
    if arguments.projector:
        if not repository.projectors:
            raise InputError(
                tr("“{name}” holds no projector for pictures.").format(name=repository.repository),
                tr("Leave out --projector."),
            )
        files.append(repository.projectors[0])
    return [wanted(repository, each, folder, flat=arguments.to is not None) for each in files]


def _fetched(hub: "Hub", each: Wanted, limit: float) -> bool:
    """Whether it is here; False after Ctrl+C, which is told."""
    line, last = StatusLine(), Progress(stage="finding", received=0, size=each.source.size)

    def tell(progress: Progress) -> None:
        nonlocal last
        last = progress
        line.show(progress_text(each.target.name, progress, shutil.get_terminal_size().columns - 1))

    try:
        Download(hub, each, tell=tell, limit=Limit(limit)).run()
    except KeyboardInterrupt:
        line.hide()
        share = f"{last.received / max(1, last.size):.0%}"
        say(tr("Stopped at {share}. The same command goes on from there.").format(share=share), sys.stderr)
        return False
    finally:
        line.hide()
    return True


def _announce(repository: Repository, variant: Variant) -> None:
    parts = [variant.name, in_gigabytes(variant.size), repository.licence]
    say(printable(", ".join(part for part in parts if part)), sys.stderr)
    if variant.meaning:
        say(f"{variant.quantization}: {variant.meaning}", sys.stderr)
    if repository.projectors:
        say(tr("It also understands pictures; --projector fetches what is needed for that."), sys.stderr)


def _with_a_way(error: HubError, target: str) -> HubError:
    """The same error, with what can be typed here."""
    if error.kind not in ("gated", "token", "missing"):
        return error
    way = tr("{command} --token-stdin reads a token and keeps it; HF_TOKEN is used as well.").format(
        command=f"fireside models pull {target}"
    )
    return HubError(error.message, f"{error.hint}\n{way}", error.detail, error.kind, error.wait_s)


def _way(arguments: HubArguments, preferences: Preferences) -> Connection:
    """How the Hub is reached: as it was said here, else by the environment, else by the preferences."""
    return connection(preferences, endpoint=arguments.endpoint, proxy=arguments.proxy, offline=arguments.offline)


def _connect(way: Connection) -> "Hub":
    from app.library.hub import Hub  # two tenths of a second

    tokens = TokenStore(user_paths().data, system_ring())
    return Hub(endpoint=way.endpoint, proxy=way.proxy, offline=way.offline, tokens=tokens)


# ── as text and as JSON ───────────────────────────────────────────────────────────────────────────────────


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = (1, 2, 3)) -> None:
    """Columns as wide as they must be; those of numbers to the right. A terminal gets as much as it has room for."""
    room = columns_of(sys.stdout)
    rows = [[printable(cell) for cell in row] for row in (head, *rows)]
    widths = [max(width(row[place]) for row in rows) for place in range(len(head))]
    for row in rows:
        cells = [
            right(cell, columns) if place in numbers else left(cell, columns)
            for place, (cell, columns) in enumerate(zip(row, widths, strict=True))
        ]
        line = "  ".join(cells).rstrip()
        print(shortened(line, room) if room else line)


def _count(parameters: int) -> str:
    return count(parameters) if parameters else ""


def _some(names: Sequence[str]) -> str:
    """Some of them, so that a line stays a line."""
    return ", ".join(names) if len(names) <= 6 else ", ".join((*names[:3], "…", *names[-2:]))


def _found_json(each: Found) -> dict[str, object]:
    return {
        "repository": each.repository, "downloads": each.downloads, "likes": each.likes,
        "modified": each.modified.isoformat() if each.modified else None, "parameters": each.parameters,
        "architecture": each.architecture, "context_length": each.context_length, "licence": each.licence,
        "languages": each.languages, "gated": each.gated, "quantizations": each.quantizations,
    }  # fmt: skip


def _repository_json(each: Repository) -> dict[str, object]:
    return _found_json(each) | {
        "commit": each.commit,
        "variants": [
            {
                "name": variant.name, "quantization": variant.quantization, "size": variant.size,
                "whole": variant.whole, "meaning": variant.meaning,
                "files": [{"path": file.path, "size": file.size, "digest": file.digest} for file in variant.files],
            }
            for variant in each.variants
        ],
        "projectors": [{"path": file.path, "size": file.size, "digest": file.digest} for file in each.projectors],
        "licence_address": each.licence_address,
        "base_models": each.base_models,
    }  # fmt: skip


def _curated_json(each: Curated) -> dict[str, object]:
    return {
        "name": each.name, "title": each.title, "repository": each.repository, "licence": each.licence,
        "kinds": each.kinds, "parameters": each.parameters, "context_length": each.context_length,
        "sizes": dict(each.sizes), "sampling": dict(each.sampling), "about": each.description,
    }  # fmt: skip


def _pulled_json(repository: Repository, files: Sequence[Wanted]) -> dict[str, object]:
    return {
        "repository": repository.repository,
        "commit": repository.commit,
        "licence": repository.licence,
        "files": [
            {"path": str(Path(each.target)), "size": each.source.size, "digest": each.source.digest} for each in files
        ],
    }
