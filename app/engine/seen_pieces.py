"""Tokens as the text that a person reads, each with the characters that it completes."""

from codecs import getincrementaldecoder
from collections.abc import Sequence
from typing import Protocol

Decoder = getincrementaldecoder("utf-8")


class Pieces(Protocol):
    """What is needed of a vocabulary."""

    def piece(self, token: int) -> bytes: ...
    def token_text(self, token: int) -> str: ...


def seen_pieces(tokens: Sequence[int], vocabulary: Pieces) -> list[str]:
    """One text for each token. Bytes that are part of a character wait for the token that completes it."""
    decoder = Decoder("replace")
    pieces: list[str] = []
    for token in tokens:
        piece = vocabulary.piece(token)
        if piece:
            pieces.append(decoder.decode(piece))
        else:
            pieces.append(decoder.decode(b"", True) + vocabulary.token_text(token))
            decoder.reset()
    if pieces:
        pieces[-1] += decoder.decode(b"", True)
    return pieces
