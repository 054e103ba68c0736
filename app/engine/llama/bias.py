"""The rows `logit_bias` and `banned`: from texts to the tokens that they speak of."""

import math
from collections.abc import Sequence

from app.core.errors import InputError
from app.core.language import tr
from app.core.params import Sampling
from app.engine.llama.library import api
from app.engine.llama.vocabulary import Vocabulary, encoded

Biases = dict[int, float]  # what is added to a token's logit; -inf: never


def biases(sampling: Sampling, vocabulary: Vocabulary) -> Biases:
    """What the rows say, together with the tokens that the file itself wants never to be picked.

    Raises:
        InputError: an entry cannot be read, or speaks of no token.
    """
    result: Biases = {}
    for entry in sampling.logit_bias:
        text, number = _parted(entry)
        for token in _meant(text, vocabulary):
            result[token] = result.get(token, 0.0) + number
    for entry in sampling.banned:
        result |= dict.fromkeys(_banned(entry, vocabulary), -math.inf)
    return result | dict.fromkeys(_suppressed(vocabulary), -math.inf)


def _parted(entry: str) -> tuple[str, float]:
    text, equals, number = entry.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not equals or not text or math.isnan(value) or value == math.inf:
        raise InputError(
            tr("“{text}” is not a token bias.").format(text=entry),
            tr("Write it as text=number, such as {example}; -inf means never.").format(example="sorry=-5"),
        )
    return text, value


def _meant(text: str, vocabulary: Vocabulary) -> Sequence[int]:
    """The tokens that are this text, with or without a space before; else the first one that it begins with."""
    single = _numbered(text, vocabulary) or _single(text, vocabulary)
    return single or vocabulary.tokenize(text, special=False)[:1]


def _banned(entry: str, vocabulary: Vocabulary) -> Sequence[int]:
    """The tokens that are this text, whatever blanks surround it."""
    numbered = _numbered(entry, vocabulary)
    if numbered:
        return numbered
    text = encoded(entry)
    found = [*vocabulary.by_text.get(text.strip(), ()), *_control(entry, vocabulary)]
    if not text.strip():  # blanks: these, not all of them
        found = [token for token in found if vocabulary.piece(token) == text]
    if not found:
        raise InputError(
            tr("“{text}” is not a single token of this model, so it cannot be banned.").format(text=entry),
            tr("Ban a shorter text, or a token by its number, such as {example}.").format(example="#123"),
        )
    return found


def _numbered(text: str, vocabulary: Vocabulary) -> list[int]:
    """`#123` is the token with this number; every other text is none."""
    digits = text.removeprefix("#")
    if digits == text or not (digits.isascii() and digits.isdigit()):
        return []
    token = int(digits) if len(digits) < 10 else vocabulary.size
    if token >= vocabulary.size:
        raise InputError(
            tr("There is no token {text}.").format(text=text),
            tr("The tokens of this model go from #0 to #{last}.").format(last=vocabulary.size - 1),
        )
    return [token]


def _single(text: str, vocabulary: Vocabulary) -> list[int]:
    spellings = encoded(text), b" " + encoded(text)
    same = vocabulary.by_text.get(spellings[0].strip(), ())
    return [*(token for token in same if vocabulary.piece(token) in spellings), *_control(text, vocabulary)]


def _control(text: str, vocabulary: Vocabulary) -> list[int]:
    """The control token that is spelled so, such as <|im_end|>."""
    tokens = vocabulary.tokenize(text, special=True)
    return tokens if len(tokens) == 1 and vocabulary.is_control(tokens[0]) else []


def _suppressed(vocabulary: Vocabulary) -> list[int]:
    count = api.ctypes.c_int32(0)
    tokens = api.llama_vocab_get_suppress_tokens(vocabulary.pointer, api.ctypes.byref(count))
    return [tokens[index] for index in range(count.value)]
