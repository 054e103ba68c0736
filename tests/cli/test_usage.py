"""What is said of a line that cannot be understood, and the help, in both languages."""

from collections.abc import Iterator

import pytest

from app.cli import chat
from app.cli.arguments import parser
from app.cli.columns import width
from app.core import language
from app.core.paths import bundled


@pytest.fixture
def chinese() -> Iterator[None]:
    language.use("zh_CN", bundled("resources/translations"))
    yield
    language.use("en", bundled("resources/translations"))


@pytest.mark.parametrize(
    ("line", "sentence", "command"),
    [
        ("nonsense", "“nonsense” is none of ", "fireside"),
        ("", "Name a command, such as chat.", "fireside"),
        ("--nonsense", "“--nonsense” is not understood here.", "fireside"),
        ("chat a b", "“b” is not understood here.", "fireside chat"),
        ("chat a --nonsense", "“--nonsense” is not understood here.", "fireside chat"),
        ("chat --nonsense 3 a", "“--nonsense” is not understood here.", "fireside chat"),
        ("chat --set", "--set needs something behind it.", "fireside chat"),
        ("chat --json=1 x", "--json takes nothing behind it.", "fireside chat"),
        ("chat x --s=1", "“--s=1” could be each of --system, --set, --strategy.", "fireside chat"),
        ("prompt", "This is missing: --messages.", "fireside prompt"),
        ("bench --repeat 0", "“0” is not a whole number from 1 to 1,000,000.", "fireside bench"),
        ("export", "One of these is missing: --conversation --all --list.", "fireside export"),
        ("export --all --list", "--list and --all do not go together.", "fireside export"),
        ("export --conversation x", "“x” is not a whole number.", "fireside export"),
        ("export --all --format docx", "“docx” is none of ", "fireside export"),
        ("import", "This is missing: FILE.", "fireside import"),
        ("models nonsense", "“nonsense” is none of list, info, ", "fireside models"),
        ("models list --nonsense", "“--nonsense” is not understood here.", "fireside models list"),
    ],
)
def test_one_sentence_and_a_next_step(
    line: str, sentence: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chat.main(line.split()) == 2
    out, err = capsys.readouterr()
    said, hint = err.splitlines()
    assert out == ""
    assert said.startswith(sentence)
    assert hint == f"{command} --help shows what can be typed."


def test_models_alone_tells_what_it_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert chat.main(["models"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert all(f"\n    {name} " in err for name in ("list", "info", "import", "remove", "search", "pull", "shrink"))


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    "command",
    [
        "",
        "chat",
        "prompt",
        "bench",
        "export",
        "import",
        "restore",
        "models",
        "models list",
        "models info",
        "models import",
        "models remove",
        "models search",
        "models pull",
    ],
)
def test_help_is_whole_in_chinese(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([*command.split(), "--help"])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("用法：")
    assert all(width(line) <= 80 for line in lines)
    for english in ("usage", "options", "arguments", "show"):
        assert not any(english in line for line in lines)
