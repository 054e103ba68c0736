"""A conversation's title, made from its first message."""

from app.core.regex import regex
from app.core.text import shortened

LENGTH = 50

_FENCE = regex(r"^\s*(```|~~~)")
_LINE_MARK = regex(r"^\s*(?:#{1,6}\s+|>\s?|[-*+]\s+|\d{1,3}[.)]\s+)+")
_LINK = regex(r"!?\[([^\]\[]*)\]\([^()\s]*\)")
_MARKS = regex(r"[*`~]+|(?<!\w)_+|_+(?!\w)")
_SENTENCE_END = regex(r"(?<=[.!?…])\s|(?<=[。！？])")


def title_from(text: str) -> str:
    """The first sentence of the first line with words in it, without Markdown, on at most 50 characters.

    Empty where the text has no words at all.
    """
    for line in text[:4000].replace("\0", "").splitlines():
        if _FENCE.match(line):
            continue
        plain = _MARKS.sub("", _LINK.sub(r"\1", _LINE_MARK.sub("", line)))
        plain = " ".join(plain.split())
        if not any(character.isalnum() for character in plain):
            continue
        sentence = next((part for part in _SENTENCE_END.split(plain) if any(c.isalnum() for c in part)), plain)
        return shortened(sentence.strip(), LENGTH).removesuffix(".")
    return shortened(" ".join(text[:200].replace("\0", "").split()), LENGTH)
