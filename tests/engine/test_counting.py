"""Counting: each text once, newest first, and never more work than a context is worth."""

from collections.abc import Sequence
from itertools import pairwise

from app.core.errors import TemplateError
from app.core.protocol import Count, Turn
from app.engine.counting import Counter


class Words:
    """A tokenizer of words and a template that adds two tokens to each turn; remembers what it was asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.refuses = False

    def tokens_of(self, text: str) -> list[int]:
        self.texts.append(text)
        return list(range(len(text.split())))

    def tokens_in(self, turns: Sequence[Turn]) -> int:
        if self.refuses:
            raise TemplateError("Refused.")
        assert all(one.role != other.role for one, other in pairwise(turns))
        return sum(len(turn.text.split()) + 2 for turn in turns)


def made(most: int = 100) -> tuple[Counter, Words]:
    words = Words()
    return Counter(words.tokens_of, words.tokens_in, most), words


TURNS = (Turn("user", "one two"), Turn("user", "three"), Turn("assistant", "four five six"))


def test_turns_are_counted_one_by_one_and_as_a_whole() -> None:
    counter, _ = made()
    counted = counter.count(Count(1, TURNS, "a draft"))
    assert counted.turn_tokens == (2, 1, 3)
    assert counted.conversation_tokens == 3 + 2 + 3 + 2  # neighbours of one role are one turn
    assert counted.draft_tokens == 2 + 2


def test_each_text_is_tokenized_once() -> None:
    counter, words = made()
    for number in range(4):
        counter.count(Count(number, TURNS[: number + 1], "draft"))
    assert sorted(words.texts) == sorted({*(turn.text for turn in TURNS), "draft", "x"})


def test_what_cannot_fit_is_guessed() -> None:
    counter, words = made(most=10)
    old, new = Turn("user", "old " * 100), Turn("assistant", "new " * 21)
    assert counter.count(Count(1, (old, new))).turn_tokens == (100, 21)
    assert old.text not in words.texts
    assert counter.count(Count(2, (), "y" * 4000)).draft_tokens == 1000 + 2


def test_a_template_that_refuses_a_draft_costs_only_its_frame() -> None:
    counter, words = made()
    words.refuses = True
    assert counter.count(Count(1, (), "one two")).draft_tokens == 2
