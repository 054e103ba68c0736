"""`fireside models info`: what a model is, whether it runs here, and everything in its header."""

import json
import sys
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from app.cli.columns import left, width
from app.cli.models_arguments import InfoArguments
from app.cli.models_known import Library, as_json, printable
from app.core.errors import InputError
from app.core.gguf import Skipped, read_header
from app.core.language import tr, trn
from app.core.models import count, recommended
from app.core.params import Loading, Sampling, rows, shown
from app.core.verdict import Judgement, in_gigabytes, longest_context, pill, told
from app.library.judging import judgement_of
from app.library.on_disk import Entry
from app.library.places import origin_name

LONGEST_VALUE = 160  # characters of a header's value on one line
FEW = 8  # values of a list that are shown


def run_info(arguments: InfoArguments) -> int:
    """Print it; returns the exit code.

    Raises:
        AppError: there is no such model, or the file is none.
    """
    from app.engine.room import room

    library = Library()
    entry = library.entry(arguments.model, quiet=arguments.json)
    if entry.problem is not None and entry.said is None:
        raise entry.problem
    header = read_header(entry.path).metadata
    if arguments.template:
        return _print_template(entry, header)
    found = {key: value for key, value in header.items() if _matches(key, value, arguments.search)}
    there = room()
    judgement = judgement_of(entry, there)
    longest = longest_context(entry.said.network, Loading(), there) if judgement and entry.said else 0
    if arguments.json:
        report = as_json(entry, judgement) | {
            "longest_context": longest,
            "memory": None if judgement is None else _memory(judgement),
            "recommended": recommended(header),
        }
        if arguments.header:
            report["header"] = {key: _value(value) for key, value in found.items()}
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
    found, there = judgement.plan, judgement.room
    return {
        "weights_bytes": found.main.weights + sum(card.weights for card in found.cards),
        "cache_bytes": found.main.cache + sum(card.cache for card in found.cards),
        "buffers_bytes": sum(each.compute + each.output for each in (found.main, *found.cards)),
        "main_bytes": found.main.total,
        "cards_bytes": [card.total for card in found.cards],
        "free_bytes": there.free,
        "total_bytes": there.total,
        "free_on_cards_bytes": list(there.cards),
        "gpu_layers": found.gpu_layers,
    }


def _page(entry: Entry, judgement: Judgement | None, longest: int, sampling: Mapping[str, Any]) -> Iterator[str]:
    lines = [(what, text) for what, text in _lines(entry, judgement, longest, sampling) if text]
    room = max(width(what) for what, _ in lines)
    for what, text in lines:
        yield f"{left(what, room)}  {printable(text)}"


def _lines(
    entry: Entry, judgement: Judgement | None, longest: int, sampling: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    said = entry.said
    assert said is not None
    yield tr("Name"), entry.title
    if entry.given_name:
        yield tr("In the file"), entry.own_name
    yield tr("Note"), entry.note
    yield tr("File"), str(entry.path)
    yield tr("Parts"), "" if len(entry.parts) < 2 else str(len(entry.parts))
    yield tr("From"), " · ".join(filter(None, (origin_name(entry.origin), entry.repository)))
    for path in entry.projectors:
        yield tr("Projector"), str(path)
    yield tr("Size"), in_gigabytes(entry.file_bytes)
    yield tr("Architecture"), said.architecture
    yield tr("Parameters"), count(said.parameters)
    if said.experts:
        yield tr("Experts"), tr("{used} of {all} at a time").format(used=said.experts_used, all=said.experts)
    yield tr("Type"), said.quantization
    yield tr("Layers"), str(said.layers or "")
    yield tr("Vocabulary"), f"{said.vocabulary:,}" if said.vocabulary else ""
    yield tr("Trained on"), trn("{count} token", "{count} tokens", said.context_length) if said.context_length else ""
    yield tr("Template"), tr("in the file") if said.has_template else tr("none in the file")
    yield tr("Licence"), entry.licence
    known = rows(Sampling)
    yield tr("Recommended"), ", ".join(f"{name} = {shown(known[name], value)}" for name, value in sampling.items())
    if entry.problem is not None:
        yield tr("Problem"), str(entry.problem)
    if judgement is not None:
        memory = _memory(judgement)
        yield tr("Here"), tr("{word}: {sentence}").format(word=pill(judgement.verdict), sentence=told(judgement))
        yield (
            tr("Memory"),
            tr("{weights} weights, {cache} cache for {tokens} tokens, {buffers} buffers").format(
                weights=in_gigabytes(memory["weights_bytes"]),
                cache=in_gigabytes(memory["cache_bytes"]),
                tokens=f"{judgement.plan.context:,}",
                buffers=in_gigabytes(memory["buffers_bytes"]),
            ),
        )
        yield tr("Longest context"), trn("{count} token", "{count} tokens", longest) if longest else ""


def _header(found: Mapping[str, Any]) -> Iterator[str]:
    if not found:
        yield tr("Nothing in the header has this text.")
    for key, value in found.items():
        yield f"{printable(key)} = {_short(value)}"


def _matches(key: str, value: Any, text: str) -> bool:
    wanted = text.casefold()
    return wanted in key.casefold() or wanted in str(_value(value)).casefold()


def _value(value: Any) -> Any:
    """As JSON has it; of arrays that were too long to keep only the length."""
    if isinstance(value, Skipped):
        return {"length": value.length}
    if isinstance(value, list):
        return [_value(each) for each in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _short(value: Any) -> str:
    if isinstance(value, Skipped):
        return trn("{count} value", "{count} values", value.length)
    if isinstance(value, list):
        few = ", ".join(str(each) for each in value[:FEW])
        return printable(f"[{few}, …] ({len(value)})" if len(value) > FEW else f"[{few}]")[:LONGEST_VALUE]
    text = str(value).replace("\n", "⏎")
    return printable(text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…")
