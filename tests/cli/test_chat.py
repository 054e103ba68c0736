"""`fireside chat` with a scripted engine: prompts, pipes, figures, faults and interruptions."""

import errno
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import chat
from app.cli.prompt_line import PromptLine
from app.core.errors import AppError, EngineGone, LoadError
from app.core.params import Loading, Sampling
from app.core.protocol import Event, Generate, Load, Piece
from app.engine.base import Deliver
from app.engine.scripted import Scripted


class Eager(Scripted):
    """Answers at once; the queue of the terminal chat holds the events until they are taken."""

    def load(self, path: Path, loading: Loading = Loading(), template: str = "", *, anew: bool = False) -> int:
        return self._at_once(super().load(path, loading, template, anew=anew))

    def count(self, turns, draft: str = "") -> int:
        return self._at_once(super().count(turns, draft))

    def generate(self, turns, sampling: Sampling = Sampling(), prefill: str = "", **more) -> int:
        return self._at_once(super().generate(turns, sampling, prefill, **more))

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


def test_a_strategy_by_its_name(run: Run, engines: list[Eager]) -> None:
    assert run("Hi", "--strategy", "best-of", "--set", "best_of=3", "--set", "strategy=greedy") == 0
    asked = next(request for request in engines[0].requests if isinstance(request, Generate))
    assert (asked.sampling.strategy, asked.sampling.best_of, asked.logprobs) == ("best_of", 3, 0)


def test_tokens_and_candidates_as_json(run: Run, engines: list[Eager], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("one two", "--json", "--logprobs", "2") == 0
    report = json.loads(capsys.readouterr().out)
    assert next(request for request in engines[0].requests if isinstance(request, Generate)).logprobs == 2
    assert [token["text"] for token in report["tokens"]] == ["one", " two"]
    first = report["tokens"][0]
    assert set(first) == {"id", "text", "logprob", "top", "kept"}
    assert [set(other) for other in first["top"]] == [{"id", "text", "logprob"}] * 2
    assert "candidates" not in report


def test_the_built_in_model_with_beams(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    argv = ["chat", "What is a token?", "--strategy", "beam", "--json", "--logprobs", "3", "--set", "max_tokens=6"]
    assert chat.main(argv) == 0
    report = json.loads(capsys.readouterr().out)
    scores = [candidate["logprob"] for candidate in report["candidates"]]
    assert scores == sorted(scores, reverse=True)
    assert [set(candidate) for candidate in report["candidates"]] == [{"text", "logprob"}] * len(scores)
    assert len(scores) > 1
    assert report["candidates"][0]["text"] == report["text"] == "".join(token["text"] for token in report["tokens"])
    assert all(len(token["top"]) == 3 for token in report["tokens"])
    assert chat.main([*argv, "--set", "grammar=root ::= ("]) == 1
    assert "Line 1 of the grammar" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--strategy", "nope"], "Choose one of greedy, sample, beam, best_of, guided."),
        (["--logprobs", "2"], "Add --json."),
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
    assert run(*argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 2
    assert "--help shows what can be typed." in err


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


class Full(io.FileIO):
    """A file on a disk without room."""

    def write(self, data: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_behind_the_output(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full = io.TextIOWrapper(Full(tmp_path / "answer", "w"), "utf-8")  # type: ignore[type-var]  # bytes go in
    monkeypatch.setattr(sys, "stdout", full)
    assert run("Hello") == 1
    monkeypatch.undo()
    full.detach().close()
    assert "The disk is full." in capsys.readouterr().err


class Typed:
    """What the user types: texts, or exceptions such as Ctrl+C."""

    def __init__(self, *lines: str | type[BaseException]) -> None:
        self.lines = list(lines)

    def __call__(self, prompt: str = "") -> str:
        line = self.lines.pop(0) if self.lines else EOFError
        if isinstance(line, str):
            return line
        raise line


def test_what_does_not_fit_any_more_is_told_before_the_answer(
    run: Run, engines: list[Eager], monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    lines = [f"Question {number} " + "word " * 80 for number in range(5)]
    monkeypatch.setattr("builtins.input", Typed(*lines, "/new", "Short", "/quit"))
    assert run("--set", "context_length=256", answer="<think>Hm.</think>Yes.") == 0
    out, err = capsys.readouterr()
    assert out == "Yes.\n" * 6  # what it thinks is not part of the answer
    assert err.count("left out") == 2  # each time that it is other messages
    assert "4 old messages do not fit any more and are left out." in err
    asked = [request for request in engines[0].requests if isinstance(request, Generate)]
    assert [len(request.turns) for request in asked] == [1, 3, 1, 3, 3, 1]


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


class Pumped(Scripted):
    """Delivers by itself on a thread, as the real engine does, and presses Ctrl+C at given pieces of each answer."""

    def __init__(self, deliver: Deliver, interrupts: set[int], stops: bool = True) -> None:
        super().__init__(self._pass_on, lambda request: "word " * 50_000)
        self._to_chat, self._interrupts, self._stops = deliver, interrupts, stops
        self._pieces = 0
        self._asked = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._pump)
        self._thread.start()

    def generate(self, turns, sampling: Sampling = Sampling(), prefill: str = "", **more) -> int:
        self._pieces = 0
        number = super().generate(turns, sampling, prefill, **more)
        self._asked.release()
        return number

    def count(self, turns, draft: str = "") -> int:
        number = super().count(turns, draft)
        self._asked.release()
        return number

    def stop(self, request_id: int) -> None:
        if self._stops:
            super().stop(request_id)

    def close(self) -> None:
        super().close()
        self._asked.release()
        self._thread.join()

    def load(self, path: Path, loading: Loading = Loading(), template: str = "", *, anew: bool = False) -> int:
        number = super().load(path, loading, template, anew=anew)
        self._asked.release()
        return number

    def _pump(self) -> None:
        while not self.closed:
            self._asked.acquire()
            while self.step():
                continue

    def _pass_on(self, event: Event) -> None:
        self._to_chat(event)
        if isinstance(event, Piece):
            self._pieces += 1
            if self._pieces in self._interrupts:
                signal.raise_signal(signal.SIGINT)


def test_ctrl_c_stops_the_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    code = chat.main(["chat", "Hi", "--json"], lambda deliver: Pumped(deliver, {3}))
    report = json.loads(capsys.readouterr().out)
    assert (code, report["finish_reason"]) == (chat.INTERRUPTED, "stopped")
    assert report["text"].startswith("word word word")
    assert len(report["text"]) < 5 * 50_000


def test_a_second_ctrl_c_leaves_an_answer_that_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    before = signal.getsignal(signal.SIGINT)
    code = chat.main(["chat", "Hi"], lambda deliver: Pumped(deliver, {3, 40}, stops=False))
    assert code == chat.INTERRUPTED
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_in_a_conversation_stops_the_answer_and_not_the_conversation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin = io.StringIO()
    stdin.isatty = lambda: True  # type: ignore[method-assign]  # a terminal
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr("builtins.input", Typed("One", "/nonsense", "Two"))
    assert chat.main(["chat"], lambda deliver: Pumped(deliver, {3})) == 0
    assert "There is no command" in capsys.readouterr().err


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
