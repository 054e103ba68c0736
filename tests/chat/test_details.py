"""The details of an answer in words."""

from dataclasses import replace
from typing import get_args

from hypothesis import given

from app.chat.details import as_text, details, ending, seconds
from app.core.protocol import Candidate, FinishReason, Timing
from app.core.tree import Conversation, Message, Sent
from tests.core.conversations import conversations
from tests.core.samples import NOW

ANSWER = Message(
    id=2, conversation=1, parent=1, role="assistant", text="Hi", created=NOW, model="Guide", finish_reason="length",
    sampling={"temperature": 0.25, "stop": ("END",), "later": 3}, sent=Sent(6, 4, context_length=4096),
    timing=Timing(2048, 2000, 100, 0.21, 0.4, 8.0, 10, 7, 40, 1500, 0.034), thinking_s=3.2,
    candidates=(Candidate("Hi", -1.0), Candidate("Ho", -2.0)),
)  # fmt: skip


def told(answer: Message) -> dict[str, str]:
    return {f"{each.group}/{each.label}": each.value for each in details(answer)}


def test_everything_that_is_known() -> None:
    found = told(ANSWER)
    assert found["Answer/Model"] == "Guide"
    assert found["Answer/Why it ended"] == "It reached the longest length that the settings allow."
    assert found["Answer/Candidates"] == "2"
    assert found["Answer/Summarised"] == "4 earlier messages"
    assert found["Answer/Left out"] == "2 earlier messages"
    assert found["Settings that differ from the defaults/Temperature"] == "0.25"
    assert found["Settings that differ from the defaults/Stop texts"] == '["END"]'
    assert found["Tokens/Prompt"] == "2,048"
    assert found["Tokens/Of it known from before"] == "500"
    assert found["Tokens/Of it restored from disk"] == "1,500 in 0.034 s"
    assert found["Tokens/Answer"] == "100"
    assert found["Tokens/Of it thought"] == "40"
    assert found["Tokens/Context length"] == "4,096"
    assert found["Times/To the first token"] == "0.21 s"
    assert found["Times/Reading the prompt"] == "0.40 s · 120 tokens/s"
    assert found["Times/Writing"] == "8.00 s · 12.5 tokens/s"
    assert found["Times/Thinking"] == "3.20 s"
    assert found["Times/Guessed ahead"] == "7 of 10 tokens right"
    assert not any("later" in name for name in found)
    text = as_text(details(ANSWER))
    assert text.startswith("Answer\nModel: Guide\n")
    assert "\n\nTokens\nPrompt: 2,048\n" in text


def test_what_is_not_known_has_no_line() -> None:
    bare = replace(ANSWER, sampling={}, timing=None, sent=None, model="", candidates=(), thinking_s=0.0)
    assert told(bare) == {
        "Answer/Model": "not known",
        "Answer/Written": f"{NOW.astimezone():%Y-%m-%d %H:%M:%S}",
        "Answer/Why it ended": "It reached the longest length that the settings allow.",
        "Settings that differ from the defaults/Settings": "all at their defaults",
    }


def test_each_end_has_its_sentence() -> None:
    ends = [ending(replace(ANSWER, finish_reason=reason)) for reason in get_args(FinishReason)]
    others = [
        ending(replace(ANSWER, finish_reason=None)),
        ending(replace(ANSWER, status="streaming")),
        ending(replace(ANSWER, status="failed")),
        ending(replace(ANSWER, edited=True)),
    ]
    assert len({*ends, *others}) == len(ends) + len(others)
    assert ending(replace(ANSWER, status="failed", error="The model is gone.")) == "The model is gone."


def test_seconds() -> None:
    assert [seconds(time) for time in (0.0123, 0.5, 12.34, 3600)] == ["0.012 s", "0.50 s", "12.3 s", "3,600.0 s"]


@given(conversations())
def test_no_message_fails(both: tuple[Conversation, list[Message]]) -> None:
    for message in both[1]:
        assert as_text(details(message))
