"""The engine without a model keeps the same promises."""

from pathlib import Path

from app.core.errors import ContextError
from app.core.params import Loading, Sampling
from app.core.protocol import Counted, Done, Event, Failed, Generate, Gone, Loaded, Piece, Started, Turn
from app.engine.base import Engine
from app.engine.scripted import Scripted

HELLO = [Turn("user", "hello there  friend\n")]


def made(**options: object) -> tuple[Scripted, list[Event]]:
    events: list[Event] = []
    engine = Scripted(events.append, **options)  # type: ignore[arg-type]  # options by name
    checked: Engine = engine
    assert checked is engine
    engine.load(Path("a.gguf"))
    engine.run()
    return engine, events


def test_it_answers_step_by_step() -> None:
    engine, events = made()
    assert isinstance(events[-1], Loaded)
    request = engine.generate(HELLO)
    assert engine.step(2) == 2
    assert isinstance(events[-2], Started)
    engine.run()
    pieces = [event.text for event in events if isinstance(event, Piece)]
    assert pieces == ["hello", " there", "  friend", "\n"]
    assert events[-1] == Done(request, "end", events[-1].timing)  # type: ignore[union-attr]  # it is a Done
    assert engine.idle
    assert engine.run() == 0


def test_stop_limit_and_error() -> None:
    engine, events = made()
    request = engine.generate(HELLO)
    engine.step(3)
    engine.stop(request)
    engine.run()
    assert isinstance(events[-1], Done)
    assert (events[-1].finish_reason, events[-1].timing.completion_tokens) == ("stopped", 1)
    engine.generate(HELLO, Sampling(max_tokens=2))
    engine.run()
    assert isinstance(events[-1], Done)
    assert events[-1].finish_reason == "length"
    engine.answer = lambda generate: ContextError("Too long.")
    engine.generate(HELLO)
    engine.run()
    assert isinstance(events[-1], Failed)
    assert events[-1].loaded


def test_it_answers_what_it_was_told() -> None:
    engine, events = made(answer=lambda request: f"{len(request.turns)} {request.prefill}", finish_reason="length")
    engine.generate(HELLO, prefill="x")
    engine.run()
    assert "".join(event.text for event in events if isinstance(event, Piece)) == "1 x"
    asked = engine.requests[-1]
    assert isinstance(asked, Generate)
    assert asked.prefill == "x"


def test_count_unload_and_death() -> None:
    engine, events = made(context_length=99)
    assert engine.model is not None
    assert engine.model.context_length == 99
    engine.count(HELLO, "two words")
    engine.run()
    assert isinstance(events[-1], Counted)
    assert (events[-1].conversation_tokens, events[-1].draft_tokens) == (3, 2)
    first, second = engine.generate(HELLO), engine.generate(HELLO)
    engine.step()
    engine.die()
    assert [event.id for event in events if isinstance(event, Failed)] == [first, second]
    assert isinstance(events[-1], Gone)
    engine.generate(HELLO)
    engine.run()
    assert isinstance(events[-1], Done)
    engine.unload()
    engine.generate(HELLO)
    engine.run()
    assert isinstance(events[-1], Failed)
    engine.close()
    assert engine.closed


def test_loading_fails_and_is_stopped() -> None:
    engine, events = made()
    engine.load_error = ContextError("No.")
    engine.load(Path("b.gguf"), Loading(context_length=512))
    engine.run()
    assert isinstance(events[-1], Failed)
    assert engine.model is None
    load = engine.load(Path("c.gguf"))
    engine.step()
    engine.stop(load)
    engine.run()
    assert isinstance(events[-1], Done)
    assert events[-1].finish_reason == "stopped"
