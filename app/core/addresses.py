"""Bare web and mail addresses in a text, as GitHub's Markdown finds them, and the punctuation that is none of theirs."""

import re
from collections.abc import Iterator

from app.core.regex import regex

_FOUND = regex(
    r"(?P<web>https?://[^\s<>\"'`，。；：！？）】」』、]+)"
    r"|(?<![\w/.@-])(?P<www>www\.[^\s<>\"'`，。；：！？）】」』、.]+\.[^\s<>\"'`，。；：！？）】」』、]+)"
    r"|(?<![\w/:+.@-])(?P<mail>[a-z0-9][\w.+-]{0,63}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})(?![\w@-])",
    re.IGNORECASE | re.ASCII,
)


def addresses(text: str) -> Iterator[tuple[str, str]]:
    """Split a text at the addresses in it: pairs of text and where it leads ("" for the text between)."""
    end = 0
    if "://" in text or "www." in text or "WWW." in text or "@" in text:
        for found in _FOUND.finditer(text):
            address = found[0].rstrip(".,;:!?*_~")
            while address.endswith(")") and address.count(")") > address.count("("):
                address = address[:-1].rstrip(".,;:!?")
            if found["web"]:
                goal = address if len(address) > 8 else ""
            elif found["www"]:
                goal = f"http://{address}" if "." in address[4:] else ""
            else:
                goal = f"mailto:{address}"
            if goal:
                yield text[end : found.start()], ""
                yield address, goal
                end = found.start() + len(address)
    yield text[end:], ""
