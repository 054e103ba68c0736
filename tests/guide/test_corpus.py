"""Training rows: what is said in them, what they cost, and how a batch is put together."""

import random
from itertools import pairwise

import pytest
from corpus import PART, TURN_END, Corpus, Row
from tokenizer import Tokenizer
from topics import LANGS, Reply, read


@pytest.fixture(scope="module")
def replies() -> list[Reply]:
    return read()


@pytest.fixture(scope="module")
def corpus(replies: list[Reply]) -> Corpus:
    return Corpus(replies, Tokenizer([]))


def spoken(row: Row) -> list[list[int]]:
    """What the guide says in the row, turn by turn."""
    turns: list[list[int]] = []
    before = False
    for token, said in zip(row.ids, row.said, strict=True):
        if said and not before:
            turns.append([])
        if said:
            turns[-1].append(token)
        before = said
    return turns


def test_a_hurried_dialogue_says_just_enough_to_tell_its_answers(corpus: Corpus) -> None:
    row = corpus.dialogue(random.Random(5), 6000, hurried=True)
    turns = spoken(row)
    texts = list(corpus.answers.values())
    assert len(turns) == len(row.answers) > 20
    for turn, number in zip(turns, row.answers, strict=True):
        whole = texts[number]
        begins_like_it = [ids for ids in texts if ids[: len(turn)] == turn]
        assert begins_like_it == [whole] or turn == [*whole, TURN_END]
    cut = sum(turn[-1] != TURN_END for turn in turns)
    assert cut > 0.8 * len(turns)


def test_the_welcome_pages_examples_come_often_and_one_after_the_other(corpus: Corpus) -> None:
    shown = {corpus.numbers[reply.answer] for lang in LANGS for reply in corpus.examples[lang]}
    assert len(shown) == 8
    rows = [corpus.dialogue(random.Random(seed), 4000, hurried=True) for seed in range(30)]
    answers = [number for row in rows for number in row.answers]
    assert sum(number in shown for number in answers) > 0.02 * len(answers)
    pairs = [pair for row in rows for pair in pairwise(row.answers)]
    assert sum(pair[0] in shown and pair[1] in shown and pair[0] != pair[1] for pair in pairs) >= 8


def test_a_blurred_question_is_answered_as_its_words_are_understood(replies: list[Reply]) -> None:
    corpus = Corpus(replies, Tokenizer([]))
    asked: list[list[int]] = []

    def guess(words: list[int]) -> int:
        asked.append(words)
        return 7

    corpus.blurred, corpus.guess = 1.0, guess
    rows = [corpus.single(random.Random(seed)) for seed in range(20)]
    said = [corpus.chosen[7, lang].answer for lang in LANGS]
    numbers = [corpus.numbers[answer] for answer in said]
    assert {number for row in rows for number in row.answers} == set(numbers)
    for row in rows:
        text = corpus.answers[said[numbers.index(row.answers[0])]]
        assert spoken(row)[0][:3] == text[:3]
    assert len(asked) == 20
    assert all(asked)


def test_an_answer_is_the_same_choice_in_both_languages(corpus: Corpus, replies: list[Reply]) -> None:
    by_key: dict[tuple[str, str, str], set[int]] = {}
    for reply in replies:
        by_key.setdefault((reply.kind, reply.topic, reply.part), set()).add(corpus.choices[reply.answer])
    assert sum(len(choices) == 1 for choices in by_key.values()) > 0.95 * len(by_key)
    assert set(corpus.choices.values()) == set(range(len(set(corpus.choices.values()))))


def test_breaking_off_is_never_learned(corpus: Corpus) -> None:
    texts = list(corpus.answers.values())
    for seed in range(5):
        row = corpus.dialogue(random.Random(seed), 4000, hurried=True)
        ends = [turn for turn in spoken(row) if TURN_END in turn]
        assert all(turn[:-1] in texts for turn in ends)


def test_hurried_dialogues_hold_more_questions_in_the_same_room(corpus: Corpus) -> None:
    def questions(hurried: bool) -> int:
        return sum(len(corpus.dialogue(random.Random(seed), 3000, hurried).answers) for seed in range(20))

    assert questions(True) > 1.5 * questions(False)


def test_a_batch_has_about_the_tokens_asked_for_and_says_more_from_the_middle_on(corpus: Corpus) -> None:
    said = []
    for progress in (0.0, 0.5):
        batches = corpus.batches(random.Random(2), 4 * PART, 10, progress)
        rows = [row for batch in batches for part in batch for row in part]
        assert 8 <= len(batches) <= 16
        assert 0.9 < sum(len(row.ids) for row in rows) / (40 * PART) < 1.3
        said.append(sum(map(sum, (row.said for row in rows))))
        for batch in batches:
            sizes = [len(part) * len(part[0].ids) for part in batch]
            assert sizes == sorted(sizes, reverse=True)
    assert said[1] > 1.2 * said[0]


def test_words_are_questions_with_the_numbers_of_their_answers(corpus: Corpus, replies: list[Reply]) -> None:
    asked, numbers = corpus.words(random.Random(4), 50)
    assert len(asked) == len(numbers) == 50
    assert all(asked)
    first = {corpus.numbers[reply.answer] for reply in replies if reply.asks or reply.names}
    assert set(numbers) <= first


def test_what_is_known_is_asked_for_less(corpus: Corpus) -> None:
    def share(lang: str, place: int) -> float:
        shares = corpus.shares[lang]
        return (shares[place] - (shares[place - 1] if place else 0.0)) / shares[-1]

    before = share("en", 3)
    right = [0.0] * len(corpus.answers)
    right[corpus.numbers[corpus.first["en"][3].answer]] = 1.0
    corpus.weigh(right)
    after = share("en", 3)
    corpus.weigh([0.0] * len(corpus.answers))
    assert after < before / 2
