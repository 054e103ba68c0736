"""The application without a window, talking as fast as it can until it is killed; see test_kill.py.

    python talker.py DATABASE

For each line on standard input, a seed, it forks a process that talks: what has to be imported is imported once. When
that process has ended, it writes `ended STATUS`. Each other line on standard output is a promise that was kept when it was written: `said ID TEXT` after a message was
committed, `kept ID LENGTH` after the text so far was written to disk; the first one is `open PROCESS`.
"""

import os
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from app.chat.session import Session
from app.core.protocol import Generate
from app.engine.scripted import Scripted
from app.store.database import Database

TICK = 0.05  # seconds; the window ticks once a second


def promise(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def main() -> None:
    for seed in sys.stdin:
        process = os.fork()
        if not process:
            talk(Path(sys.argv[1]), seed.strip())
        _, status = os.waitpid(process, 0)
        promise("ended", os.waitstatus_to_exitcode(status))


def talk(path: Path, seed: str) -> None:
    """Talk until killed."""
    chance = random.Random(int(seed))

    def answer(request: Generate) -> str:
        return " ".join(f"word{number}" for number in range(chance.randrange(200)))

    store = Database(path)
    engine = Scripted(lambda event: session.handle(event), answer)
    session = Session(store, engine, lambda change: None, Path("guide.gguf"))
    promise("open", os.getpid(), store.repaired or "")
    number = 0
    while True:
        number += 1
        if chance.random() < 0.3:
            session.new()
        text = f"message-{seed}-{number}-" + "x" * chance.randrange(3000)
        session.say(text)
        promise("said", session.entries[-2].message.id, text)
        stream(session, engine, chance)
        if chance.random() < 0.3:
            session.regenerate()
            stream(session, engine, chance)
        if chance.random() < 0.2:
            session.edit(session.entries[-2].message.id, text + "-edited")
            promise("said", session.entries[-2].message.id, text + "-edited")
            stream(session, engine, chance)
        if chance.random() < 0.2:
            session.history.rename(session.conversation.id, f"title {number}")
            session.history.pin(session.conversation.id, chance.random() < 0.5)


def stream(session: Session, engine: Scripted, chance: random.Random) -> None:
    last = time.monotonic()
    while engine.step():
        time.sleep(0.0005)
        if time.monotonic() - last > TICK and session.answering:
            last = time.monotonic()
            message = session.entries[-1].message
            session.tick()
            promise("kept", message.id, len(message.text))
    message = session.entries[-1].message
    promise("kept", message.id, len(message.text))


if __name__ == "__main__":
    main()
