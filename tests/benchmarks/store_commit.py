"""How long it takes to commit a user's message with 10,000 messages present; prints JSON.

    python tests/benchmarks/store_commit.py [FOLDER]

FOLDER chooses the disk; without it the system's folder for temporary files is used.
"""

import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from app.chat.branch import Branch
from app.core.tree import Conversation, Message
from app.store.database import Database
from app.store.search import Wanted

PRESENT, COMMITS = 10_000, 500


def quantile(values: list[float], share: float) -> float:
    """In milliseconds."""
    return round(sorted(values)[int(share * (len(values) - 1))] * 1000, 3)


def measure(folder: Path) -> dict[str, object]:
    now = datetime.now(UTC)
    words = "The quick brown fox jumps over the lazy dog and runs into the forest. "
    store = Database(folder / "fireside.db")
    with store.write():
        for number in range(PRESENT // 20):
            row = store.conversations.add(Conversation(id=0, title=f"Conversation {number}", created=now, updated=now))
            parent = None
            for place in range(20):
                text = f"{words * 6}{number} {place}"
                parent = store.conversations.add_message(
                    Message(id=0, conversation=row.id, parent=parent, role="user", text=text, created=now)
                ).id
    store.close()

    began = time.perf_counter()
    store = Database(folder / "fireside.db")
    opened = time.perf_counter() - began
    commits, ticks, settled = [], [], []
    branch = Branch.new(store, "")
    for number in range(COMMITS):
        if number % 20 == 0:
            branch = Branch.new(store, "")
        user = Message(
            id=0, conversation=0, parent=branch.conversation.leaf, role="user", text=f"{words * 3}{number}", created=now
        )
        answer = Message(id=0, conversation=0, parent=None, role="assistant", text="", status="streaming", created=now)
        began = time.perf_counter()
        _, answer = branch.add(user, answer)
        commits.append(time.perf_counter() - began)
        done = Message(
            **{name: getattr(answer, name) for name in Message.__slots__} | {"text": words * 10, "status": "done"}
        )
        began = time.perf_counter()
        store.conversations.update_message(done)
        ticks.append(time.perf_counter() - began)
        branch.tree.update(done)
        began = time.perf_counter()
        store.settle()
        settled.append(time.perf_counter() - began)
    began = time.perf_counter()
    found = len(store.conversations.search(Wanted(words=("forest", "77")), 50))
    searched = time.perf_counter() - began
    began = time.perf_counter()
    store.conversations.listed(500)
    listed = time.perf_counter() - began
    store.close()
    return {
        "messages_present": PRESENT,
        "commits": COMMITS,
        "commit_p50_ms": quantile(commits, 0.5),
        "commit_p99_ms": quantile(commits, 0.99),
        "commit_max_ms": quantile(commits, 1.0),
        "goal_p99_ms": 10,
        "answer_p50_ms": quantile(ticks, 0.5),
        "answer_p99_ms": quantile(ticks, 0.99),
        "settle_max_ms": quantile(settled, 1.0),
        "open_ms": round(opened * 1000, 1),
        "search_ms": round(searched * 1000, 1),
        "found": found,
        "list_500_ms": round(listed * 1000, 1),
    }


def main() -> None:
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        print(json.dumps(measure(Path(folder)), indent=2))


if __name__ == "__main__":
    main()
