"""How long a search takes until there is something to show, in 100,000 messages on disk: milliseconds as JSON.

    python -m tests.benchmarks.search [--conversations 10000] [--messages 10] [--folder FOLDER]

Each kind of query is asked with many different words: what is measured is `History.lines`, so parsing, finding and the
passages of all results that the window shows. The first query of each kind is measured too. Beside the time on the
clock stands that of the processor alone, which other programs change less. With `--folder` the
database stays there and is used again.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import perf_counter, process_time

from app.chat.history import History
from app.store.database import Database
from tests.benchmarks.made_conversations import FOLDERS, MODELS, TAGS, Texts, made

ROUNDS = 60


def queries(texts: Texts) -> dict[str, Callable[[], str]]:
    """For each kind what asks for another query of that kind."""
    drawn = random.Random(3)
    frequent, rare = texts.words[10:400], texts.words[2000:15000]

    def some(words: list[str], count: int) -> str:
        return " ".join(drawn.sample(words, count))

    def signs(count: int) -> str:
        return "".join(drawn.choices(texts.signs[:600], k=count))

    return {
        "one rare word": lambda: some(rare, 1),
        "one frequent word": lambda: some(frequent, 1),
        "three words": lambda: some(texts.words[50:1500], 3),
        "three frequent words": lambda: some(frequent, 3),
        "a part of a word": lambda: drawn.choice(rare)[:3],
        "two letters": lambda: drawn.choice(rare)[:2],
        "Chinese, one character": lambda: signs(1),
        "Chinese, two characters": lambda: signs(2),
        "Chinese, three characters": lambda: signs(3),
        "Chinese, two words": lambda: f"{signs(2)} {signs(2)}",
        "exact words": lambda: f'"{some(frequent, 2)}"',
        "a word in a folder": lambda: f"folder:{drawn.choice(FOLDERS)} {some(frequent, 1)}",
        "a word with a tag": lambda: f"tag:{drawn.choice(TAGS)} {some(frequent, 1)}",
        "a word of a model": lambda: f"model:{drawn.choice(MODELS).split()[0]} {some(frequent, 1)}",
        "a word of the user": lambda: f"role:user {some(frequent, 1)}",
        "a word in a month": lambda: f"after:2026-0{drawn.randint(1, 4)} before:2026-06 {some(frequent, 1)}",
        "a tag": lambda: f"tag:{drawn.choice(TAGS)}",
        "a model": lambda: f"model:{drawn.choice(MODELS).split()[0]}",
        "days": lambda: f"after:2025-{drawn.randint(1, 12)} before:2026-06",
    }


def measure(store: Database) -> dict[str, object]:
    history = History(store, *[lambda *_given: None] * 4)
    now = datetime.now().astimezone()
    report: dict[str, object] = {}
    everything: list[float] = []
    all_busy: list[float] = []
    for name, query in queries(Texts()).items():
        times, busy, shown = [], [], []
        for _ in range(ROUNDS):
            text = query()
            begun, worked = perf_counter(), process_time()
            lines = history.lines("search", text, now)
            times.append((perf_counter() - begun) * 1000)
            busy.append((process_time() - worked) * 1000)
            shown.append(len(lines))
        first = round(times[0], 1)
        times.sort()
        busy.sort()
        everything += times
        all_busy += busy
        report[name] = {
            "p50_ms": round(times[len(times) // 2], 1), "p95_ms": round(times[int(len(times) * 0.95)], 1),
            "max_ms": round(times[-1], 1), "first_ms": first,
            "processor_p50_ms": round(busy[len(busy) // 2], 1), "processor_p95_ms": round(busy[int(len(busy) * 0.95)], 1),
            "lines_p50": sorted(shown)[len(shown) // 2],
        }  # fmt: skip
    everything.sort()
    all_busy.sort()
    report["all"] = {
        "p50_ms": round(everything[len(everything) // 2], 1),
        "p95_ms": round(everything[int(len(everything) * 0.95)], 1),
        "processor_p95_ms": round(all_busy[int(len(all_busy) * 0.95)], 1),
        "goal_p95_ms": 50,
    }
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=10)
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        path = (chosen.folder or Path(temporary)) / "search.db"
        begun = perf_counter()
        store = Database(path) if path.exists() else made(path, chosen.conversations, chosen.messages)
        report = {
            "messages": store.rows("SELECT count(*) FROM message")[0][0],
            "characters": store.rows("SELECT sum(length(text)) FROM message")[0][0],
            "file_mb": round(path.stat().st_size / 2**20),
            "made_or_opened_s": round(perf_counter() - begun, 1),
        }
        print(json.dumps(report | measure(store), indent=1))
        store.close()


if __name__ == "__main__":
    main()
