"""What can be typed after `fireside models search` and `pull`."""

import argparse
import re
from pathlib import Path
from typing import TypeAlias

from app.cli.usage import Parser
from app.core.language import tr
from app.core.record import record
from app.library.repository import Query, Sort

Actions: TypeAlias = "argparse._SubParsersAction[Parser]"
SORTS: dict[str, Sort] = {
    "downloads": "downloads", "likes": "likes", "date": "last_modified", "new": "created_at", "trend": "trending_score",
}  # fmt: skip
MOST = 200


@record(kw_only=True)
class HubArguments:
    """How the Hub is to be reached, where that was said; the environment and the preferences say the rest."""

    endpoint: str = ""
    proxy: str = ""
    offline: bool = False


@record(kw_only=True)
class SearchArguments:
    """`fireside models search`, checked."""

    hub: HubArguments
    query: Query
    json: bool = False


@record(kw_only=True)
class PullArguments:
    """`fireside models pull`, checked."""

    hub: HubArguments
    target: str
    to: Path | None = None
    projector: bool = False
    limit_rate: float | None = None  # bytes per second; None follows the preferences
    token_stdin: bool = False
    json: bool = False


def add_search(actions: Actions) -> None:
    """`fireside models search`."""
    parser = actions.add_parser(
        "search",
        help=tr("Look for models at the Hugging Face Hub."),
        description=tr(
            "Looks for repositories with GGUF files at the Hugging Face Hub. With the address of a repository it shows "
            "what that holds; without words, or with --offline, the list of models that comes with Fireside."
        ),
    )
    parser.add_argument("words", nargs="*", metavar="WORDS", help=tr("Words of the name, or an address."))
    parser.add_argument("--author", default="", metavar="NAME", help=tr("Only what this user or organization made."))
    parser.add_argument(
        "--sort", choices=tuple(SORTS), default="downloads", help=tr("What comes first; downloads if not given.")
    )
    parser.add_argument("--limit", type=_limit, default=20, metavar="N", help=tr("How many at most; 20 if not given."))
    parser.add_argument("--licence", default="", metavar="NAME", help=tr("Only with this licence, such as apache-2.0."))
    parser.add_argument("--language", default="", metavar="CODE", help=tr("Only for this language, such as en or zh."))
    parser.add_argument(
        "--parameters",
        type=_span,
        default=(0, 0),
        metavar="FROM-TO",
        help=tr("Only of this size, such as 1B-8B."),
    )
    _add_common(parser)


def add_pull(actions: Actions) -> None:
    """`fireside models pull`."""
    parser = actions.add_parser(
        "pull",
        help=tr("Download a model from the Hugging Face Hub."),
        description=tr(
            "Downloads a model and checks it. What was stopped, by whatever it was, goes on where it was. "
            "Without a quantization the usual one is taken."
        ),
    )
    parser.add_argument(
        "target",
        metavar="MODEL",
        help=tr("owner/name, owner/name:Q4_K_M, an address, or the name of a recommended model."),
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help=tr("Where it goes; the folder of the preferences, or Fireside's own, if not given."),
    )
    parser.add_argument("--projector", action="store_true", help=tr("Fetch what is needed for pictures too."))
    parser.add_argument(
        "--limit-rate",
        type=_rate,
        metavar="RATE",
        help=tr("Bytes per second at most, such as 2M; as the preferences say if not given."),
    )
    parser.add_argument(
        "--token-stdin", action="store_true", help=tr("Read a token for gated models from the pipe and keep it.")
    )
    _add_common(parser)


def _add_common(parser: Parser) -> None:
    parser.add_argument(
        "--endpoint",
        default="",
        metavar="URL",
        help=tr("A mirror of the Hub; if not given HF_ENDPOINT, else the one of the preferences."),
    )
    parser.add_argument(
        "--proxy",
        default="",
        metavar="URL",
        help=tr("A proxy; if not given the one of the preferences, else the system's."),
    )
    parser.add_argument(
        "--offline", action="store_true", help=tr("Open no connection; the preferences may say so too.")
    )
    parser.add_argument("--json", action="store_true", help=tr("Print the result as JSON."))


def search_arguments(read: argparse.Namespace) -> SearchArguments:
    """The search action's arguments."""
    return SearchArguments(
        hub=_hub(read),
        query=Query(
            words=" ".join(read.words), author=read.author, sort=SORTS[read.sort], limit=read.limit,
            licence=read.licence, language=read.language, least=read.parameters[0], most=read.parameters[1],
        ),
        json=read.json,
    )  # fmt: skip


def pull_arguments(read: argparse.Namespace) -> PullArguments:
    """The pull action's arguments."""
    return PullArguments(
        hub=_hub(read), target=read.target, to=read.to.expanduser() if read.to else None, projector=read.projector,
        limit_rate=read.limit_rate, token_stdin=read.token_stdin, json=read.json,
    )  # fmt: skip


def _hub(read: argparse.Namespace) -> HubArguments:
    return HubArguments(endpoint=read.endpoint, proxy=read.proxy, offline=read.offline)


def _limit(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= MOST):
        raise argparse.ArgumentTypeError(
            tr("“{text}” is not a whole number from 1 to {most}.").format(text=text, most=MOST)
        )
    return int(text)


def _rate(text: str) -> float:
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([kmg]?)b?", text.strip().lower())
    rate = float(found[1]) * 1024 ** " kmg".index(found[2] or " ") if found else 0.0
    if rate < 1:
        raise argparse.ArgumentTypeError(tr("“{text}” is no speed; write it as 500K or 2M.").format(text=text))
    return rate


def _span(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)([mb])-(\d{1,6}(?:\.\d{1,6})?)([mb])", text.strip().lower())
    if not found:
        raise argparse.ArgumentTypeError(tr("“{text}” is no span; write it as 1B-8B.").format(text=text))
    low, high = (
        round(float(number) * (1e9 if unit == "b" else 1e6)) for number, unit in (found.group(1, 2), found.group(3, 4))
    )
    return low, high
