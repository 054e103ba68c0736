"""What a conversation of 10,000 messages costs in the window: opened from the disk, resized, jumped about in. Prints JSON.

    python tests/benchmarks/conversation_open.py [--messages 10000] [--runs 7] [--platform offscreen]

Opening is from the click to the end of the first painting; the database is a file that the system has in its cache. Memory is
what the process has more of after opening than before, less the text (one byte a letter, as Python keeps it). Milliseconds
are medians, with the worst beside them; the same on the processor alone (`busy`), which other programs change less.
"""

import argparse
import gc
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

ROOT = Path(__file__).parents[2]
Taken = tuple[float, float]  # milliseconds on the clock, and on the processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--platform", default="offscreen")
    given = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = given.platform
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(measure(Path(name), given.messages, given.runs) | {"platform": given.platform}, indent=1))


def measure(home: Path, messages: int, runs: int) -> dict[str, object]:
    from app.chat.session import Session
    from app.core.paths import Paths
    from app.engine.scripted import Scripted
    from app.store.database import Database
    from app.ui.application import Application
    from app.ui.bridge import Bridge
    from app.ui.window import Window

    application = Application()
    store = Database(home / "fireside.db")
    short, long, letters = conversation(store, 20), conversation(store, messages), 0
    letters = sum(len(message.text) for message in store.conversations.messages(long))
    bridge = Bridge()
    engine = Scripted(bridge.deliver)
    session = Session(store, engine, bridge.changed.emit, home / "model.gguf")
    bridge.attach(session.handle)
    gc.freeze()  # as the program does
    window = Window(session, bridge, Paths(home, home, home))
    window.resize(1280, 800)
    window.show()
    view = window.transcript

    def settle(seconds: float = 0.3) -> None:
        until = perf_counter() + seconds
        while perf_counter() < until:
            engine.step()
            application.processEvents()

    def timed(action: Callable[[], object]) -> Taken:
        gc.collect()
        begun, worked = perf_counter(), thread_time()
        action()
        application.processEvents()  # what has changed is painted
        return (perf_counter() - begun) * 1000, (thread_time() - worked) * 1000

    settle(1.0)
    session.open(short)
    settle()
    gc.collect()
    before = resident()
    opened = [timed(lambda: session.open(long))]
    settle()
    gc.collect()
    added = (resident() - before) - letters / 2**20
    for _ in range(runs):
        session.open(short)
        settle()
        opened.append(timed(lambda: session.open(long)))
    settle()
    view.message_in_view(view.items[messages // 2].message_id)
    settle()
    jumps = [timed(lambda n=n: view.message_in_view(view.items[(n * 7919) % messages].message_id)) for n in range(60)]
    sizes = [timed(lambda width=width: window.resize(width, 800)) for _ in range(runs) for width in (980, 1280)]
    steps = [timed(lambda: view.scroll_by(-60)) for _ in range(200)]
    probe = empty_window()
    empty = [timed(lambda width=width: probe.resize(width, 800)) for _ in range(runs) for width in (980, 1280)]
    probe.close()
    window.close()
    engine.close()
    store.close()
    return {
        "messages": messages,
        "text_mb": round(letters / 2**20, 1),
        "open_ms": {"first": round(opened[0][0], 1), "first_busy": round(opened[0][1], 1)} | spread(opened[1:]),
        "added_mb": round(added, 1),
        "resize_by_300_ms": spread(sizes),
        "resize_of_an_empty_window_ms": spread(empty),
        "far_jump_ms": spread(jumps),
        "scroll_step_ms": spread(steps),
    }


def conversation(store: object, count: int) -> int:
    """Store a conversation of so many messages; returns its id."""
    from app.core.protocol import Timing
    from app.core.tree import Conversation, Message, Sent
    from app.store.database import Database
    from tests.benchmarks.transcript_stream import CODE, KINDS, PARAGRAPH

    assert isinstance(store, Database)
    now = datetime.now(UTC)
    answers = (PARAGRAPH * 2, PARAGRAPH + CODE, KINDS["mixed"], PARAGRAPH)
    made = store.conversations.add(Conversation(id=0, title=f"{count} messages", created=now, updated=now))
    parent = None
    with store.write():
        for n in range(count):
            text = answers[n // 2 % 4] if n % 2 else f"Question {n}: what does this setting do, and when is it useful?"
            message = Message(id=0, conversation=made.id, parent=parent, role="user", text=text, created=now)
            if n % 2:  # with all that a model's answer has
                message = replace(
                    message, role="assistant", model="Guide", model_digest="5f" * 32, sampling={"temperature": 0.7},
                    finish_reason="end", timing=Timing(n * 300, n * 290, 210, 0.213456, 0.198765, 6.543210),
                    sent=Sent(context_length=8192, instructions=123456789),
                )  # fmt: skip
            parent = store.conversations.add_message(message).id
    store.conversations.update(replace(made, leaf=parent))
    return made.id


def empty_window() -> "QWidget":
    """What a resize costs that shows nothing: to be subtracted."""
    from PySide6.QtWidgets import QMainWindow, QWidget

    probe = QMainWindow()
    probe.setCentralWidget(QWidget())
    probe.resize(1280, 800)
    probe.show()
    return probe


def spread(times: list[Taken]) -> dict[str, float]:
    clock, busy = [time for time, _ in times], [time for _, time in times]
    return {
        "median": round(median(clock), 1), "max": round(max(clock), 1),
        "busy_median": round(median(busy), 1), "busy_max": round(max(busy), 1),
    }  # fmt: skip


def resident() -> float:
    """Megabytes in memory, where the system tells them."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))
    except OSError:
        return 0.0


if __name__ == "__main__":
    main()
