"""`fireside bench` with the built-in model: its figures, its history, what it shows, and what can go wrong."""

import io
import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli import bench, chat
from app.cli.arguments import BenchArguments
from app.cli.measurement import Size
from app.cli.meter import Answer, Meter, generation_rate, parallel_rate
from app.core.params import Loading
from app.core.paths import bundled
from app.core.protocol import Started
from app.engine.base import Deliver
from app.engine.host import Host
from tests.tiny_model import write_tiny_model

SMALL = ["bench", "--prompt-tokens", "60", "--generation-tokens", "12", "--repeat", "2", "--threads", "1"]

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The JSON of one small run."""

    def run(*more: str) -> dict[str, Any]:
        assert chat.main([*SMALL, "--json", *more]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        report: dict[str, Any] = json.loads(out)
        return report

    return run


@pytest.fixture
def history(own_data_folder: Path) -> Path:
    return own_data_folder / bench.HISTORY


@pytest.fixture
def meter(tmp_path: Path) -> Iterator[Meter]:
    meter = Meter(lambda deliver, contexts: Host(deliver, contexts=contexts), tmp_path / "contexts", 1)
    yield meter
    meter.close()


def test_the_figures(run: Run) -> None:
    report = run()
    for name in (
        "prompt_tokens_per_second",
        "generation_tokens_per_second",
        "time_to_first_token_s",
        "next_turn_time_to_first_token_s",
    ):
        assert report[name] > 0, name
        assert report["spread"][name] >= 0, name
    assert set(report["parallel"]) == {"1", "2", "4", "8"}
    assert all(rate > 0 for rate in report["parallel"].values())
    assert report["parallel"]["1"] == report["generation_tokens_per_second"]
    assert report["restore_s"] is None  # so small a model reads again sooner than a file is opened
    assert report["model"]["file"] == "guide.gguf"
    assert (report["threads"], report["prompt_tokens"], report["generation_tokens"]) == (1, 60, 12)
    assert report["versions"]["llama-cpp-python"]
    assert report["previous"] is None


def test_a_larger_model_is_restored_from_disk(run: Run, tmp_path: Path, own_data_folder: Path) -> None:
    path = write_tiny_model(tmp_path / "weighty.gguf", width=256, context=8192, unsaid=20_000)
    report = run("--model", str(path), "--prompt-tokens", "600", "--generation-tokens", "4")
    assert report["restore_s"] > 0
    assert report["model"]["name"] == "Tiny"
    assert list((own_data_folder / "cache").iterdir()) == []


def test_the_history_holds_each_run_and_the_last_of_its_kind_is_found(run: Run, history: Path) -> None:
    first = run()
    other = run("--prompt-tokens", "50")
    assert other["previous"] is None
    with history.open("a") as file:
        file.write('{"cut\n[1]\n"text"\n{"model": 1}\n\xff\n')
    again = run()
    assert again["previous"] == {name: value for name, value in first.items() if name != "previous"}
    kept = [line for line in history.read_text(errors="replace").splitlines() if '"spread"' in line]
    assert [json.loads(line)["date"] for line in kept] == [first["date"], other["date"], again["date"]]
    assert '"previous"' not in history.read_text(errors="replace")


def test_the_table_says_how_much_changed(run: Run, history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = run()
    report["date"] = "2026-01-02T03:04:05+00:00"
    report["prompt_tokens_per_second"] = 1e9
    report["parallel"]["4"] = 1e-9
    history.write_text(json.dumps(report) + "\n")
    assert chat.main(SMALL) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Fireside Guide · Q8_0 · 4 MB · CPU")
    assert lines[0].endswith("1 thread")
    assert next(line for line in lines if line.startswith("Reading 60 tokens")).endswith("−100 % since 2026-01-02")
    assert any(line.startswith("4 answers at once") and "% since" in line for line in lines)
    assert any(line.startswith("First token of the next turn") and "ms" in line for line in lines)


def test_progress_is_shown_where_somebody_watches_and_taken_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]  # a terminal
    monkeypatch.setattr(sys, "stderr", terminal)
    assert chat.main(SMALL) == 0
    shown = terminal.getvalue()
    assert "Measuring: 0 %, loading the model" in shown
    assert "8 answers at once" in shown
    assert "\n" not in shown
    assert shown.endswith("\r\x1b[K")
    assert chat.main([*SMALL, "--json"]) == 0
    assert terminal.getvalue() == shown  # another program reads it
    capsys.readouterr()


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--model", "nowhere.gguf"], "nowhere.gguf"),
        (["--prompt-tokens", "100000"], "The model sees at most 2,048 tokens at once, and this needs 100,072."),
        (["--generation-tokens", "100000"], "Ask for less with --prompt-tokens and --generation-tokens."),
    ],
)
def test_what_cannot_be_measured(
    argv: list[str], sentence: str, history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chat.main(["bench", *argv]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
    assert not history.exists()


@pytest.mark.parametrize(
    "argv", [["--repeat", "0"], ["--threads", "many"], ["--threads", "257"], ["--prompt-tokens", "-1"], ["prompt"]]
)
def test_wrong_usage(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert chat.main(["bench", *argv]) == 2
    assert "fireside bench --help" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_to(own_data_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own_data_folder.write_text("a file, where a folder should be")
    assert chat.main(SMALL) == 1
    assert "cannot be written to" in capsys.readouterr().err


def test_figures_are_shown_even_where_they_cannot_be_kept(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history.mkdir(parents=True)
    assert chat.main(SMALL) == 1
    out, err = capsys.readouterr()
    assert "Reading 60 tokens" in out
    assert "could not be kept" in err


class Interrupted(Host):
    """Ctrl+C is pressed while the third answer is asked for."""

    asked = 0

    def generate(self, *given: Any, **more: Any) -> int:
        self.asked += 1
        if self.asked == 3:
            signal.raise_signal(signal.SIGINT)
        return super().generate(*given, **more)


def test_ctrl_c_leaves_nothing_behind(own_data_folder: Path, history: Path) -> None:
    def make(deliver: Deliver, contexts: Path) -> Host:
        return Interrupted(deliver, contexts=contexts)

    with pytest.raises(KeyboardInterrupt):
        bench.run(BenchArguments(prompt_tokens=60, generation_tokens=12, threads=1), make)
    assert not history.exists()
    assert list((own_data_folder / "cache").iterdir()) == []


@pytest.mark.parametrize("tokens", [20, 61, 500])
def test_a_prompt_has_exactly_as_many_tokens_as_asked_for(tokens: int, meter: Meter) -> None:
    meter.load(bundled("models/guide.gguf"), Loading(threads=1))
    seen = []
    for _ in range(3):
        started = meter.ask(meter.prompt(tokens), 1).started
        assert isinstance(started, Started)
        assert started.prompt_tokens == tokens
        seen.append(started.reused_tokens)
    assert max(seen) < 10  # the template's beginning at most, and what two numbers have in common


def test_a_model_that_ends_its_answers_early_is_asked_again(meter: Meter) -> None:
    meter.load(bundled("models/guide.gguf"), Loading(threads=1))
    answers = meter.write(200)
    written = [sum(tokens for _, tokens in answer.pieces) for answer in answers]
    assert sum(written) == 200
    assert generation_rate(answers) > 0


def test_rates_by_hand() -> None:
    one = Answer(0.0, pieces=[(1.0, 1), (2.0, 1), (3.0, 2)], ended=3.0)
    two = Answer(0.0, pieces=[(1.5, 1), (2.5, 1), (3.5, 1), (4.5, 1)], ended=4.5)
    late = Answer(0.0, pieces=[(5.0, 1), (6.0, 3)], ended=6.0)
    silent = Answer(0.0, ended=1.0)
    assert generation_rate([one, two]) == pytest.approx(6 / 5)
    assert generation_rate([silent]) == 0
    assert parallel_rate([one, two]) == pytest.approx(4 / 1.5)  # from 1.5 to 3.0: 1, 1 and 2 tokens
    assert parallel_rate([one, late]) == pytest.approx(7 / 5)  # never at once: from the first token to the end
    assert parallel_rate([silent]) == 0


def test_the_context_suffices_for_what_is_asked() -> None:
    assert Size(3000, 128).context > 3000
    assert Size(10, 5000).context > 5000
