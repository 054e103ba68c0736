"""The templates that stand in: each is chosen by its tokens, renders any conversation, and writes these tokens."""

import pytest

from app.core.protocol import Turn
from app.engine.known_templates import KNOWN, KnownTemplate, fitting
from app.engine.template import ChatTemplate
from tests.engine.letters import Letters

TURNS = [Turn("system", "S1"), Turn("user", "U1"), Turn("assistant", "A1"), Turn("user", "U2")]


@pytest.mark.parametrize("known", KNOWN, ids=[known.name for known in KNOWN])
def test_each_is_chosen_and_renders(known: KnownTemplate) -> None:
    letters = Letters(known.needs)
    assert fitting(letters.control_texts) is known
    template = ChatTemplate("{{ broken", letters)
    assert template.source == known.name
    prompt = template.prompt(TURNS)
    places = [prompt.text.index(text) for text in ("S1", "U1", "A1", "U2")]
    assert places == sorted(places)
    steering = {letters.token_text(token) for token in prompt.tokens if template.steers(token)} - {"<b>", "<e>"}
    assert steering <= set(known.needs)
    assert len(steering) >= 2 or known.name == "Zephyr"


def test_chatml_is_the_last_resort() -> None:
    assert fitting(()).name == "ChatML"
    assert fitting(("<|im_start|>", "<|im_end|>", "[INST]", "[/INST]")).name == "ChatML"


def test_added_tokens_count_too() -> None:
    assert ChatTemplate(None, Letters(["<|user|>"], ["<|assistant|>", "<|end|>"])).source == "Phi"
