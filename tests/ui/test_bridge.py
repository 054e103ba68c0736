"""Events come over from another thread, in order and complete."""

import threading

from pytestqt.qtbot import QtBot

from app.core.protocol import Event, Piece
from app.ui.bridge import Bridge


def test_events_arrive_in_order_on_the_thread_of_the_window(qtbot: QtBot) -> None:
    bridge = Bridge()
    got: list[tuple[Event, threading.Thread]] = []
    bridge.attach(lambda event: got.append((event, threading.current_thread())))
    sent = [Piece(number, "x") for number in range(5000)]

    def send() -> None:
        for event in sent:
            bridge.deliver(event)

    thread = threading.Thread(target=send)
    thread.start()
    qtbot.waitUntil(lambda: len(got) == len(sent))
    thread.join()
    assert [event for event, _ in got] == sent
    assert {where for _, where in got} == {threading.current_thread()}


def test_what_comes_before_there_is_a_taker_waits(qtbot: QtBot) -> None:
    bridge = Bridge()
    bridge.deliver(Piece(1, "a"))
    got: list[Event] = []
    bridge.attach(got.append)
    qtbot.waitUntil(lambda: got == [Piece(1, "a")])


def test_another_way_has_its_own_end(qtbot: QtBot) -> None:
    bridge = Bridge()
    events: list[Event] = []
    others: list[tuple[str, threading.Thread]] = []
    bridge.attach(events.append)
    tell = bridge.way(lambda text: others.append((text, threading.current_thread())))
    thread = threading.Thread(target=lambda: [tell("one"), bridge.deliver(Piece(1, "a")), tell("two")])
    thread.start()
    thread.join()
    assert others == []
    qtbot.waitUntil(lambda: len(others) == 2)
    assert others == [("one", threading.current_thread()), ("two", threading.current_thread())]
    assert events == [Piece(1, "a")]
