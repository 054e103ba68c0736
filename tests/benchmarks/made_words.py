"""A vocabulary of the size that real models have, made by rule: every text of letters falls into pieces of two to four.

Bytes, runs of blanks, the numbers to 999, all pairs and triples of letters with and without a blank before them, common
words, and as many pronounceable words as there is room for. Pairs of frequent letters merge first.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product

from tests.model_file import CONTROL, Words, byte_characters

SIZE, CONTROLS = 128_256, 256  # as many as Llama 3 has
BLANK, NEWLINE = "Ġ", "Ċ"
LETTERS = "etaoinshrdlcumwfgypbvkjxqz"  # from the most frequent one
VOWELS = "aeiou"
CONSONANTS = "".join(sorted(set(LETTERS) - set(VOWELS)))
COMMON = """
    about after again all also always and another any are around ask back because been before being between both but
    call came can change come could day did different does down each end even every find first for found from get give
    good great had hand has have head help her here high him his home house how into its just keep kind know large last
    left life light like line little long look made make many may mean men might more most mother move much must name
    need never new next night not now number off often old once one only open other our out over own page part people
    place point put read right said same saw say second see sentence set she should show side since small some something
    sound spell start state still stop story study such take tell than that the their them then there these they thing
    think this those thought three through time together too town tree try turn two under until use user very want was
    water way well went were what when where which while white who why will with without word work world would write
    year you young your is it in of on to at as be by he we or so up an do go if me my no us assistant system
"""


@cache
def made_words() -> Words:
    """The vocabulary; its control tokens are the last 256."""
    tokens: dict[str, None] = dict.fromkeys(byte_characters())
    merges: dict[str, None] = {}

    def join(*parts: str) -> None:
        """The token that these parts make, merged from the left; parts of one kind come in any order."""
        text = parts[0]
        for part in parts[1:]:
            merges[f"{text} {part}"] = None
            text += part
            tokens[text] = None

    for length in (2, 4, 8, 16, 32):
        join(BLANK * (length // 2), BLANK * (length // 2))
        join(NEWLINE * (length // 2), NEWLINE * (length // 2))
    for first, second in _by_frequency(2):
        join(first, second)
    for letter in LETTERS:
        join(BLANK, letter)
    for first, second, third in _by_frequency(3):
        join(first + second, third)
        join(first, second + third)
    for first, second in _by_frequency(2):
        join(BLANK, first + second)
        join(BLANK + first, second)
    for first, second, third in _by_frequency(3):
        join(BLANK + first + second, third)
        join(BLANK, first + second + third)
        join(BLANK + first, second + third)
    # Whole words that are in the vocabulary need no merges: the splitter of Llama 3 looks them up first.
    for number in range(1000):
        tokens.update(dict.fromkeys((str(number), f"{number:02}", f"{number:03}")))
    for word in COMMON.split():
        tokens.update(dict.fromkeys((word, word.capitalize(), BLANK + word, BLANK + word.capitalize())))
    for letter, rest in product(LETTERS, ("", *LETTERS)):
        tokens.update(dict.fromkeys((letter.upper() + rest, BLANK + letter.upper() + rest)))
    for word in pronounceable():
        if len(tokens) >= SIZE - CONTROLS:
            break
        tokens[word] = None
    controls = CONTROL + tuple(f"<|reserved_{number}|>" for number in range(CONTROLS - len(CONTROL)))
    return Words((*tokens, *controls), tuple(merges), len(tokens), CONTROLS, "llama-bpe")


def pronounceable() -> Iterator[str]:
    """Words such as " bako" and " bakol", each a token of its own, with the blank before them."""
    for letters in product(CONSONANTS, VOWELS, CONSONANTS, VOWELS):
        yield BLANK + "".join(letters)
    for letters in product(CONSONANTS, VOWELS, CONSONANTS, VOWELS, CONSONANTS):
        yield BLANK + "".join(letters)


def _by_frequency(length: int) -> list[tuple[str, ...]]:
    return sorted(product(LETTERS, repeat=length), key=lambda letters: sum(map(LETTERS.index, letters)))
