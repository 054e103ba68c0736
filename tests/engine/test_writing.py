"""Answers of thinking models: what is thought comes as its own kind of piece, and is not part of the answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_model import write_tiny_model

OPENS = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{{ '[THINK]\n' }}{# [/THINK] #}"
CLOSES = OPENS.replace("'[THINK]\n'", "'[THINK]' + ('[/THINK]\n' if enable_thinking == false else '\n')")


@pytest.fixture(scope="module")
def thinker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is in its thinking, says "ab", and answers "cd"."""
    return write_tiny_model(
        tmp_path_factory.mktemp("models") / "thinker.gguf", says="ab[/THINK]cd", width=128, template=OPENS
    )


def test_thinking_comes_as_its_own_kind(desk: Callable[..., Any], thinker: Path) -> None:
    each = desk(thinker)
    assert each.model.info.can_think
    answered = each.answer("hello", temperature=0.0)
    kinds = [(piece.kind, piece.text) for piece in answered.pieces if piece.text]
    assert "".join(text for kind, text in kinds if kind == "thinking") == "ab"
    assert "".join(text for kind, text in kinds if kind == "answer") == "cd"
    assert sum(piece.tokens for piece in answered.pieces) == answered.timing.completion_tokens == 12
    assert answered.timing.thinking_tokens == 10
    assert answered.reason == "end"


def test_stop_texts_stop_the_answer_and_not_the_thinking(desk: Callable[..., Any], thinker: Path) -> None:
    each = desk(thinker)
    assert each.answer("hello", temperature=0.0, stop=("b",)).reason == "end"
    stopped = each.answer("hello", temperature=0.0, stop=("d",))
    assert stopped.reason == "stop_text"
    assert "".join(piece.text for piece in stopped.pieces if piece.kind == "answer") == "c"


def test_thinking_cut_short(desk: Callable[..., Any], thinker: Path) -> None:
    answered = desk(thinker).answer("hello", temperature=0.0, max_tokens=4)
    assert [(piece.kind, piece.text) for piece in answered.pieces if piece.text][-1][0] == "thinking"
    assert "".join(piece.text for piece in answered.pieces) == "ab[/"
    assert answered.timing.thinking_tokens == 4


def test_the_user_turns_thinking_off(desk: Callable[..., Any], tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "switched.gguf", says="answer"[:4], width=128, template=CLOSES)
    each = desk(model)
    assert {piece.kind for piece in each.answer("hello", temperature=0.0, thinking="off").pieces} == {"answer"}
    assert {piece.kind for piece in each.answer("hello", temperature=0.0, thinking="on").pieces} == {"thinking"}
