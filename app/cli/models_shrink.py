"""`fireside models shrink`: what can be typed after it, and the smaller copy."""

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from app.cli.usage import Parser
from app.core.errors import InputError
from app.core.language import tr, trn
from app.core.record import record

if TYPE_CHECKING:  # importing it takes time that --help saves
    from app.chat.shrinking import Plan, Progress

Actions: TypeAlias = "argparse._SubParsersAction[Parser]"
INTERRUPTED = 130
MOST_THREADS = 1024


@record(kw_only=True)
class ShrinkArguments:
    """`fireside models shrink`, checked."""

    model: str  # a path or a name
    to: str
    output: Path | None = None
    imatrix: Path | None = None
    prune: str = ""
    requantize: bool = False
    threads: int = 0
    dry_run: bool = False
    json: bool = False


def add_shrink(actions: Actions) -> None:
    """`fireside models shrink`."""
    parser = actions.add_parser(
        "shrink",
        help=tr("Make a smaller copy of a model."),
        description=tr(
            "Makes a copy of a model that takes less memory and is quicker, and says before how large it will be and "
            "whether it will run. The model itself stays as it is. F16, BF16 and F32 are what good copies are made of."
        ),
    )
    parser.add_argument("model", metavar="MODEL", help=tr("A GGUF file, or a name from the list or its beginning."))
    parser.add_argument("--to", required=True, metavar="TYPE", help=tr("The type of the copy, such as Q4_K_M or Q8_0."))
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help=tr("The file of the copy; beside the model if not given.")
    )
    parser.add_argument(
        "--imatrix",
        type=Path,
        metavar="FILE",
        help=tr("An importance matrix of this model; the smallest types need one."),
    )
    parser.add_argument(
        "--prune-layers",
        default="",
        metavar="LAYERS",
        help=tr("Leave out these layers, such as 10,11 or 10-12. What it writes gets worse with each of them."),
    )
    parser.add_argument(
        "--requantize", action="store_true", help=tr("Also from a model that was shrunk before, which costs quality.")
    )
    parser.add_argument(
        "--threads",
        type=_threads,
        default=0,
        metavar="N",
        help=tr("Threads to work with; one for each core if not given."),
    )
    parser.add_argument("--dry-run", action="store_true", help=tr("Only say what the copy would be."))
    parser.add_argument("--json", action="store_true", help=tr("Print the report as one JSON object."))


def shrink_arguments(read: argparse.Namespace) -> ShrinkArguments:
    """The shrink action's arguments."""
    return ShrinkArguments(
        model=read.model, to=read.to, output=read.output, imatrix=read.imatrix, prune=read.prune_layers,
        requantize=read.requantize, threads=read.threads, dry_run=read.dry_run, json=read.json,
    )  # fmt: skip


def _threads(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and 1 <= len(text) <= 4 and 1 <= int(text) <= MOST_THREADS):
        raise argparse.ArgumentTypeError(
            tr("“{text}” is not a whole number from 1 to {most}.").format(text=text, most=MOST_THREADS)
        )
    return int(text)


def run_shrink(arguments: ShrinkArguments) -> int:
    """Make the copy, or say what it would be; returns the exit code.

    Raises:
        AppError: it cannot be made, or makes no sense.
    """
    from app.chat.shrinking import Quantized, Wish, planned
    from app.cli.models_known import Library
    from app.core.shrink import layers_to_prune, target
    from app.engine.room import room

    wish = Wish(
        target=target(arguments.to),
        output=arguments.output,
        importance=arguments.imatrix,
        prune=layers_to_prune(arguments.prune) if arguments.prune else (),
        requantize=arguments.requantize,
        threads=arguments.threads,
    )
    library = Library()
    entry = library.entry(arguments.model, quiet=arguments.json)
    try:
        plan = planned(entry, wish, library.own, library.places, room())
    except Quantized as error:
        raise InputError(
            error.message, tr("Make it from the F16, BF16 or F32 file, or add --requantize to do it all the same.")
        ) from None
    if not arguments.json:
        _announce(plan)
    begin = time.monotonic()
    if not arguments.dry_run and not _made(plan, quiet=arguments.json):
        return INTERRUPTED
    seconds = time.monotonic() - begin
    if arguments.json:
        print(json.dumps(_as_json(plan, None if arguments.dry_run else seconds), ensure_ascii=False))
    elif not arguments.dry_run:
        from app.cli.models_known import printable

        print(
            tr("{path} is made ({time}).").format(
                path=printable(str(plan.output)), time=trn("{count} second", "{count} seconds", max(1, round(seconds)))
            )
        )
    sys.stdout.flush()
    return 0


def _made(plan: "Plan", quiet: bool) -> bool:
    """Whether it is there; False after Ctrl+C, which is told."""
    from app.chat.shrinking import Shrinking
    from app.cli.status_line import StatusLine

    line = StatusLine(quiet)
    try:
        Shrinking(plan, lambda progress: line.show(_bar(plan, progress))).run()
    except KeyboardInterrupt:
        line.hide()
        print(tr("Stopped. Nothing was kept of the copy."), file=sys.stderr)
        return False
    finally:
        line.hide()
    return True


def _bar(plan: "Plan", progress: "Progress") -> str:
    from app.cli import progress as bars
    from app.library.download import Progress as Shown

    speed = progress.done / progress.seconds if progress.seconds else 0.0
    shown = Shown(stage="loading", received=progress.done, size=progress.total, bytes_per_second=speed)
    return bars.progress_text(plan.output.name, shown, shutil.get_terminal_size().columns - 1)


def _announce(plan: "Plan") -> None:
    from app.cli.columns import columns_of, listed, say
    from app.cli.models_known import printable
    from app.core.verdict import in_gigabytes, pill, told
    from app.library.quantizations import meaning

    said = plan.entry.said
    assert said is not None
    kind = plan.wish.target.name
    about = "" if plan.certain else tr("about {size}").format(size=in_gigabytes(plan.bytes_after))
    change = "{before} → {after}"
    rows = [
        (tr("Name"), plan.entry.title),
        (tr("Type"), change.format(before=said.quantization, after=kind)),
        ("", meaning(kind)),
        (
            tr("Size"),
            change.format(before=in_gigabytes(plan.bytes_before), after=about or in_gigabytes(plan.bytes_after))
            + f" ({plan.bytes_after / max(1, plan.bytes_before):.0%})",
        ),
        (
            tr("Memory"),
            change.format(before=in_gigabytes(plan.before.needed), after=in_gigabytes(plan.after.needed)),
        ),
        (pill(plan.after.verdict), told(plan.after)),
        (tr("File"), str(plan.output)),
    ]
    if plan.wish.prune:
        numbers = ", ".join(map(str, plan.wish.prune))
        rows.insert(3, (tr("Layers"), tr("{left} of {all}; left out: {numbers}").format(
            left=said.layers - len(plan.wish.prune), all=said.layers, numbers=numbers
        )))  # fmt: skip
    shown = [(what, printable(text)) for what, text in rows if text]
    print("\n".join(listed(shown, columns_of(sys.stdout))))
    if plan.again:
        say(tr("It is made from a model that was shrunk before, and is worse than one made from the original."))
    sys.stdout.flush()


def _as_json(plan: "Plan", seconds: float | None) -> dict[str, Any]:
    said = plan.entry.said
    wish = plan.wish
    return {
        "model": str(plan.entry.path),
        "from": said.quantization if said else "",
        "to": wish.target.name,
        "path": str(plan.output),
        "made": seconds is not None,
        "seconds": None if seconds is None else round(seconds, 1),
        "bytes_before": plan.bytes_before,
        "bytes_after": plan.bytes_after if seconds is None else plan.output.stat().st_size,
        "estimated_bytes": plan.bytes_after,
        "needed_bytes_before": plan.before.needed,
        "needed_bytes_after": plan.after.needed,
        "verdict": plan.after.verdict,
        "pruned_layers": list(wish.prune),
        "imatrix": str(wish.importance) if wish.importance else None,
        "requantized": plan.again,
    }
