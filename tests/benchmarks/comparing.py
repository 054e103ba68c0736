"""Our engine and llama.cpp's tools side by side: run in turn, on one machine, at one time.

Two figures of different times say little on a machine whose speed varies; so every script measures both within one run,
in turn, begins each round with the other one, and compares medians.
"""

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import truediv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.cli.meter import Meter
from app.core.errors import AppError
from app.core.params import Loading, Value, layered
from app.core.protocol import Turn
from app.engine.hardware import physical_cores
from app.engine.host import Host

CONTEXT, BATCH = 8192, 512  # tokens; the same for both sides
Measure = Callable[[], dict[str, float]]


def parser(about: str | None, *, tools: bool = True, runs: int = 3) -> argparse.ArgumentParser:
    """The options that all of them have; `model` and, where tools take part, their folder."""
    result = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("model", type=Path)
    if tools:
        result.add_argument("--tools", type=Path, required=True, help="the folder with llama-bench and the others")
    result.add_argument("--threads", type=int, default=physical_cores())
    result.add_argument("--runs", type=int, default=runs)
    return result


# ── our side ──────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def ours(model: Path, threads: int, **rows: Value) -> Iterator[Meter]:
    """The engine process with the model loaded and warm, and nothing known of any prompt."""
    given = {"threads": threads, "prompt_threads": threads, "context_length": CONTEXT, "batch_size": BATCH}
    with TemporaryDirectory() as folder:
        meter = Meter(lambda deliver, contexts: Host(deliver, contexts=contexts), Path(folder), time.time_ns())
        try:
            meter.load(model, layered(Loading, given, rows))
            meter.ask(meter.short_prompts(1)[0], 4)
            yield meter
        except AppError as error:
            raise SystemExit(f"{error}\n{error.detail}") from None
        finally:
            meter.close()


# ── llama.cpp's side ──────────────────────────────────────────────────────────────────────────────────────


def tool(tools: Path, name: str, model: Path, threads: int, *arguments: str) -> str:
    """What the tool prints, with the settings that our engine has by default."""
    ended = subprocess.run(
        [*_command(tools, name), "-m", str(model), "-t", str(threads), *arguments],
        capture_output=True, text=True, errors="replace", env=_environment(tools),
    )  # fmt: skip
    if ended.returncode:
        raise SystemExit(f"{name} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    return ended.stdout + ended.stderr


def llama_bench(tools: Path, model: Path, threads: int, prompt: int, generation: int) -> dict[str, float]:
    """Tokens per second of `prompt` tokens read and of `generation` tokens written, each once."""
    text = tool(
        tools, "llama-bench", model, threads, "-p", str(prompt), "-n", str(generation), "-r", "1", "-o", "jsonl",
        "-fa", "auto", "-ctk", "f16", "-ctv", "f16", "-b", str(BATCH), "-ub", str(BATCH),
    )  # fmt: skip
    found = {bool(row["n_gen"]): float(row["avg_ts"]) for row in objects(text) if "avg_ts" in row}
    return {"prompt_tokens_per_second": found[False], "generation_tokens_per_second": found[True]}


def batched_bench(
    tools: Path, model: Path, threads: int, prompt: int, generation: int, streams: Sequence[int]
) -> dict[str, float]:
    """Tokens per second that so many sequences are written with, all together."""
    text = tool(
        tools, "llama-batched-bench", model, threads, "-tb", str(threads), "-c", str(CONTEXT), "-fit", "off",
        "-b", str(BATCH), "-ub", str(BATCH), "-fa", "auto", "-kvu", "-npp", str(prompt), "-ntg", str(generation),
        "-npl", ",".join(map(str, streams)), "--output-format", "jsonl",
    )  # fmt: skip
    return {str(row["pl"]): float(row["speed_tg"]) for row in objects(text) if "speed_tg" in row}


class Server:
    """llama-server with one slot and its prompt cache, asked over the loopback."""

    def __init__(self, tools: Path, model: Path, threads: int) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._process = subprocess.Popen(
            [
                *_command(tools, "llama-server"), "-m", str(model), "-t", str(threads), "-tb", str(threads),
                "-c", str(CONTEXT), "-b", str(BATCH), "-ub", str(BATCH), "-fa", "auto", "-np", "1", "-fit", "off",
                "--host", "127.0.0.1", "--port", str(self._port), "--no-ui",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment(tools),
        )  # fmt: skip

    def __enter__(self) -> "Server":
        while True:
            if self._process.poll() is not None:
                raise SystemExit(f"llama-server ended with {self._process.returncode}")
            try:
                if self._get("/health") == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def _get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def first_token_s(self, turns: Sequence[Turn], tokens: int) -> tuple[float, str]:
        """Seconds until the first text of an answer of so many tokens came, and the answer."""
        body = {
            "messages": [{"role": turn.role, "content": turn.text} for turn in turns],
            "stream": True, "max_tokens": tokens, "cache_prompt": True, "seed": 1,
        }  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        begin = time.perf_counter()
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        first, text = 0.0, ""
        for line in response:
            if line.startswith(b"data: {"):
                choices = json.loads(line[6:]).get("choices") or [{}]
                piece = choices[0].get("delta", {}).get("content") or ""
                if piece and not text:
                    first = time.perf_counter() - begin
                text += piece
        connection.close()
        if not text:
            raise SystemExit(f"llama-server answered nothing: {response.status}")
        return first, text


def objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects that stand on lines of their own."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def _command(tools: Path, name: str) -> list[str]:
    program = tools / name
    if not program.is_file():
        raise SystemExit(f"{program} is not there; README.md says how the tools are built")
    return [str(program)]


def _environment(tools: Path) -> dict[str, str]:
    paths = [str(tools), os.environ.get("LD_LIBRARY_PATH", "")]
    return os.environ | {"LD_LIBRARY_PATH": ":".join(filter(None, paths))}


# ── both ──────────────────────────────────────────────────────────────────────────────────────────────────


def in_turn(runs: int, **sides: Measure) -> dict[str, dict[str, list[float]]]:
    """Every side's figures of every run; each round begins with another side."""
    found: dict[str, dict[str, list[float]]] = {name: {} for name in sides}
    order = list(sides.items())
    for run in range(runs):
        shift = run % len(order)
        for name, measure in order[shift:] + order[:shift]:
            for figure, value in measure().items():
                found[name].setdefault(figure, []).append(value)
        print(f"round {run + 1} of {runs}", file=sys.stderr)
    return found


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Of the medians."""
    return round(statistics.median(above) / statistics.median(below), 4)


def paired(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the ratios of single runs, which were made one after the other."""
    return round(statistics.median(map(truediv, above, below)), 4)


def summary(values: Sequence[float]) -> dict[str, float]:
    return {
        name: float(f"{of(values):.4g}") for name, of in (("median", statistics.median), ("least", min), ("most", max))
    }


def summaries(found: dict[str, dict[str, list[float]]]) -> dict[str, dict[str, dict[str, float]]]:
    return {side: {figure: summary(values) for figure, values in figures.items()} for side, figures in found.items()}


def report(name: str, options: argparse.Namespace, **figures: object) -> None:
    """One JSON object."""
    about = {"benchmark": name, "model": options.model.name, "threads": options.threads, "runs": options.runs}
    print(json.dumps(about | figures))
