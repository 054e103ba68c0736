"""`fireside chat` with a scripted engine: prompts, pipes, figures, faults and interruptions."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import chat
from app.cli.prompt_line import PromptLine
from app.core.errors import AppError, EngineGone, LoadError
from app.core.params import Loading, Sampling
from app.core.protocol import Event, Generate, Load
from app.engine.base import Deliver
from app.engine.scripted import Scripted


class Eager(Scripted):
    """Answers at once; the queue of the terminal chat holds the events until they are taken."""

    def load(self, path: Path, loading: Loading = Loading()) -> int:
        return self._at_once(super().load(path, loading))

    def count(self, turns, draft: str = "") -> int:
        return self._at_once(super().count(turns, draft))

    def generate(self, turns, sampling: Sampling = Sampling(), prefill: str = "") -> int:
        return self._at_once(super().generate(turns, sampling, prefill))

    def _at_once(self, number: int) -> int:
        self.run()
        return number


Run = Callable[..., int]


@pytest.fixture
def engines() -> list[Eager]:
    return []


@pytest.fixture
def run(engines: list[Eager], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command with what is typed or piped in."""

    def run(*argv: str, piped: str | None = None, answer: object = None) -> int:
        def make(deliver: Deliver) -> Eager:
            given = None if answer is None else (lambda request: answer)
            engines.append(Eager(deliver, given, name="Guide"))
            return engines[-1]

        stdin = io.StringIO(piped or "")
        stdin.isatty = lambda: piped is None  # type: ignore[method-assign]  # a terminal where nothing is piped
        monkeypatch.setattr(sys, "stdin", stdin)
        return chat.main(["chat", *argv], make)

    return run


def test_one_answer(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("Hello there") == 0
    assert capsys.readouterr() == ("Hello there\n", "")


def test_the_prompt_comes_through_a_pipe(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(piped="Héllo 你好\n") == 0
    assert "Héllo 你好" in capsys.readouterr().out
    assert run("-", piped="dash") == 0
    assert capsys.readouterr().out == "dash\n"
    assert run("given", piped="not read") == 0
    assert capsys.readouterr().out == "given\n"


def test_figures_as_json(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("one two three", "--json") == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert out.count("\n") == 1
    assert err == ""
    assert report["text"] == "one two three"
    assert report["finish_reason"] == "end"
    assert (report["prompt_tokens"], report["completion_tokens"]) == (3, 3)
    assert report["time_to_first_token_s"] == 0.05
    assert report["tokens_per_second"] == 100
    assert report["model"] == "Guide"


def test_arguments_reach_the_engine(run: Run, engines: list[Eager], tmp_path: Path) -> None:
    model = tmp_path / "other.gguf"
    assert run(
        "Hi", "--model", str(model), "--system", "Be brief.", "--set", "temperature=0", "--set", "top-k=5",
        "--set", "context_length=4096",
    ) == 0  # fmt: skip
    load, generate = (
        next(request for request in engines[0].requests if isinstance(request, kind)) for kind in (Load, Generate)
    )
    assert load.path == model
    assert load.loading.context_length == 4096
    assert [turn.text for turn in generate.turns] == ["Be brief.", "Hi"]
    assert (generate.sampling.temperature, generate.sampling.top_k) == (0, 5)
    assert engines[0].closed


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--set", "temprature=1"], "Did you mean temperature?"),
        (["--set", "temperature=9"], "It goes from 0 to 2."),
        (["--set", "temperature"], "NAME=VALUE"),
        (["--set", "batch_size=1"], "It goes from 32"),
        (["--json"], "--json answers one prompt"),
    ],
)
def test_wrong_usage(run: Run, argv: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    prompt = [] if argv == ["--json"] else ["Hi"]
    assert run(*prompt, *argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err


@pytest.mark.parametrize("argv", [["--nonsense"], ["a", "b"], ["--set"]])
def test_wrong_usage_that_argparse_finds(run: Run, argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*argv)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("prompt", ["", "  \n"])
def test_nothing_to_send(run: Run, prompt: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(prompt) == 1
    assert "Write a message first." in capsys.readouterr().err


@pytest.mark.parametrize("error", [LoadError("It broke.", "Mend it."), EngineGone("It is gone.", "Try again.")])
def test_faults_are_sentences(run: Run, error: AppError, capsys: pytest.CaptureFixture[str]) -> None:
    for json_wanted in ([], ["--json"]):
        assert run("Hi", *json_wanted, answer=error) == 1
        assert capsys.readouterr() == ("", f"{error.message}\n{error.hint}\n")


def test_odd_characters(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("lone \ud83d and nul\0") == 0
    assert capsys.readouterr().out == "lone \ufffd and nul\0\n"


def test_a_megabyte(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(piped="word " * 200_000) == 1
    assert "longer" in capsys.readouterr().err


class Typed:
    """What the user types: texts, or exceptions such as Ctrl+C."""

    def __init__(self, *lines: str | type[BaseException]) -> None:
        self.lines = list(lines)

    def __call__(self, prompt: str = "") -> str:
        line = self.lines.pop(0) if self.lines else EOFError
        if isinstance(line, str):
            return line
        raise line


def test_a_conversation(run: Run, engines: list[Eager], monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    typed = Typed(
        "First", "", "Second", "/again", "/continue", "/set temperature=0.1", "/set nonsense=1", "/set", "/help",
        "/system Be brief.", "Third", "/new", "Fourth", "/dance",
    )  # fmt: skip
    monkeypatch.setattr("builtins.input", typed)
    assert run() == 0
    out, err = capsys.readouterr()
    assert out.split("\n")[:3] == ["First", "Second", "Second"]
    asked = [request for request in engines[0].requests if isinstance(request, Generate)]
    assert [turn.text for turn in asked[1].turns] == ["First", "First", "Second"]
    assert asked[3].prefill == "Second"
    assert asked[4].turns[0].text == "Be brief."
    assert asked[4].sampling.temperature == 0.1
    assert [turn.text for turn in asked[5].turns] == ["Fourth"]
    assert "There is no setting called “nonsense”." in err
    assert "temperature = 0.10" in err
    assert "There is no command “/dance”." in err
    assert "/quit" in err


def test_a_fault_does_not_end_a_conversation(run: Run, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr("builtins.input", Typed("One", "Two", "/quit", "never"))
    assert run(answer=EngineGone("It is gone.", "Try again.")) == 0
    assert capsys.readouterr().err.count("It is gone.") == 2


@pytest.mark.parametrize("leave", [EOFError, KeyboardInterrupt])
def test_leaving_at_the_prompt(run: Run, leave: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", Typed("Hello", leave, "never"))
    assert run() == 0


class Interrupting:
    """A queue in which Ctrl+C comes before some event."""

    def __init__(self, *at: int) -> None:
        self.events: list[Event] = []
        self.at = at
        self.taken = 0
        self.on_interrupt: Callable[[], object] = lambda: None

    def put(self, event: Event) -> None:
        self.events.append(event)

    def get(self, timeout: float | None = None) -> Event:
        self.taken += 1
        if self.taken in self.at:
            raise KeyboardInterrupt
        return self.events.pop(0)


def test_ctrl_c_stops_the_answer(engines: list[Eager], monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """Real queue, lazy engine: each event is made when it is asked for, so that Stop takes effect."""
    events = Interrupting(9)
    monkeypatch.setattr(chat.queue, "SimpleQueue", lambda: events)

    def make(deliver: Deliver) -> Scripted:
        engine = Scripted(deliver, lambda request: "one two three four five six seven")
        take = events.get

        def get(timeout: float | None = None) -> Event:
            while not events.events:
                assert engine.step()
            return take(timeout)

        monkeypatch.setattr(events, "get", get)
        return engine

    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert chat.main(["chat", "Hi", "--json"], make) == chat.INTERRUPTED
    report = json.loads(capsys.readouterr().out)
    assert report["finish_reason"] == "stopped"
    assert report["text"] in ("one two", "one two three")


def test_lines_are_remembered_between_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readline = pytest.importorskip("readline")
    file = tmp_path / "home" / "history"
    with PromptLine(file):
        readline.clear_history()
        readline.add_history("typed before")
    readline.clear_history()
    with PromptLine(file):
        assert readline.get_history_item(1) == "typed before"
    readline.clear_history()
    with PromptLine(tmp_path):  # a folder: cannot be read or written, which costs nothing
        pass


def test_nothing_is_written_to_the_data_folder(run: Run, own_data_folder: Path) -> None:
    assert run("Hello") == 0
    assert not own_data_folder.exists()
