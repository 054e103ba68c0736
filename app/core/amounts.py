"""Speeds, times and large numbers as people read them."""

from app.core.language import tr, trn
from app.core.models import count


def rate_text(bytes_per_second: float) -> str:
    """In the unit that fits (1 MB = 10⁶ bytes)."""
    if bytes_per_second < 999_500:
        return f"{bytes_per_second / 1e3:,.0f} kB/s"
    return f"{bytes_per_second / 1e6:,.1f} MB/s"


def time_text(seconds: float) -> str:
    """How long it takes, roughly."""
    if seconds < 90:
        return trn("{count} second left", "{count} seconds left", max(1, round(seconds)))
    if seconds < 5400:
        return trn("{count} minute left", "{count} minutes left", round(seconds / 60))
    return trn("{count} hour left", "{count} hours left", round(seconds / 3600))


def short_number(number: int) -> str:
    """In three digits at most: "847", "12k", "3.4M"."""
    for size, unit in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")):
        if number >= size * 0.9995:
            value = number / size
            return f"{value:.1f}{unit}" if value < 9.95 else f"{value:.0f}{unit}"
    return str(number)


def parameters_text(parameters: int) -> str:
    """How large a model is: "8.0B parameters"; "" where nobody told."""
    if not parameters:
        return ""
    return tr("{count} parameters").format(count=count(parameters))
