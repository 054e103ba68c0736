"""How long it takes to list many model files: the first time, when all headers are read, and afterwards.

    .venv/bin/python tests/benchmarks/models_list.py [--files 500] [--vocabulary 32000] [--rounds 9]

The files have headers of real ones' size and no weights. Prints one JSON object: milliseconds of the processor (and of the
clock), the medians of the rounds.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.core.verdict import Room
from app.library.header_cache import HeaderCache
from app.library.judging import judgement_of
from app.library.kept import Said
from app.library.on_disk import Watch, listed
from app.library.places import Place
from tests.library.files import write_gguf

GOAL_MS = 500
LAYERS = 32


def write_files(folder: Path, count: int, vocabulary: int) -> None:
    """Models in folders of ten, as if they came from a hub."""
    keys = {
        "general.architecture": "llama", "general.file_type": 15, "llama.block_count": LAYERS,
        "llama.context_length": 131072, "llama.embedding_length": 4096, "llama.attention.head_count": 32,
        "llama.attention.head_count_kv": 8, "llama.feed_forward_length": 14336,
        "tokenizer.ggml.tokens": [f"token{number}" for number in range(vocabulary)],
        "tokenizer.chat_template": "{{ messages }}" * 200,
    }  # fmt: skip
    tensors = [("token_embd.weight", (4096, vocabulary // 32 * 32), 12), ("output_norm.weight", (4096,), 0)]
    for layer in range(LAYERS):
        kinds = 14 if layer % 3 else 12
        for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
            tensors.append((f"blk.{layer}.{name}.weight", (4096, 1024), kinds))
    source = write_gguf(folder / "source", keys, tensors)
    header, size = source.read_bytes()[: 1 << 22].rstrip(b"\0") + b"\0" * 64, source.stat().st_size
    for number in range(count):
        path = folder / f"owner-{number // 10}" / f"model-{number:03}.gguf"
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            file.write(header)
            file.truncate(size + number)
    source.unlink()


def measured(work: Callable[[], object], rounds: int) -> dict[str, float]:
    """Medians in milliseconds."""
    processor, clock = [], []
    for _ in range(rounds):
        began, began_clock = time.process_time(), time.perf_counter()
        work()
        processor.append(1000 * (time.process_time() - began))
        clock.append(1000 * (time.perf_counter() - began_clock))
    return {"processor_ms": round(median(processor), 1), "clock_ms": round(median(clock), 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--vocabulary", type=int, default=32_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder / "models", options.files, options.vocabulary)
        places = [Place(folder / "models", "own")]

        def look() -> int:
            return len(listed(places, HeaderCache(folder / "cache.json"), Said()).entries)

        report: dict[str, object] = {"files": options.files, "goal_ms": GOAL_MS, "cold": measured(look, 1)}
        assert look() == options.files
        report["warm"] = measured(look, options.rounds)
        watch = Watch(lambda: places)
        report["changed"] = measured(watch.changed, options.rounds)
        entries = listed(places, HeaderCache(folder / "cache.json"), Said()).entries
        for cards in ((), (8 << 30,), (24 << 30,)):
            room = Room(16 << 30, 32 << 30, cards)
            report[f"verdicts, {len(cards)} cards, {sum(cards) >> 30} GB"] = measured(
                lambda room=room: [judgement_of(entry, room) for entry in entries],
                3,  # type: ignore[misc]
            )
        report["cache_bytes"] = (folder / "cache.json").stat().st_size
        print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
