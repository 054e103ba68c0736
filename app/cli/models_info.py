"""`fireside models info`: what a model is, whether it runs here, and everything in its header."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from app.chat.model_facts import facts, matching, memory_of, origin, plain_value, short_value
from app.cli.columns import columns_of, listed
from app.cli.models_arguments import InfoArguments
from app.cli.models_known import Library, as_json, printable
from app.core.errors import InputError
from app.core.gguf import read_header
from app.core.language import tr, trn
from app.core.models import recommended
from app.core.params import Loading
from app.core.verdict import Judgement, in_gigabytes, longest_context, pill, told
from app.library.judging import judgement_of
from app.library.on_disk import Entry


def run_info(arguments: InfoArguments) -> int:
    """Print it; returns the exit code.

    Raises:
        AppError: there is no such model, or the file is none.
    """
    from app.engine.architectures import knows
    from app.engine.room import room

    library = Library()
    entry = library.entry(arguments.model, quiet=arguments.json)
    if entry.problem is not None and entry.said is None:
        raise entry.problem
    header = read_header(entry.path).metadata
    if arguments.template:
        return _print_template(entry, header)
    found = matching(header, arguments.search)
    there = room()
    judgement = judgement_of(entry, there, knows=knows)
    longest = (
        longest_context(entry.said.network, Loading(), there) if judgement and judgement.loads and entry.said else 0
    )
    if arguments.json:
        report = as_json(entry, judgement) | {
            "longest_context": longest,
            "memory": None if judgement is None else _memory(judgement),
            "recommended": recommended(header),
        }
        if arguments.header:
            report["header"] = {key: plain_value(value) for key, value in found.items()}
        print(json.dumps(report, ensure_ascii=False))
    elif arguments.header:
        for line in _header(found):
            print(line)
    else:
        for line in _page(entry, judgement, longest, recommended(header)):
            print(line)
    sys.stdout.flush()
    return 0


def _print_template(entry: Entry, header: Mapping[str, Any]) -> int:
    template = header.get("tokenizer.chat_template")
    if not isinstance(template, str) or not template:
        raise InputError(
            tr("“{file}” has no chat template.").format(file=entry.path.name),
            tr("fireside prompt shows what takes its place."),
        )
    if sys.stdout.isatty():  # with nothing that a terminal would obey
        template = "\n".join(map(printable, template.split("\n")))
    print(template)
    sys.stdout.flush()
    return 0


def _memory(judgement: Judgement) -> dict[str, Any]:
    memory, there = memory_of(judgement), judgement.room
    return {
        "weights_bytes": memory.weights,
        "cache_bytes": memory.cache,
        "buffers_bytes": memory.buffers,
        "main_bytes": memory.main,
        "cards_bytes": list(memory.cards),
        "free_bytes": there.free,
        "total_bytes": there.total,
        "free_on_cards_bytes": list(there.cards),
        "gpu_layers": judgement.plan.gpu_layers,
    }


def _page(entry: Entry, judgement: Judgement | None, longest: int, sampling: Mapping[str, Any]) -> Iterator[str]:
    rows = [(what, printable(text)) for what, text in _lines(entry, judgement, longest, sampling) if text]
    yield from listed(rows, columns_of(sys.stdout))


def _lines(
    entry: Entry, judgement: Judgement | None, longest: int, sampling: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    yield tr("Name"), entry.title
    yield tr("Note"), entry.note
    yield from origin(entry)
    yield from facts(entry, sampling)
    if entry.problem is not None:
        yield tr("Problem"), str(entry.problem)
    if judgement is not None:
        memory = memory_of(judgement)
        yield tr("Here"), tr("{word}: {sentence}").format(word=pill(judgement.verdict), sentence=told(judgement))
        yield (
            tr("Memory"),
            tr("{weights} weights, {cache} cache for {tokens} tokens, {buffers} buffers").format(
                weights=in_gigabytes(memory.weights),
                cache=in_gigabytes(memory.cache),
                tokens=f"{judgement.plan.context:,}",
                buffers=in_gigabytes(memory.buffers),
            ),
        )
        yield tr("Longest context"), trn("{count} token", "{count} tokens", longest) if longest else ""


def _header(found: Mapping[str, Any]) -> Iterator[str]:
    if not found:
        yield tr("Nothing in the header has this text.")
    for key, value in found.items():
        yield f"{printable(key)} = {printable(short_value(value))}"
