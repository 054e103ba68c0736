"""The Host with a real child process: answers, stops, what waits."""

import os
import signal
import sys
from pathlib import Path

from app.core import language
from app.core.errors import LoadError, ModelFileError
from app.core.params import Loading, Sampling
from app.core.paths import bundled
from app.core.protocol import (
    Counted,
    Done,
    Examined,
    Failed,
    Gone,
    Loaded,
    LoadProgress,
    Piece,
    Progress,
    Started,
    Turn,
    Unloaded,
)
from tests.engine.conftest import ENDLESS, GREEDY, HELLO, SAYS, Watched
from tests.tiny_model import write_tiny_model


def test_a_template_in_the_place_of_the_files_own(watched: Watched, sayer: Path) -> None:
    host = watched.host
    loaded = watched.end_of(host.load(sayer, template="{{ '<|im_start|>' }}{{ messages[-1]['content'] }} so:"))
    assert isinstance(loaded, Loaded)
    assert loaded.model.template_source == "file"
    host.examine(HELLO)
    examined = watched.until(Examined)
    assert isinstance(examined, Examined)
    assert examined.text == "<|im_start|>hello so:"
    broken = watched.end_of(host.load(sayer, template="{% broken"))
    assert isinstance(broken, Loaded)
    assert broken.model.template_source == "ChatML"
    assert broken.model.template_problem


def test_ctrl_c_does_not_reach_a_child_that_is_only_starting(watched: Watched, sayer: Path) -> None:
    load = watched.host.load(sayer)
    while (child := watched.host.process_id) is None:
        pass
    if sys.platform != "win32":  # it means something else there
        os.kill(child, signal.SIGINT)  # Python is still importing in it
    assert isinstance(watched.end_of(load), Loaded)
    assert watched.host.process_id == child


def test_load_answer_count_unload(watched: Watched, sayer: Path) -> None:
    host = watched.host
    loaded = watched.load(sayer)
    assert isinstance(watched.seen[0], LoadProgress)
    assert loaded.model.name == "Tiny"
    assert watched.text_of(host.generate(HELLO, GREEDY)) == SAYS
    assert any(isinstance(event, Started) for event in watched.seen)
    count = host.count(HELLO, "a draft")
    counted = watched.until(Counted)
    assert isinstance(counted, Counted)
    assert counted.id == count
    examine = host.examine([*HELLO, Turn("assistant", "é"), Turn("user", "!")], prefill="So")
    examined = watched.until(Examined)
    assert isinstance(examined, Examined)
    assert examined.id == examine
    assert examined.text.endswith("So")
    unload = host.unload()
    assert watched.until(Unloaded) == Unloaded(unload)
    failed = watched.end_of(host.generate(HELLO))
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, LoadError)
    assert not failed.loaded


def test_a_prompt_is_told_while_the_model_answers(watched: Watched, slow: Path) -> None:
    watched.load(slow)
    answer = watched.host.generate([Turn("user", "x" * 3000)], Sampling(max_tokens=200))
    watched.until(Started)
    examine = watched.host.examine(HELLO)
    told = watched.until(Examined, Done)
    assert isinstance(told, Examined)
    assert told.id == examine
    watched.host.stop(answer)
    assert watched.end_of(answer).finish_reason == "stopped"  # type: ignore[union-attr]  # Done


def test_requests_are_served_in_order(watched: Watched, sayer: Path) -> None:
    host = watched.host
    ids = [host.load(sayer), *(host.generate(HELLO, GREEDY) for _ in range(3))]
    ends = [watched.until(Loaded, Done) for _ in ids]
    assert [event.id for event in ends if not isinstance(event, Gone)] == ids


def test_a_draft_is_counted_while_the_model_answers(watched: Watched, slow: Path) -> None:
    host = watched.host
    watched.load(slow)
    answer = host.generate(HELLO, ENDLESS)
    watched.until(Piece)
    count = host.count(HELLO, "more")
    event = watched.until(Counted, Done)
    assert isinstance(event, Counted)
    assert event.id == count
    host.stop(answer)
    end = watched.end_of(answer)
    assert isinstance(end, Done)
    assert end.finish_reason == "stopped"


def test_stop_between_tokens_keeps_the_model(watched: Watched, slow: Path) -> None:
    watched.load(slow)
    process = watched.host.process_id
    answer = watched.host.generate(HELLO, ENDLESS)
    watched.until(Piece)
    watched.host.stop(answer)
    watched.host.stop(answer)
    end = watched.end_of(answer)
    assert isinstance(end, Done)
    assert end.finish_reason == "stopped"
    assert end.timing.completion_tokens == sum(event.tokens for event in watched.seen if isinstance(event, Piece))
    watched.host.stop(answer)  # long over
    watched.host.stop(12345)  # never was
    again = watched.end_of(watched.host.generate(HELLO, Sampling(max_tokens=2, seed=1)))
    assert isinstance(again, Done)
    assert again.finish_reason == "length"
    assert watched.host.process_id == process


def test_stop_within_a_prompt(watched: Watched, slow: Path) -> None:
    watched.load(slow, batch_size=256)
    answer = watched.host.generate([Turn("user", "x" * 4000)], ENDLESS)
    watched.until(Progress)
    watched.host.stop(answer)
    end = watched.end_of(answer)
    assert isinstance(end, Done)
    assert (end.finish_reason, end.timing.completion_tokens) == ("stopped", 0)
    assert not any(isinstance(event, Piece) for event in watched.seen)


def test_a_waiting_request_is_stopped_too(watched: Watched, slow: Path) -> None:
    host = watched.host
    watched.load(slow)
    first, second = host.generate(HELLO, ENDLESS), host.generate(HELLO, ENDLESS)
    watched.until(Piece)
    host.stop(second)
    host.stop(first)
    ends = [watched.until(Done), watched.until(Done)]
    assert {(end.id, end.finish_reason) for end in ends if isinstance(end, Done)} == {
        (first, "stopped"),
        (second, "stopped"),
    }


def test_many_requests_are_answered_at_once_and_stopped_one_by_one(watched: Watched, slow: Path) -> None:
    host = watched.host
    watched.load(slow)
    answers = [host.generate([Turn("user", f"{number} hello")], ENDLESS) for number in range(3)]
    growing: set[int] = set()
    while len(growing) < 3:
        event = watched.until(Piece)
        assert isinstance(event, Piece)
        growing.add(event.id)
    for request in (answers[1], answers[0], answers[2]):
        host.stop(request)
        end = watched.until(Done)
        assert isinstance(end, Done)
        assert (end.id, end.finish_reason) == (request, "stopped")


def test_another_model_is_loaded_when_the_answers_of_this_one_are_done(
    watched: Watched, babbler: Path, sayer: Path
) -> None:
    host = watched.host
    watched.load(babbler)
    answers = [host.generate(HELLO, Sampling(seed=seed, max_tokens=60)) for seed in (1, 2)]
    load = host.load(sayer, Loading(threads=1))
    last = host.generate(HELLO, GREEDY)
    ends = [watched.until(Loaded, Done) for _ in range(4)]
    assert [event.id for event in ends if not isinstance(event, Gone)][2:] == [load, last]
    assert {event.id for event in ends[:2] if isinstance(event, Done)} == set(answers)


def test_what_waits_behind_a_load_is_stopped_at_once(watched: Watched, slow: Path, sayer: Path) -> None:
    host = watched.host
    watched.load(slow)
    answer = host.generate(HELLO, ENDLESS)
    watched.until(Piece)
    host.load(sayer, Loading(threads=1))
    behind = host.generate(HELLO, GREEDY)
    host.stop(behind)
    end = watched.until(Done)
    assert isinstance(end, Done)
    assert (end.id, end.finish_reason) == (behind, "stopped")
    host.stop(answer)
    assert isinstance(watched.until(Loaded), Loaded)


def test_a_title_waits_for_the_answer(watched: Watched, slow: Path) -> None:
    host = watched.host
    watched.load(slow)
    title = host.generate(HELLO, Sampling(seed=1, max_tokens=50), background=True)
    watched.until(Started)
    answer = host.generate([Turn("user", "there")], Sampling(seed=1, max_tokens=5))
    first, second = watched.until(Done), watched.until(Done)
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert [first.id, second.id] == [answer, title]


def test_loading_is_cancelled(watched: Watched, slow: Path) -> None:
    load = watched.host.load(slow, Loading(memory_map=False))
    watched.host.stop(load)
    end = watched.end_of(load)
    assert isinstance(end, Done)
    assert end.finish_reason == "stopped"
    failed = watched.end_of(watched.host.generate(HELLO))
    assert isinstance(failed, Failed)


def test_a_wrong_file_leaves_the_model_in_use(watched: Watched, sayer: Path, tmp_path: Path) -> None:
    watched.load(sayer)
    failed = watched.end_of(watched.host.load(tmp_path / "missing.gguf"))
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, ModelFileError)
    assert failed.loaded
    assert watched.text_of(watched.host.generate(HELLO, GREEDY)) == SAYS


def test_large_texts_travel(watched: Watched, babbler: Path) -> None:
    watched.load(babbler)
    failed = watched.end_of(watched.host.generate([Turn("user", "word " * 200_000)]))
    assert isinstance(failed, Failed)
    assert failed.loaded


def test_a_long_run_of_one_character_does_not_end_the_process(watched: Watched, models: Path) -> None:
    # With this way of splitting, std::regex recurses once per character.
    path = write_tiny_model(models / "deep.gguf", splitter="deepseek-llm", context=65_536)
    watched.load(path, context_length=16_384)
    count = watched.host.count([], "a" * 500_000)
    counted = watched.until(Counted, Gone)
    assert isinstance(counted, Counted)
    assert counted.id == count
    assert counted.draft_tokens > 16_384


def test_errors_of_the_child_speak_the_language_of_the_parent(watched: Watched, tmp_path: Path) -> None:
    english = watched.end_of(watched.host.load(tmp_path / "none.gguf"))
    language.use("zh_CN", bundled("resources/translations"))
    try:
        chinese = watched.end_of(watched.host.load(tmp_path / "none.gguf"))
    finally:
        language.use("en", bundled("resources/translations"))
    again = watched.end_of(watched.host.load(tmp_path / "none.gguf"))
    assert isinstance(english, Failed)
    assert isinstance(chinese, Failed)
    assert isinstance(again, Failed)
    assert english.error.message == again.error.message != chinese.error.message
