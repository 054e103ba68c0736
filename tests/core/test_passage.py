"""The passage that shows why something was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.attachments import attachment, joined
from app.core.passage import LENGTH, SEEN, Passage, fold, marks, passage


def marked(found: Passage) -> list[str]:
    return [found.text[start:end] for start, end in found.marks]


def test_a_short_text_is_its_passage() -> None:
    assert passage("only this", ["this"]) == Passage("only this", ((5, 9),))
    assert passage("", ["x"]) == Passage("")


def test_the_place_is_shown_on_one_line() -> None:
    found = passage("x " * 500 + "the **needle**\n two " + "y " * 500, ["needle"])
    assert "the needle two" in found.text
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert len(found.text) <= LENGTH + 2
    assert marked(found) == ["needle"]


def test_as_many_words_as_one_line_holds() -> None:
    text = "salt alone. " + "z " * 300 + "flour and water and salt. " + "z " * 300
    assert marked(passage(text, ["salt", "flour"])) == ["flour", "salt"]


def test_words_far_from_each_other_are_all_seen() -> None:
    text = (
        "The needle lies here. "
        + "Hay and more hay. " * 30
        + "Under the thread. "
        + "Straw. " * 60
        + "A thimble at the end."
    )
    found = passage(text, ["thimble", "needle", "thread"])
    assert marked(found) == ["needle", "thread", "thimble"]
    assert found.text.count(" … ") == 2
    assert found.marks[-1][1] <= SEEN + 6  # of the two lines that a narrow list shows
    assert marked(passage(text, ["nothing", "thread"])) == ["thread"]


def test_words_with_some_room_between_them_stay_in_one_line() -> None:
    text = "z " * 300 + "flour of the finest kind, then salt. " + "z " * 300
    found = passage(text, ["salt", "flour"])
    assert marked(found) == ["flour", "salt"]
    assert "flour of the finest kind, then salt" in found.text
    assert found.marks[-1][1] <= SEEN


def test_wide_signs_have_less_room() -> None:
    text = "东京的天气很好，" + "我们明天去公园散步。" * 6 + "晚上看电影。" + "然后回家。" * 20
    found = passage(text, ["天气", "电影"])
    assert marked(found) == ["天气", "电影"]
    assert found.marks[-1][1] <= SEEN // 2 + 6


def test_case_and_script_do_not_matter() -> None:
    assert marked(passage("Über ÄÖÜ", ["äö"])) == ["ÄÖ"]
    assert marked(passage("东京的天气很好。", ["天气"])) == ["天气"]
    assert marked(passage("İstanbul, istanbul", ["istanbul"]))[-1] == "istanbul"


def test_an_attachment_is_its_name() -> None:
    text = joined("Hi", [attachment("n.txt", "inside")])
    assert passage(text, ["hi"]).text == passage(text, ["n.txt"]).text == "Hi n.txt inside"
    assert passage(text, ["attachment"]).text.startswith("Hi ```text attachment=")
    far = joined("word " * 40, [attachment("a name of some words", "inside")])
    assert "attachment=" not in passage(far, ["name"]).text


def test_signs_that_were_looked_for_stay() -> None:
    assert marked(passage("a `b` **c++** and `x`", ["`x`"])) == ["`x`"]
    assert passage("# Title with `code`", ["title"]).text == "Title with code"


def test_marks_that_touch_are_one() -> None:
    assert marks("aaaa bab", ["a", "aa", "b"]) == ((0, 4), (5, 8))


@pytest.mark.parametrize("text", ["ǅ", "ß", "İ", "ﬁ", "Σς"])
def test_folding_moves_nothing(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(st.text(max_size=400), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_marks_lie_in_the_passage_in_order(text: str, words: list[str]) -> None:
    found = passage(text, words)
    assert "\n" not in found.text
    edges = [edge for mark in found.marks for edge in mark]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= len(found.text) for edge in edges)


@given(st.text("ab ", max_size=300), st.text("abc", min_size=1, max_size=4), st.text("ab ", max_size=300))
def test_a_word_that_is_there_is_marked(before: str, word: str, after: str) -> None:
    assert any(word in part for part in marked(passage(before + word + after, [word])))


@given(st.text("abc ", max_size=600), st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=5))
def test_each_word_that_is_there_is_marked(text: str, words: list[str]) -> None:
    found = "\n".join(marked(passage(text, words)))
    assert all(word in found for word in words if word in text)
