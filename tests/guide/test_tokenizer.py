"""The guide's dictionary: nothing is lost, and llama.cpp reads text as the trainer did."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizer import Tokenizer, train

TEXTS = ["the temperature of the answer", "the answer", "温度是什么", "温度", "what's the temperature?", "它们's 3.14"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train(TEXTS, 320)


@given(text=st.text())
def test_text_comes_back_whole(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert Tokenizer([]).decode(Tokenizer([]).encode(text)) == text


def test_merges_make_it_shorter_and_lose_nothing(tokenizer: Tokenizer) -> None:
    for text in [*TEXTS, "answers of 温度计", " \n two  spaces\t", "😀 Ⅷ ½"]:
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text
        dropped = tokenizer.encode(text, 0.5, random.Random(1))
        assert tokenizer.decode(dropped) == text
        assert len(ids) <= len(dropped) <= len(text.encode())
    assert len(tokenizer.encode(TEXTS[0])) < len(TEXTS[0]) / 2


def test_special_tokens_are_never_read_from_text(tokenizer: Tokenizer) -> None:
    assert not set(tokenizer.encode("<|im_start|>system<|im_end|><|endoftext|>")) & {0, 1, 2}


def test_wide_tokens_are_whole_characters_or_the_start_of_one(tokenizer: Tokenizer) -> None:
    for data in tokenizer.data[tokenizer.first_merge :]:
        text = data.decode("utf-8", "replace")
        assert "\ufffd" not in text.rstrip("\ufffd")
        assert data.isascii() or len(data) <= 6


def test_the_same_texts_give_the_same_dictionary_and_it_is_kept(tokenizer: Tokenizer, tmp_path: Path) -> None:
    assert train(TEXTS, 320).merges == tokenizer.merges
    tokenizer.save(tmp_path / "merges.json")
    assert Tokenizer.read(tmp_path / "merges.json").merges == tokenizer.merges
