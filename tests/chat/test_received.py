"""What the model received for an answer: the same prompt again, and an honest word where it is not the same."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.chat.changes import PromptSeen
from app.core.errors import InputError
from app.core.protocol import Examine, Turn
from app.core.tree import Sent
from tests.chat.conftest import Desk

Make = Callable[..., Desk]
LONG = "word " * 80


def seen(desk: Desk, number: int | None = None) -> PromptSeen:
    """What is told of an answer, the last one by default."""
    desk.changes.clear()
    desk.session.received.ask(number)
    desk.engine.run()
    (told,) = desk.told(PromptSeen)
    assert told.error is None
    assert told.prompt is not None
    assert len(told.prompt.ends) == len(told.prompt.ids)
    return told


def asked(desk: Desk) -> Examine:
    return [request for request in desk.engine.requests if isinstance(request, Examine)][-1]


def answers(desk: Desk) -> list[int]:
    return [entry.message.id for entry in desk.session.entries if entry.message.role == "assistant"]


def test_it_is_what_was_sent(desk: Desk) -> None:
    desk.session.set_system_prompt("Be brief.")
    desk.talk("one", "two")
    told = seen(desk)
    assert asked(desk).turns == desk.engine.asked[-1].turns
    assert told.differences == ()
    assert told.prompt is not None
    assert told.prompt.text == "<system>Be brief.<user>one<assistant>Hello to you.<user>two"
    assert [(part.kind, part.tokens) for part in told.parts] == [
        ("system", 2), ("turn", 1), ("turn", 3), ("turn", 1),
    ]  # fmt: skip
    assert told.context_length == 2048
    first = seen(desk, answers(desk)[0])
    assert asked(desk).turns == desk.engine.asked[0].turns
    assert first.differences == ()
    assert seen(desk).message_id == answers(desk)[-1]


def test_what_was_left_out_then_is_left_out_now(make_desk: Make) -> None:
    desk = make_desk(context=400, trained=4000)
    desk.talk(*(f"Question {number} {LONG}" for number in range(3)))
    desk.session.say(f"Question 4 {LONG}")
    desk.engine.run()
    desk.session.context.leave_out()
    desk.engine.run()
    then = desk.engine.asked[-1].turns
    desk.talk("short")
    numbers = answers(desk)
    told = seen(desk, numbers[3])
    assert asked(desk).turns == then
    assert told.differences == ()
    assert [part.left_out for part in told.parts].count("no_room") == desk.session._branch.tree[
        numbers[3]
    ].sent.left_out  # type: ignore[union-attr]
    assert seen(desk, numbers[0]).differences == ()
    assert len(asked(desk).turns) == 1


def test_a_summary_that_came_later_is_not_put_in(make_desk: Make) -> None:
    desk = make_desk(context=400, trained=4000)
    desk.talk(*(f"Question {number} {LONG}" for number in range(3)))
    desk.session.say(f"Question 4 {LONG}")
    desk.engine.run()
    desk.session.context.summarise()
    desk.engine.run()
    numbers = answers(desk)
    told = seen(desk, numbers[3])
    assert next(part.kind for part in told.parts if not part.left_out) == "summary"
    assert asked(desk).turns == desk.engine.asked[-1].turns
    assert told.differences == ()
    earlier = seen(desk, numbers[2])  # its branch holds the message that carries the summary now
    assert all(part.kind == "turn" and not part.left_out for part in earlier.parts)
    assert earlier.differences == ()
    desk.session.context.forget_summary()
    assert "summary" in seen(desk, numbers[3]).differences[0]


def test_continued_answers_begin_as_they_did(desk: Desk) -> None:
    desk.talk("one")
    desk.session.continue_answer()
    desk.engine.run()
    told = seen(desk)
    assert asked(desk).prefill == "Hello to you."
    assert told.parts[-1].kind == "beginning"
    assert told.parts[-1].tokens == 3
    assert told.differences == ()


def test_thinking_is_asked_for_as_it_was(desk: Desk) -> None:
    desk.session.set_sampling(thinking="off")
    desk.talk("one")
    desk.session.set_sampling(thinking="on")
    seen(desk)
    assert asked(desk).thinking == "off"


def test_another_system_prompt_is_told(desk: Desk) -> None:
    desk.talk("one")
    desk.session.set_system_prompt("Be brief.")
    (difference,) = seen(desk).differences
    assert difference == "The system prompt was another one when the answer was written."


def test_another_model_is_told(desk: Desk) -> None:
    desk.talk("one")
    desk.session.load_model(Path("other.gguf"))
    desk.engine.run()
    (difference,) = seen(desk).differences
    assert difference == "“guide” wrote this answer. This is the prompt as “other”, which is in use now, would get it."


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"sent": None, "timing": None}, "not known"),
        ({"sent": None, "timing": "more"}, "It was not noted then"),
        ({"timing": "more"}, "may have changed since"),
        ({"model": "", "model_digest": ""}, "not known which model"),
        ({"edited": True}, "written this answer over"),
        ({"sent": Sent(left_out=99, summarised=99, prefill=-5, thought=-1)}, "summary"),
    ],
    ids=str,
)
def test_what_is_not_known_is_said(desk: Desk, values: dict[str, object], word: str) -> None:
    desk.talk("one")
    answer = desk.session.entries[-1].message
    if values.get("timing") == "more" and answer.timing:
        values = values | {"timing": replace(answer.timing, prompt_tokens=77)}
    desk.session._branch.tree.update(replace(answer, **values))  # type: ignore[arg-type]  # rows by name
    assert word in " ".join(seen(desk).differences)


def test_without_a_model_it_is_refused(desk: Desk) -> None:
    desk.talk("one")
    desk.session.unload_model()
    desk.engine.run()
    with pytest.raises(InputError) as caught:
        desk.session.received.ask()
    assert caught.value.hint
    desk.session.new()
    with pytest.raises(InputError):
        desk.session.received.ask()


def test_a_process_that_dies_is_told(desk: Desk) -> None:
    desk.talk("one")
    desk.changes.clear()
    desk.session.received.ask()
    desk.engine.die()
    (told,) = desk.told(PromptSeen)
    assert told.prompt is None
    assert told.error is not None


def test_it_does_not_disturb_an_answer(desk: Desk) -> None:
    desk.talk("one")
    number = answers(desk)[0]
    desk.session.say("two")
    desk.session.received.ask(number)
    desk.engine.run()
    assert desk.shown()[-1] == "Hello to you."
    assert [told.message_id for told in desk.told(PromptSeen)] == [number]
    assert asked(desk).turns == (Turn("user", "one"),)
    desk.same_on_disk()
