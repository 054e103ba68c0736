"""What any text must be before it is kept or shown: valid Unicode, and short where a line is wanted."""

from app.core.regex import regex

_SURROGATE = regex("[\ud800-\udfff]")


def valid(text: str) -> str:
    """The text with lone surrogates replaced by U+FFFD, so that it can be written as UTF-8."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def shortened(text: str, length: int) -> str:
    """At most `length` characters, cut at a word border where there is one, with "…" for what is gone."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    border = cut.rfind(" ")
    if border >= length // 2:  # Chinese has no spaces: cut anywhere
        cut = cut[:border]
    return cut.rstrip(" ,;:.，。；：、") + "…"
