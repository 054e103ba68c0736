"""`fireside models search` and `pull` against a stand-in of the Hub."""

import io
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import chat, models_hub
from app.cli.columns import width
from app.cli.progress import progress_text
from app.cli.status_line import StatusLine
from app.core import language
from app.core.amounts import rate_text, time_text
from app.core.params import Value
from app.core.paths import bundled, user_paths
from app.library.download import Progress
from app.store.database import Database
from tests.library.hub_server import File, HubServer, Repo

DATA = random.Random(9).randbytes(300_000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        server.repositories["someone/Tiny-GGUF"] = Repo(
            {
                "tiny-Q4_K_M.gguf": File(DATA),
                "tiny-Q8_0-00001-of-00002.gguf": File(DATA[:1000]),
                "tiny-Q8_0-00002-of-00002.gguf": File(DATA[1000:3000]),
                "mmproj-F16.gguf": File(DATA[:500]),
            },
            tags=("gguf", "license:mit", "en"),
            gguf={"total": 1_200_000_000, "architecture": "llama"},
            downloads=1234,
        )
        yield server


def fireside(*argv: str | Path) -> int:
    return chat.main(["models", *(str(each) for each in argv)])


def test_search(server: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("search", "tiny", "gguf") == 0
    assert server.log[0].query["search"] == ["tiny gguf"]
    assert fireside("search", "tiny") == 0
    head, row = capsys.readouterr().out.splitlines()[-2:]
    assert head.split() == ["Repository", "Parameters", "Downloads", "Likes", "Licence", "Quantizations"]
    assert row.split() == ["someone/Tiny-GGUF", "1.2B", "1,234", "0", "mit", "Q4_K_M,", "Q8_0"]
    assert fireside("search", "tiny", "--json", "--sort", "likes", "--limit", "5", "--parameters", "1B-8B") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["repository"], found["quantizations"]) == ("someone/Tiny-GGUF", ["Q4_K_M", "Q8_0"])
    assert fireside("search", "none such") == 0
    assert "Nothing was found." in capsys.readouterr().err


def test_search_with_an_address_shows_what_it_holds(server: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("search", f"{server.endpoint}/someone/Tiny-GGUF") == 0
    out = capsys.readouterr().out
    assert "Q4_K_M" in out
    assert "The usual choice" in out
    assert "For pictures: mmproj-F16.gguf" in out
    assert fireside("search", "someone/Tiny-GGUF", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["variants"]) == 2


def test_the_list_that_comes_with_it_needs_no_network(server: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("search") == 0
    assert "qwen3.5-4b  Qwen3.5 4B  (4.0B, apache-2.0, 2.7 GB)" in capsys.readouterr().out
    assert fireside("search", "chinese", "reasoning", "--offline", "--json") == 0
    assert {"qwen3.5-9b", "minicpm5-1b"} <= {each["name"] for each in json.loads(capsys.readouterr().out)}
    assert fireside("search", "no such thing", "--offline") == 0
    assert server.log == []


def test_pull(server: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("pull", "someone/Tiny-GGUF") == 0
    told = capsys.readouterr()
    path = user_paths().models / "someone" / "Tiny-GGUF" / "tiny-Q4_K_M.gguf"
    assert told.out == f"{path}\n"
    assert path.read_bytes() == DATA
    assert "tiny-Q4_K_M.gguf, 0 MB, mit" in told.err
    assert "--projector" in told.err
    server.log.clear()
    assert fireside("pull", "someone/Tiny-GGUF") == 0
    assert server.fetches == []


def test_pull_all_parts_and_the_projector_elsewhere(
    server: HubServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fireside("pull", "hf.co/someone/Tiny-GGUF:q8_0", "--to", tmp_path, "--projector", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["commit"] == "c" * 40
    names = [Path(each["path"]).name for each in report["files"]]
    assert names == ["tiny-Q8_0-00001-of-00002.gguf", "tiny-Q8_0-00002-of-00002.gguf", "mmproj-F16.gguf"]
    assert (tmp_path / "mmproj-F16.gguf").read_bytes() == DATA[:500]


def test_pull_by_the_address_of_a_file(server: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert fireside("pull", f"{server.endpoint}/someone/Tiny-GGUF/blob/main/tiny-Q4_K_M.gguf") == 0


def test_pull_by_a_name_of_the_list(server: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.repositories["unsloth/Qwen3.5-4B-GGUF"] = Repo({"Qwen3.5-4B-Q4_K_M.gguf": File(DATA)})
    assert fireside("pull", "qwen3.5-4b") == 0
    assert fireside("pull", "qwen3.5-4b:Q8_0") == 1
    assert "It has: Q4_K_M." in capsys.readouterr().err


def test_a_gated_model(server: HubServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    server.repositories["someone/Tiny-GGUF"].gated = "auto"
    assert fireside("pull", "someone/Tiny-GGUF") == 1
    said = capsys.readouterr().err
    assert "given only to those who accepted its terms" in said
    assert "fireside models pull someone/Tiny-GGUF --token-stdin" in said
    monkeypatch.setattr("sys.stdin", io.StringIO("hf_good\n"))
    assert fireside("pull", "someone/Tiny-GGUF", "--token-stdin") == 0
    told = capsys.readouterr()
    assert "hf_good" not in told.out + told.err
    assert fireside("pull", "someone/Tiny-GGUF:Q8_0") == 0  # it is kept


def test_ctrl_c_leaves_a_part_that_is_gone_on_with(
    server: HubServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.faults.cut_after = [120_000]

    class Interrupted(StatusLine):
        def show(self, text: str) -> None:
            if "waiting" in text:
                raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(models_hub, "StatusLine", Interrupted)
        assert fireside("pull", "someone/Tiny-GGUF") == 130
    assert "goes on from there." in capsys.readouterr().err
    assert fireside("pull", "someone/Tiny-GGUF") == 0
    assert [each.start for each in server.fetches] == [0, 120_000]


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("pull nonsense", 1, "neither the name of a recommended model nor an address"),
        ("pull someone/Tiny-GGUF:Q2_K", 1, "It has: Q4_K_M, Q8_0."),
        ("pull someone/None", 1, "is not at the Hub"),
        ("pull someone/Tiny-GGUF --offline", 1, "stays offline"),
        ("pull someone/Tiny-GGUF --endpoint ftp://x", 1, "no address of a Hub"),
        ("pull someone/Tiny-GGUF --proxy nonsense", 1, "no address of a proxy"),
        ("pull someone/Tiny-GGUF --limit-rate fast", 2, "is no speed"),
        ("pull someone/Tiny-GGUF --limit-rate 0", 2, "is no speed"),
        ("pull huggingface.co/datasets/a/b", 1, "no model"),
        ("pull", 2, "This is missing: MODEL."),
        ("search x --limit 0", 2, "from 1 to 200"),
        ("search x --parameters big", 2, "is no span"),
        ("search x --sort size", 2, "is none of"),
    ],
)
def test_one_sentence_and_a_next_step(
    server: HubServer, line: str, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fireside(*line.split()) == code
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) >= 2


def test_offline_may_be_said_by_the_environment(
    server: HubServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert fireside("pull", "someone/Tiny-GGUF") == 1
    assert server.log == []


def test_the_progress_line() -> None:
    progress = Progress(stage="loading", received=1_250_000_000, size=2_500_000_000, bytes_per_second=25e6)
    assert progress_text("tiny.gguf", progress, 100) == (
        "tiny.gguf  ██████████░░░░░░░░░░  50%  1.2 GB / 2.5 GB  25.0 MB/s  50 seconds left"
    )
    language.use("zh_CN", bundled("resources/translations"))
    for columns in (8, 20, 40, 60, 100):
        for stage in ("checking", "finding", "loading", "waiting"):
            shown = Progress(stage=stage, received=1, size=3, bytes_per_second=1e6, reason="原因。")
            assert width(progress_text("名" * 60, shown, columns)) <= columns


def test_units() -> None:
    assert [rate_text(rate) for rate in (0, 1234, 999_499, 1e6, 123.4e6)] == [
        "0 kB/s", "1 kB/s", "999 kB/s", "1.0 MB/s", "123.4 MB/s",
    ]  # fmt: skip
    assert [time_text(seconds) for seconds in (0.2, 1, 89, 100, 5000, 9000)] == [
        "1 second left", "1 second left", "89 seconds left", "2 minutes left", "83 minutes left", "2 hours left",
    ]  # fmt: skip


def preferring(**values: Value) -> None:
    """A window was open, and these preferences were set in it."""
    store = Database(user_paths().database)
    store.preferences.set_values("preferences", values)
    store.close()


def test_the_preferences_hold_here_too(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HF_ENDPOINT")
    preferring(hub_address=server.endpoint, models_folder=str(tmp_path / "elsewhere"), download_limit=900.0)
    assert fireside("search", "tiny") == 0
    assert "someone/Tiny-GGUF" in capsys.readouterr().out
    assert fireside("pull", "someone/Tiny-GGUF") == 0
    path = tmp_path / "elsewhere" / "someone" / "Tiny-GGUF" / "tiny-Q4_K_M.gguf"
    assert path.read_bytes() == DATA
    assert fireside("list", "--json") == 0
    assert str(path) in capsys.readouterr().out  # it is looked for where downloads go
    server.log.clear()
    preferring(hub_address=server.endpoint, offline=True)
    assert fireside("pull", "someone/Tiny-GGUF", "--to", tmp_path) == 1
    assert "stays offline" in capsys.readouterr().err
    assert fireside("search", "qwen") == 0
    assert "qwen3.5-4b" in capsys.readouterr().out  # the list that comes with the program
    assert server.log == []


def test_options_come_before_the_preferences(server: HubServer, tmp_path: Path) -> None:
    preferring(hub_address="https://nowhere.invalid", models_folder=str(tmp_path / "elsewhere"))
    assert fireside("pull", "someone/Tiny-GGUF", "--to", tmp_path / "here", "--limit-rate", "900M") == 0  # HF_ENDPOINT
    assert (tmp_path / "here" / "tiny-Q4_K_M.gguf").exists()
    assert not (tmp_path / "elsewhere").exists()
    assert fireside("search", "tiny", "--endpoint", server.endpoint) == 0


def test_preferences_that_cannot_be_read_let_nothing_out(server: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    preferring(offline=True)
    user_paths().database.write_bytes(b"no database" * 100)
    assert fireside("search", "tiny") == 1
    assert server.log == []
    assert fireside("list") == 0
