"""`fireside bench`: how fast a model is on this computer, and how fast it was the last time."""

import json
import platform
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app import __version__
from app.cli.arguments import BenchArguments
from app.cli.columns import left, right, width
from app.cli.measurement import STREAMS, Measurement, Size, change, figures, flat, widest_context
from app.cli.meter import MakeEngine, Meter
from app.cli.model_option import model_path
from app.core.errors import InputError, StoreError
from app.core.language import tr, trn
from app.core.params import Loading, signed
from app.core.paths import user_paths
from app.core.protocol import ModelInfo
from app.engine.base import Deliver, Engine

HISTORY = "bench.jsonl"  # in the data folder: one JSON object a line, the newest last
DAY = 10  # characters of an ISO date


def run(arguments: BenchArguments, make_engine: MakeEngine | None = None) -> int:
    """Measure, print and remember; returns the exit code.

    Raises:
        AppError: why there are no figures.
    """
    progress = Progress(arguments.json)
    size = Size(arguments.prompt_tokens, arguments.generation_tokens, arguments.repeat)
    try:
        with _folder_for_states() as folder:
            report = _measured(arguments, size, make_engine or _host, Path(folder), progress)
    finally:
        progress.hide()
    history = user_paths().data / HISTORY
    report["previous"] = previous = _last_of_its_kind(history, report)
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print("\n".join(_table(report, previous)))
    sys.stdout.flush()
    _remember(history, report)
    return 0


def _host(deliver: Deliver, contexts: Path) -> Engine:
    from app.engine.host import Host  # multiprocessing takes 15 ms, which --help and --version save

    return Host(deliver, contexts=contexts)


def _folder_for_states() -> "TemporaryDirectory[str]":
    """Beside the user's own saved states, on the same disk."""
    cache = user_paths().cache
    try:
        cache.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(prefix="bench-", dir=cache, ignore_cleanup_errors=True)
    except OSError as error:
        raise StoreError(
            tr("The folder “{folder}” cannot be written to.").format(folder=cache),
            tr("Check that its disk has room and that you may write there."),
            str(error),
        ) from None


def _measured(
    arguments: BenchArguments, size: Size, make_engine: MakeEngine, folder: Path, progress: "Progress"
) -> dict[str, Any]:
    path = model_path(arguments.model).absolute()
    loading = Loading(threads=arguments.threads, prompt_threads=arguments.threads)
    begun = datetime.now().astimezone()
    meter = Meter(make_engine, folder, begun.microsecond)
    try:
        progress.show(0, tr("loading the model"))
        model = meter.load(path, loading)
        if model.context_length < (wanted := widest_context(size, model)):
            loading = Loading(threads=arguments.threads, prompt_threads=arguments.threads, context_length=wanted)
            model = meter.load(path, loading)
        if model.context_length < size.context:
            raise InputError(
                tr("The model sees at most {limit} tokens at once, and this needs {needed}.").format(
                    limit=f"{model.context_length:,}", needed=f"{size.context:,}"
                ),
                tr("Ask for less with --prompt-tokens and --generation-tokens."),
            )
        measurement = Measurement(meter, model, loading, size)
        measurement.run(progress.show)
    finally:
        meter.close()
    return {
        "date": begun.isoformat(timespec="seconds"),
        "model": {
            "name": model.name,
            "file": model.path.name,
            "digest": model.digest,
            "quantization": model.quantization,
            "parameters": model.parameters,
            "bytes": model.file_bytes,
        },
        "device": _device(model),
        "threads": arguments.threads,
        "prompt_tokens": size.prompt_tokens,
        "generation_tokens": size.generation_tokens,
        "repeat": size.repeat,
        **figures(measurement, lambda name: _rounded(measurement.mean(name))),
        "spread": figures(measurement, lambda name: _rounded(measurement.spread(name))),
        "versions": {
            "fireside": __version__,
            "llama-cpp-python": _version("llama-cpp-python"),
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        },
    }


def _device(model: ModelInfo) -> str:
    return ", ".join(device.name for device in model.devices) or model.device


def _rounded(value: float | None) -> float | None:
    """Four digits that count."""
    return None if value is None else float(f"{value:.4g}")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # another build of the library
        return ""


# ── the history ───────────────────────────────────────────────────────────────────────────────────────────


def _last_of_its_kind(history: Path, report: dict[str, Any]) -> dict[str, Any] | None:
    """The latest earlier report on the same file with the same settings; damaged lines are passed over."""
    found = None
    with suppress(OSError), history.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            with suppress(ValueError):
                earlier = json.loads(line)
                if isinstance(earlier, dict) and _kind(earlier) == _kind(report):
                    found = earlier
    return found


def _kind(report: dict[str, Any]) -> tuple[object, ...]:
    model = report.get("model")
    digest = model.get("digest") if isinstance(model, dict) else None
    return digest, *(report.get(name) for name in ("device", "threads", "prompt_tokens", "generation_tokens"))


def _remember(history: Path, report: dict[str, Any]) -> None:
    line = json.dumps({name: value for name, value in report.items() if name != "previous"}, ensure_ascii=False)
    try:
        history.parent.mkdir(parents=True, exist_ok=True)
        with history.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        raise StoreError(
            tr("The figures could not be kept in “{file}”.").format(file=history),
            tr("Check that its disk has room and that you may write there."),
            str(error),
        ) from None


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────


def _table(report: dict[str, Any], previous: dict[str, Any] | None) -> Iterator[str]:
    """A heading, then a line for each figure: what, how much, give or take, and how much it changed."""
    model = report["model"]
    threads = [trn("{count} thread", "{count} threads", report["threads"])] if report["threads"] else []
    size = f"{model['bytes'] / 1e6:,.0f} MB"
    yield " · ".join(part for part in (model["name"], model["quantization"], size, report["device"], *threads) if part)
    values, spreads = flat(report), flat(report["spread"])
    before = flat(previous)
    rows = [(what, *_cells(name, values[name], spreads[name])) for name, what in _names(report)]
    since = str(previous.get("date", ""))[:DAY] if previous else ""
    widths = [max(width(row[column]) for row in rows) for column in range(3)]
    for (name, _), row in zip(_names(report), rows, strict=True):
        difference = change(values[name], before.get(name))  # type: ignore[arg-type]  # a number or None
        changed = (
            ""
            if difference is None
            else tr("{percent} % since {date}").format(percent=signed(f"{100 * difference:+.0f}"), date=since)
        )
        what, value, give = row
        yield "  ".join((left(what, widths[0]), right(value, widths[1]), left(give, widths[2]), changed)).rstrip()


def _names(report: dict[str, Any]) -> list[tuple[str, str]]:
    read = trn("Reading {count} token", "Reading {count} tokens", report["prompt_tokens"])
    written = trn("Writing {count} token", "Writing {count} tokens", report["generation_tokens"])
    return [
        ("prompt_tokens_per_second", read),
        ("generation_tokens_per_second", written),
        *(
            (f"parallel_{streams}", trn("{count} answer at once", "{count} answers at once", streams))
            for streams in STREAMS[1:]
        ),
        ("time_to_first_token_s", tr("First token")),
        ("next_turn_time_to_first_token_s", tr("First token of the next turn")),
        ("restore_s", tr("Restoring from disk")),
    ]


def _cells(name: str, value: Any, spread: Any) -> tuple[str, str]:
    if value is None:
        return "–", ""
    if name.endswith("_s"):
        unit, digits, factor = ("ms", 1, 1000) if value < 1 else ("s", 2, 1)
    else:
        unit, digits, factor = tr("tokens/s"), 1 if value < 1000 else 0, 1
    give = "" if spread is None else f"± {spread * factor:,.{digits}f}"
    return f"{value * factor:,.{digits}f} {unit}", give


class Progress:
    """One line on a terminal that is written over and gone at the end; nothing where nobody watches."""

    def __init__(self, quiet: bool) -> None:
        self._on = sys.stderr.isatty() and not quiet
        self._shown = False

    def show(self, share: float, what: str) -> None:
        if self._on:
            self._shown = True
            text = tr("Measuring: {percent} %, {what}").format(percent=round(100 * share), what=what)
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)

    def hide(self) -> None:
        if self._shown:
            self._shown = False
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
