"""Files whose end token is missing or wrong: answers end nevertheless."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.engine.llama.log import Log
from app.engine.llama.vocabulary_only import VocabularyFile
from app.engine.template import ChatTemplate
from app.engine.turn_end import correct_ends
from tests.engine.conftest import SAYS, Desk
from tests.tiny_model import write_tiny_model

PLAIN = (
    "{% for m in messages %}### {{ m.role }}:\n{{ m.content }}\n\n{% endfor %}"
    "{% if add_generation_prompt %}### assistant:\n{% endif %}"
)
BARE = "{% for m in messages %}{{ m.content }}\n{% endfor %}"


def with_other_end(path: Path, *, named: bool = False) -> Path:
    """As SAYS goes, but the end of a turn is spelled in no way that llama.cpp knows, and `named` or not."""
    data = write_tiny_model(path, says=SAYS, width=128).read_bytes()
    data = data.replace(b"<|im_end|>", b"<!im_end!>").replace(b"<|endoftext|>", b"<!endoftext!>")
    path.write_bytes(data if named else data.replace(b"eos_token_id", b"abc_token_id"))
    return path


def test_what_the_template_writes_behind_an_answer_ends_it(models: Path, desk: Callable[..., Desk]) -> None:
    answered = desk(with_other_end(models / "other-end.gguf")).answer(temperature=0.0)
    assert (answered.text, answered.reason) == (SAYS, "end")


def test_the_end_that_the_file_names_ends_too(models: Path, desk: Callable[..., Desk]) -> None:
    answered = desk(with_other_end(models / "named-end.gguf", named=True)).answer(temperature=0.0)
    assert (answered.text, answered.reason) == (SAYS, "end")


@pytest.mark.parametrize(("template", "stop"), [(PLAIN, "\n\n### user:"), (BARE, "")])
def test_a_template_without_control_tokens(template: str, stop: str, models: Path, log: Log) -> None:
    only = VocabularyFile(with_other_end(models / "texts.gguf"), log)
    vocabulary = only.vocabulary
    assert vocabulary.ends(vocabulary.end)  # a letter, because the file names none
    again = VocabularyFile(with_other_end(models / "texts.gguf"), log)
    assert correct_ends(again.vocabulary, None, ChatTemplate(template, again.vocabulary)) == stop
    assert not again.vocabulary.can_end
    only.free()
    again.free()
