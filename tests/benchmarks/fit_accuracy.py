"""The estimate of memory against what llama.cpp allocates, for networks of real models' sizes without their weights.

    .venv/bin/python tests/benchmarks/fit_accuracy.py

Prints a line for each network and setting, then one JSON object with the worst deviation of a total.
"""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import gguf

from app.core.fit import Memory, estimate, sequences
from app.core.network import read_network
from app.core.params import Loading
from tests.allocated import MIB, allocated
from tests.architectures import Network, write_network

GOAL = 0.1
Q4, Q8 = gguf.GGMLQuantizationType.Q4_0, gguf.GGMLQuantizationType.Q8_0

NETWORKS = {
    "dense 7B": Network(layers=32, width=4096, heads=32, kv_heads=32, feed_forward=11008, vocabulary=32_000, kind=Q4),
    "grouped 8B": Network(layers=32, width=4096, heads=32, kv_heads=8, feed_forward=14336, vocabulary=128_256, kind=Q4),
    "tied 1.2B": Network(
        layers=16, width=2048, heads=32, kv_heads=8, feed_forward=8192, vocabulary=128_256, tied=True, kind=Q8
    ),
    "experts 8x7B": Network(
        layers=32, width=4096, heads=32, kv_heads=8, feed_forward=14336, experts=8, vocabulary=32_000, kind=Q4
    ),
    "many experts 30B": Network(
        architecture="qwen3moe",
        layers=48,
        width=2048,
        heads=32,
        kv_heads=4,
        head=128,
        feed_forward=768,
        experts=128,
        experts_used=8,
        vocabulary=151_936,
        kind=Q4,
    ),
    "window 12B": Network(
        architecture="gemma3",
        layers=48,
        width=3840,
        heads=16,
        kv_heads=8,
        head=256,
        feed_forward=15360,
        window=1024,
        vocabulary=262_144,
        kind=Q4,
    ),
    "alternating 9B": Network(
        architecture="gemma2",
        layers=42,
        width=3584,
        heads=16,
        kv_heads=8,
        head=256,
        feed_forward=14336,
        window=4096,
        vocabulary=256_000,
        kind=Q4,
    ),
    "large vocabulary 0.5B": Network(
        architecture="qwen2",
        layers=24,
        width=896,
        heads=14,
        kv_heads=2,
        feed_forward=4864,
        vocabulary=151_936,
        tied=True,
        kind=Q8,
    ),
    "recurrent 2.8B": Network(architecture="mamba", layers=64, width=2560, vocabulary=50_280, tied=True, kind=Q8),
}

SETTINGS: dict[str, tuple[int, Loading]] = {
    "8k": (8192, Loading()),
    "32k q8_0": (32_768, Loading(kv_type="q8_0")),
    "8k f16/q4_0, 2048 at once": (8192, Loading(kv_type_values="q4_0", batch_size=2048)),
    "8k f32, no flash attention, 128 at once": (8192, Loading(kv_type="f32", flash_attention="off", micro_batch=128)),
    "4k, 1 slot": (4096, Loading(slots=1)),
}


def main() -> None:
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, network in NETWORKS.items():
            path = write_network(Path(folder) / "network.gguf", network, weights=False)
            known = read_network(path)
            for setting, (context, loading) in SETTINGS.items():
                guessed = estimate(known, loading, context, sequences(known, loading))
                real = allocated(path, loading, context)
                off = guessed.total / real.total - 1
                worst = max(worst, abs(off))
                print(f"{name:22} {setting:40} {guessed.total / MIB:8,.0f} MiB {off:+7.2%}   {_parts(guessed, real)}")
            path.unlink()
    print(json.dumps({"benchmark": "fit_accuracy", "goal": GOAL, "worst": round(worst, 4)}))


def _parts(guessed: Memory, real: Memory) -> str:
    names = ("weights", "cache", "compute", "output")
    pairs = [(name, getattr(guessed, name), getattr(real, name)) for name in names]
    return ", ".join(f"{name} {guess / truth - 1:+.1%}" for name, guess, truth in pairs if truth)


if __name__ == "__main__":
    main()
