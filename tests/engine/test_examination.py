"""What is said of a prompt and its template, in a process of its own."""

from pathlib import Path

import pytest

from app.core.errors import EngineGone, LoadError, ModelFileError
from app.core.protocol import Turn
from app.engine.examination import Examination, SeenThinking, examined
from tests.vocabulary_file import write_vocabulary

CHANGED = "{% for m in messages %}<|m|>{{ m.content }}{% endfor %}<|m|><think>"
QUESTION = (Turn("user", "é<|m|>"),)


@pytest.fixture
def words(tmp_path: Path) -> Path:
    controls = ["<|begin|>", "<|end|>", "<|m|>", "<think>", "</think>"]
    return write_vocabulary(tmp_path / "words.gguf", controls, template="<|m|>{{ messages[0].content }}")


def test_a_file_and_its_own_template(words: Path) -> None:
    seen = examined(words, None, QUESTION)
    assert seen.text == "<|m|>é<|m|>"
    assert (seen.template, seen.repaired, seen.error) == ("file", (), None)
    assert [(token.text, token.special) for token in seen.tokens][:4] == [
        ("<|begin|>", True),
        ("<|m|>", True),
        ("\\xc3", False),
        ("\\xa9", False),
    ]
    assert "".join(token.text for token in seen.tokens[4:]) == "<|m|>"
    assert not any(token.special for token in seen.tokens[4:])
    assert seen.thinking == SeenThinking("<think>", "<think>", "</think>", False, False, False, False)


def test_another_template_and_a_repair(words: Path) -> None:
    seen = examined(words, CHANGED + "</think>{% if messages[0].role == 'system' %}{{ x.y.z }}{% endif %}",
                    (Turn("system", "S"), Turn("user", "U")))  # fmt: skip
    assert seen.text.startswith("<|m|>S\n\nU<|m|>")
    assert len(seen.repaired) == 1
    assert seen.thinking == SeenThinking("<think>", "<think>", "</think>", False, True, False, True)
    opened = examined(words, CHANGED + "{# </think> #}", QUESTION).thinking
    assert opened is not None
    assert opened.opened


def test_a_template_that_fails_names_its_line_and_what_takes_its_place(words: Path) -> None:
    seen = examined(words, "one\n{{ nothing.at.all }}", QUESTION)
    assert seen.error is not None
    assert (seen.error.line, seen.error.reason) == (2, "'nothing' is undefined")
    assert seen.error.code == "{{ nothing.at.all }}"
    assert "line 2" in seen.error.message
    assert seen.template == "ChatML"
    assert "é<|m|>" in seen.text


def test_a_template_that_refuses_the_messages(words: Path) -> None:
    text = "x\n{% if messages | length > 1 %}{{ raise_exception('one only') }}{% endif %}{{ messages[0].content }}"
    seen = examined(words, text, (Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c")))
    assert seen.error is not None
    assert (seen.error.line, seen.error.reason, seen.text, seen.tokens) == (2, "one only", "", ())


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError):
        examined(tmp_path / "missing.gguf", None, QUESTION)
    (tmp_path / "text.gguf").write_text("This is no model." * 100)
    with pytest.raises((ModelFileError, LoadError)):
        examined(tmp_path / "text.gguf", None, QUESTION)


def test_a_file_that_ends_the_process(words: Path) -> None:
    data = bytearray(words.read_bytes())
    for place in range(200, len(data), 3):
        data[place] = 0xFF
    words.write_bytes(data)
    with pytest.raises((ModelFileError, LoadError, EngineGone)):
        examined(words, None, QUESTION)


def test_an_examination_of_nothing() -> None:
    assert Examination().tokens == ()
