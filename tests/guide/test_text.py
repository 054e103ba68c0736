"""The guide's text: complete, filled from the tables, and asked for in many ways."""

import random
import re
from pathlib import Path

import pytest
from corpus import TOO_SMALL, Corpus
from evaluate import questions
from fill import PLACEHOLDER, TABLES, TextError, fill, use
from tokenizer import Tokenizer
from topics import HERE, LANGS, Reply, fingerprint, read

from app.core.commands import COMMANDS
from app.core.examples import EXAMPLES

LETTERS = re.compile(r"[A-Za-z]{3,}")
WIDE = re.compile(r"[\u3400-\u9fff]")


@pytest.fixture(scope="module")
def replies() -> list[Reply]:
    return read()


def test_there_are_150_topics_and_each_is_in_both_languages(replies: list[Reply]) -> None:
    parts = {lang: {(r.kind, r.topic, r.part) for r in replies if r.lang == lang} for lang in LANGS}
    assert parts["en"] == parts["zh"]
    assert len({topic for _, topic, _ in parts["en"]}) >= 150


def test_every_parameter_and_command_is_a_topic(replies: list[Reply]) -> None:
    known = {(r.kind, r.topic) for r in replies}
    for table in TABLES.values():
        assert {("parameter", name) for name in table} <= known
    assert {("command", command.name) for command in COMMANDS} <= known


def test_the_welcome_pages_examples_are_asked_for_in_both_languages(replies: list[Reply]) -> None:
    for lang in LANGS:
        found = {reply.topic: reply for reply in replies if reply.example and reply.lang == lang}
        assert found.keys() == {example.topic for example in EXAMPLES}
        assert all(reply.example in reply.asks and not reply.part for reply in found.values())
    assert not {reply.example for reply in replies if reply.lang == "zh"} & {example.question for example in EXAMPLES}


def test_no_placeholder_is_left_and_chinese_answers_are_chinese(replies: list[Reply]) -> None:
    for reply in replies:
        assert not PLACEHOLDER.search(reply.answer), reply
        assert "{" not in "".join(reply.asks + reply.names + reply.later), reply
        assert bool(WIDE.search(reply.answer)) == (reply.lang == "zh") or "简体中文" in reply.answer, reply


def test_every_topic_is_asked_for_in_many_ways(replies: list[Reply]) -> None:
    for reply in replies:
        if not reply.part and reply.kind != "command":
            assert len(set(reply.asks)) >= 10, (reply.topic, reply.lang)
        elif reply.part:
            assert len(set(reply.later)) >= 4, (reply.topic, reply.part, reply.lang)


def test_an_unknown_placeholder_is_told_with_its_place() -> None:
    use("en")
    assert fill("{sampling.top_k}: {sampling.top_k.range}", "en", "here") == "Top K: 0 to 500"
    assert fill("{command.new_chat} ({command.new_chat.key})", "en", "here") == "New conversation (Ctrl+N)"
    for wrong in (
        "{sampling.heat}",
        "{top_k}",
        "{command.new_chat.colour}",
        "{command.about.key}",
        "{preferences.system_prompt.range}",
    ):
        with pytest.raises(TextError, match="here"):
            fill(wrong, "en", "here")


def test_a_broken_topic_is_told_with_file_and_topic(tmp_path: Path) -> None:
    path = tmp_path / "some.toml"
    begin = '[[topic]]\nid = "a"\nkind = "concept"\nask.en = ["x"]\nask.zh = ["x"]\nanswer.en = "x"\n'
    for rest in ("", 'answer.zh = "{sampling.heat}"\n', 'answer.zh = "x"\n' + begin + 'answer.zh = "x"\n'):
        path.write_text(begin + rest, encoding="utf-8")
        with pytest.raises(TextError, match=r"some\.toml, a"):
            read(tmp_path)


def test_the_fingerprint_changes_with_the_text(replies: list[Reply]) -> None:
    assert fingerprint(replies) == fingerprint(list(replies))
    assert fingerprint(replies) != fingerprint(replies[1:])


def test_rows_are_dialogues_and_the_same_seed_gives_the_same_rows(replies: list[Reply]) -> None:
    tokenizer = Tokenizer([])
    corpus = Corpus(replies, tokenizer)
    rows = [corpus.dialogue(random.Random(7), 2000) for _ in range(2)]
    assert rows[0] == rows[1]
    assert len(rows[0].ids) == len(rows[0].said) <= 2000
    said = tokenizer.decode([token for token, mark in zip(rows[0].ids, rows[0].said, strict=True) if mark])
    answers = [answer for answer in said.split("<|im_end|>") if answer]
    assert answers
    assert set(answers) <= {reply.answer for reply in replies}


def test_every_reply_can_be_asked_for(replies: list[Reply]) -> None:
    corpus = Corpus(replies, Tokenizer([]))
    rng = random.Random(3)
    for reply in replies:
        for later in (False, True):
            if reply.later if later else (reply.asks or reply.names):
                question = corpus.question(reply, rng, later)
                assert question.strip()
                assert "{" not in question


def test_held_out_questions_are_enough_and_were_not_trained_on(replies: list[Reply]) -> None:
    held_out = questions(HERE / "questions.toml")
    assert len(held_out) >= 300
    known = {reply.topic for reply in replies}
    assert {topic for question in held_out for topic in (*question.topics, question.after) if topic} <= known
    assert {question.lang for question in held_out} == set(LANGS)
    assert TOO_SMALL in {question.topics[0] for question in held_out}
