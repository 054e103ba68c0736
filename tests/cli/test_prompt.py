"""`fireside prompt`: messages read, the page and the JSON object, and what is said of templates that fail."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.cli import prompt
from app.cli.arguments import PromptArguments
from app.core.errors import InputError
from app.core.protocol import Turn
from app.engine.examination import Examination, SeenFailure, SeenThinking, SeenToken
from tests.vocabulary_file import write_vocabulary

PROJECT = Path(__file__).parents[2]
THINKING = SeenThinking("<think>", "<think>", "</think>", True, False, True, True)
TOKENS = (SeenToken(1, "<|m|>", True), SeenToken(23, " Hi\n\x1b", False), SeenToken(456, "\\xe6", False))


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    path = tmp_path / "messages.json"
    path.write_text('[{"role": "user", "content": "Hi"}]')
    return path


# ── reading messages ──────────────────────────────────────────────────────────────────────────────────


def test_messages_as_a_list_or_in_an_object() -> None:
    expected = (Turn("system", "S"), Turn("user", "U"), Turn("assistant", "", "because"))
    listed = [
        {"role": "developer", "content": "S"},
        {"role": "user", "content": [{"type": "text", "text": "U"}, {"type": "image"}, 3]},
        {"role": "assistant", "content": None, "reasoning_content": "because", "other": 1},
    ]
    assert prompt.messages(json.dumps(listed)) == expected
    assert prompt.messages(json.dumps({"messages": listed, "model": "x"})) == expected
    assert prompt.messages("[]") == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[{"role": "user",\n "content" "x"}]', "line 2, column 12"),
        ("Hello", "not JSON: line 1, column 1"),
        ("", "the text is empty"),
        (" \n", "the text is empty"),
        ("{}", "holds no list of messages"),
        ('"x"', "holds no list of messages"),
        ("[" * 100_000, "holds no list of messages"),
        ('["x"]', "Message 1 is not an object"),
        ('[{"role": "user", "content": "a"}, {"role": "tool", "content": "b"}]', "Message 2 has the role “tool”"),
        ('[{"content": "a"}]', "Message 1 has the role “None”"),
        ('[{"role": "user"}]', "Message 1 has no text"),
        ('[{"role": "user", "content": 7}]', "Message 1 has no text"),
    ],
)
def test_messages_that_are_none(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as raised:
        prompt.messages(text)
    assert raised.value.hint


# ── printing ──────────────────────────────────────────────────────────────────────────────────────────


def shown(
    seen: Examination, capsys: pytest.CaptureFixture[str], messages: Path, **arguments: Any
) -> tuple[int, str, str]:
    code = prompt.run(PromptArguments(messages, **arguments), lambda *_: seen)
    out, err = capsys.readouterr()
    return code, out, err


def test_the_page(capsys: pytest.CaptureFixture[str], messages: Path) -> None:
    seen = Examination("<|m|> Hi\n\x1b", TOKENS, ("One.", "Two."), "file", THINKING)
    code, out, err = shown(seen, capsys, messages)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Template    the model file's own"
    assert lines[1] == "Thinking    between <think> and </think>"
    assert "            The prompt begins it." in lines
    assert "            The template can turn it on and off." in lines
    assert lines[lines.index("Repaired    One.") + 1] == "            Two."
    assert "Prompt      3 tokens, 1 of them a control token" in lines
    assert "     1  ● <|m|>" in lines
    assert "    23    ·Hi⏎\\x1b" in lines
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (Examination(template="Gemma"), "Gemma, because the file has none"),
        (Examination(template="file"), "nothing"),
        (Examination(template="file"), "not known to this template"),
        (Examination(template="file", thinking=SeenThinking("a", "a", "b", False, True, False, True)), "leaves it out"),
        (
            Examination(template="file", thinking=SeenThinking("a", "a", "b", False, False, False, True)),
            "cannot turn it",
        ),
        (Examination(template="file", thinking=SeenThinking("a", "a", "b", False, False, False, True)), "decides"),
        (Examination(template="file", thinking=SeenThinking("a", "a", "b", False, False, False, False)), "vocabulary"),
    ],
)
def test_what_the_page_says(
    seen: Examination, sentence: str, capsys: pytest.CaptureFixture[str], messages: Path
) -> None:
    assert sentence in shown(seen, capsys, messages)[1]


def test_a_failing_template(capsys: pytest.CaptureFixture[str], messages: Path, tmp_path: Path) -> None:
    template = tmp_path / "bad.jinja"
    template.write_text("one\n  {{ x.y.z }}\nthree")
    seen = Examination(
        "text", TOKENS, (), "ChatML", None, SeenFailure("It fails in line 2.", 2, "'x' is undefined", "{{ x.y.z }}")
    )
    code, out, err = shown(seen, capsys, messages, template=template)
    assert code == 1
    assert "ChatML, in place of one that does not work" in out
    assert err.splitlines() == ["It fails in line 2.", "    2 │ {{ x.y.z }}", "Reason: 'x' is undefined"]


def test_messages_that_are_refused(capsys: pytest.CaptureFixture[str], messages: Path) -> None:
    seen = Examination(template="file", error=SeenFailure("It fails in line 2.", 2, "one only", "{{ x }}"))
    assert shown(seen, capsys, messages) == (1, "", "It fails in line 2.\n    2 │ {{ x }}\nReason: one only\n")


def test_one_json_object(capsys: pytest.CaptureFixture[str], messages: Path) -> None:
    seen = Examination("é", TOKENS, ("One.",), "file", THINKING, SeenFailure("No.", 2, "why", "{{ x }}"))
    code, out, _ = shown(seen, capsys, messages, json=True)
    assert code == 1
    report = json.loads(out)
    assert list(report) == ["text", "tokens", "repaired", "template", "thinking", "error"]
    assert (report["text"], report["repaired"], report["template"]) == ("é", ["One."], "file")
    assert report["tokens"][0] == {"id": 1, "text": "<|m|>", "special": True}
    assert report["thinking"]["start"] == "<think>"
    assert report["error"] == {"message": "No.", "line": 2, "reason": "why", "code": "{{ x }}"}


def test_bad_input_is_a_json_object_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no file “missing\.json”"):
        shown(Examination(), capsys, tmp_path / "missing.json", json=True)
    assert "no file" in json.loads(capsys.readouterr().out)["error"]["message"]
    with pytest.raises(InputError, match="is a folder"):
        shown(Examination(), capsys, tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        shown(Examination(), capsys, Path("a\0b"))
    (tmp_path / "empty.jinja").write_text(" \n")
    with pytest.raises(InputError, match=r"“empty\.jinja” is empty"):
        shown(Examination(), capsys, tmp_path / "messages.json", template=tmp_path / "empty.jinja")
    (tmp_path / "latin.json").write_bytes(b'["\xe9"]')
    with pytest.raises(InputError, match="UTF-8"):
        shown(Examination(), capsys, tmp_path / "latin.json")


def test_messages_from_the_pipe(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Turn, ...]] = []

    def examine(path: Path, template: str | None, turns: tuple[Turn, ...]) -> Examination:
        seen.append(turns)
        return Examination(template="file")

    monkeypatch.setattr(sys, "stdin", io.StringIO('[{"role": "user", "content": "piped"}]'))
    assert prompt.run(PromptArguments(Path("-")), examine) == 0
    assert seen == [(Turn("user", "piped"),)]
    assert capsys.readouterr().out


# ── as a command ──────────────────────────────────────────────────────────────────────────────────────


def fireside(*argv: str, piped: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "app", "prompt", *argv], input=piped, capture_output=True, cwd=PROJECT, timeout=60
    )


def test_the_command(messages: Path, tmp_path: Path) -> None:
    model = write_vocabulary(tmp_path / "words.gguf", ["<|im_start|>", "<|im_end|>"])
    ended = fireside("--messages", str(messages), "--model", str(model), "--json")
    assert (ended.returncode, ended.stderr) == (0, b"")
    report = json.loads(ended.stdout)
    assert report["text"] == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert (report["template"], report["error"]) == ("ChatML", None)
    assert [token["special"] for token in report["tokens"]].count(True) == 3
    bad = fireside("--messages", "-", "--model", str(model), piped=b"[{]")
    assert bad.returncode == 1
    assert b"line 1, column 3" in bad.stderr
    template = tmp_path / "own.jinja"
    template.write_text("one\n{{ x.y }}")
    given = fireside("--messages", str(messages), "--model", str(model), "--template", str(template))
    assert given.returncode == 1
    assert given.stderr.startswith(b"The given chat template cannot be used; it fails in line 2.")
    assert fireside().returncode == 2
    assert b"--template" in fireside("--help").stdout
