"""How far a download is, on one line of a terminal."""

from app.cli.columns import shortened, width
from app.core.amounts import rate_text, time_text
from app.core.language import tr
from app.core.verdict import in_gigabytes
from app.library.download import Progress

BAR = 20  # columns


def progress_text(name: str, progress: Progress, columns: int) -> str:
    """One line of at most so many columns; the name gives way first."""
    share = progress.received / progress.size if progress.size else 1.0
    bar = "█" * round(share * BAR) + "░" * (BAR - round(share * BAR))
    parts = [f"{bar} {share:4.0%}"]
    match progress.stage:
        case "checking":
            parts.append(tr("checking what is here"))
        case "finding":
            parts.append(tr("asking where it lies"))
        case "waiting":
            parts.append(tr("waiting: {reason}").format(reason=progress.reason))
        case _:
            parts.append(f"{in_gigabytes(progress.received)} / {in_gigabytes(progress.size)}")
            parts.append(rate_text(progress.bytes_per_second))
            if (seconds := progress.seconds_left) is not None:
                parts.append(time_text(seconds))
    rest = "  ".join(parts)
    room = columns - width(rest) - 2
    return f"{shortened(name, room)}  {rest}" if room >= 8 else shortened(rest, columns)
