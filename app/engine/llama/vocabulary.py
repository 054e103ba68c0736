"""Text to tokens and back, with the few facts about tokens that an answer needs."""

import re
from functools import cached_property
from typing import Any

from app.engine.llama.library import api

SURROGATES = re.compile("[\ud800-\udfff]")
LONGEST_PIECE = 512  # bytes; longer ones are asked for again with the room they need


def encoded(text: str) -> bytes:
    """UTF-8, with U+FFFD in place of lone surrogates, which UTF-8 cannot hold."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return SURROGATES.sub("\ufffd", text).encode()


class Vocabulary:
    """The vocabulary of a loaded model; of no use after the model is freed."""

    def __init__(self, pointer: Any) -> None:
        self.pointer = pointer
        self.size: int = api.llama_vocab_n_tokens(pointer)
        self.begin: int = api.llama_vocab_bos(pointer)  # -1 where there is none
        self.adds_begin: bool = api.llama_vocab_get_add_bos(pointer)
        self._pieces: dict[int, bytes] = {}
        self._ends: dict[int, bool] = {}

    @property
    def begin_text(self) -> str:
        return self.token_text(self.begin)

    @property
    def end_text(self) -> str:
        return self.token_text(self.end)

    def token_text(self, token: int) -> str:
        """The token as the vocabulary spells it; "" for -1."""
        if not 0 <= token < self.size:
            return ""
        return bytes(api.llama_vocab_get_text(self.pointer, token) or b"").decode("utf-8", "replace")

    def tokenize(self, text: str, special: bool, begins: bool = True) -> list[int]:
        """Tokens of a text. With `special`, the spelling of a control token yields that token.

        Some vocabularies put a blank before a text; one that goes on from other words (not `begins`) gets none.
        """
        if begins or not self._blank_before_break:
            return self._tokenize(text, special)
        tokens, before = self._tokenize("\n" + text, special), self._blank_before_break
        return tokens[len(before) :] if tokens[: len(before)] == before else self._tokenize(text, special)

    @cached_property
    def _blank_before_break(self) -> list[int]:
        """The tokens of a line break, which merges with nothing, in a vocabulary that puts a blank before texts."""
        if b"".join(map(self.piece, self._tokenize("a", False))) == b"a":
            return []
        return self._tokenize("\n", False)

    def _tokenize(self, text: str, special: bool) -> list[int]:
        data = encoded(text)
        room = len(data) + 16
        buffer = (api.llama_token * room)()
        count = api.llama_tokenize(self.pointer, data, len(data), buffer, room, False, special)
        if count < 0:  # never seen with one token of room per byte, but it is what the interface says
            room = -count
            buffer = (api.llama_token * room)()
            count = api.llama_tokenize(self.pointer, data, len(data), buffer, room, False, special)
        tokens: list[int] = buffer[: max(count, 0)]
        return tokens

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; b"" for control tokens."""
        known = self._pieces.get(token)
        if known is None:
            known = self._pieces[token] = self._read_piece(token, LONGEST_PIECE)
        return known

    def shown(self, token: int) -> str:
        """The token as a person may read it: its text, or the spelling of a control token."""
        return self.piece(token).decode("utf-8", "replace") or self.token_text(token)

    def _read_piece(self, token: int, room: int) -> bytes:
        buffer = api.ctypes.create_string_buffer(room)
        length = api.llama_token_to_piece(self.pointer, token, buffer, room, 0, False)
        return self._read_piece(token, -length) if length < 0 else buffer.raw[:length]

    def ends(self, token: int) -> bool:
        """Does the model end its turn with this token? -1 does too: it stands for "nothing more is possible"."""
        known = self._ends.get(token)
        if known is None:
            known = self._ends[token] = token < 0 or bool(api.llama_vocab_is_eog(self.pointer, token))
        return known

    def end_with(self, token: int, end: bool = True) -> None:
        """From now on the token ends a turn, or does not, whatever llama.cpp holds of it; before anybody asks."""
        self._ends[token] = end

    @property
    def end(self) -> int:
        """The token that ends a text as llama.cpp understands the file; -1 where there is none."""
        token: int = api.llama_vocab_eos(self.pointer)
        return token

    @cached_property
    def can_end(self) -> bool:
        """Is there a token with which the model ends its turn? Some files have none."""
        return any(self.ends(token) for token in range(self.size))

    def is_control(self, token: int) -> bool:
        return bool(api.llama_vocab_is_control(self.pointer, token))

    @cached_property
    def control_tokens(self) -> tuple[int, ...]:
        """Those that steer and are no text, in order."""
        control = api.LLAMA_TOKEN_ATTR_CONTROL
        return tuple(token for token, attribute in self._special.items() if attribute & control)

    @cached_property
    def by_text(self) -> dict[bytes, tuple[int, ...]]:
        """The tokens by what they stand for without the blanks around it; takes 0.2 s for 128,000.

        Control tokens stand for nothing.
        """
        found: dict[bytes, list[int]] = {}
        for token in range(self.size):
            piece = self.piece(token)
            if piece:
                found.setdefault(piece.strip(), []).append(token)
        return {text: tuple(tokens) for text, tokens in found.items()}

    @cached_property
    def control_texts(self) -> tuple[str, ...]:
        """The spellings that a user's text must not smuggle in, longest first."""
        return self._spellings(api.LLAMA_TOKEN_ATTR_CONTROL | api.LLAMA_TOKEN_ATTR_UNKNOWN)

    @cached_property
    def added_texts(self) -> tuple[str, ...]:
        """The spellings that always yield their token but are text like any other, longest first."""
        return self._spellings(api.LLAMA_TOKEN_ATTR_USER_DEFINED)

    def is_added(self, token: int) -> bool:
        """Is it found by its spelling, before the text is split?"""
        return token in self._special

    @cached_property
    def _special(self) -> dict[int, int]:
        """All tokens that are found by their spelling, with their attributes; some tenths of a second for 250,000."""
        attributes, pointer = api.llama_vocab_get_attr, self.pointer
        wanted = api.LLAMA_TOKEN_ATTR_CONTROL | api.LLAMA_TOKEN_ATTR_UNKNOWN | api.LLAMA_TOKEN_ATTR_USER_DEFINED
        return {token: attribute for token in range(self.size) if (attribute := attributes(pointer, token)) & wanted}

    def _spellings(self, wanted: int) -> tuple[str, ...]:
        found = {self.token_text(token) for token, attribute in self._special.items() if attribute & wanted}
        return tuple(sorted(found - {""}, key=lambda text: (-len(text), text)))
