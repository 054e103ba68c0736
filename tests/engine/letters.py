"""A tokenizer for tests whose tokens are characters, beside the special tokens that it is given."""

from collections.abc import Sequence

OFFSET = 1000  # the ids of characters begin here


class Letters:
    """ "<b>" begins a text and "<e>" ends it; `added` are spellings that every text yields, with control tokens or not."""

    begin, adds_begin = 1, True
    begin_text, end_text = "<b>", "<e>"

    def __init__(self, controls: Sequence[str] = (), added: Sequence[str] = ()) -> None:
        self.control_texts = ("<b>", "<e>", *controls)
        self.added_texts = tuple(added)
        self._special = (*self.control_texts, *self.added_texts)

    def tokenize(self, text: str, special: bool, begins: bool = True) -> list[int]:
        known = self._special if special else self.added_texts
        tokens = []
        while text:
            found = max((each for each in known if text.startswith(each)), key=len, default="")
            tokens.append(self._special.index(found) + 1 if found else ord(text[0]) + OFFSET)
            text = text[len(found) or 1 :]
        return tokens

    def is_control(self, token: int) -> bool:
        return token <= len(self.control_texts)

    def is_added(self, token: int) -> bool:
        return token <= len(self._special)

    def token_text(self, token: int) -> str:
        return self._special[token - 1] if token < OFFSET else chr(token - OFFSET)

    def spelled(self, tokens: Sequence[int]) -> str:
        """The text, with ␛ before each special token."""
        return "".join("␛" * (token < OFFSET) + self.token_text(token) for token in tokens)
