"""The session and its models: loading, files that do not work, a process that dies."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.chat.changes import (
    Problem,
)
from app.chat.model import template_notice
from app.core.errors import InputError
from app.core.protocol import Failed, LoadProgress, Piece
from tests.chat.conftest import TOO_MUCH


def test_loading_settings_belong_to_the_file(desk) -> None:
    desk.session.load_model()
    desk.engine.run()
    desk.session.set_loading(context_length=4096)
    desk.engine.run()
    assert desk.engine.loads[-1].loading.context_length == 4096
    desk.session.load_model(Path("other.gguf"))
    desk.engine.run()
    assert desk.engine.loads[-1].loading.context_length == 0
    desk.session.load_model(Path("guide.gguf"))
    assert desk.session.loading.context_length == 4096
    with pytest.raises(InputError):
        desk.session.set_loading(batch_size=1)


def test_a_template_belongs_to_the_file(desk) -> None:
    desk.session.load_model()
    desk.engine.run()
    desk.session.set_template("{{ 1 }}")
    desk.engine.run()
    assert (desk.engine.loads[-1].template, desk.session.template_of()) == ("{{ 1 }}", "{{ 1 }}")
    loads = len(desk.engine.loads)
    desk.session.set_template("{{ 1 }}")
    desk.session.set_template("{{ 2 }}", Path("other.gguf"))  # which is not in use
    desk.engine.run()
    assert len(desk.engine.loads) == loads
    desk.session.load_model(Path("other.gguf"))
    desk.engine.run()
    assert desk.engine.loads[-1].template == "{{ 2 }}"
    desk.session.load_model(Path("guide.gguf"))
    desk.session.set_template("")
    desk.engine.run()
    assert (desk.engine.loads[-1].template, desk.session.template_of()) == ("", "")


def test_a_model_that_does_not_load(desk) -> None:
    desk.session.load_model(Path("letter.docx"))
    desk.engine.run()
    assert desk.session.model_state.state == "failed"
    (problem,) = desk.told(Problem)
    assert problem.retry
    desk.session.say("Hello")
    desk.engine.run()
    answer = desk.session.entries[-1].message
    assert (answer.status, answer.error) == ("failed", "This is not a model. Choose another file.")
    assert len(desk.told(Problem)) == 1
    desk.session.load_model(Path("guide.gguf"))
    desk.engine.run()
    desk.session.try_again()
    desk.engine.run()
    assert desk.shown() == ["Hello", "Hello to you."]
    assert desk.session.entries[-1].versions == 1  # the empty failure is gone
    desk.same_on_disk()


def test_a_wrong_file_leaves_the_model_in_use(desk) -> None:
    desk.session.load_model()
    desk.engine.run()
    before = desk.session.model_state
    desk.changes.clear()
    desk.session.load_model(Path("letter.docx"))
    assert desk.session.model_state.state == "loading"
    desk.engine.run()
    assert desk.session.model_state == before
    (problem,) = desk.told(Problem)
    assert (problem.error.message, problem.retry) == ("This is not a model.", False)
    desk.session.load_model(Path("letter.docx"))
    desk.session.say("Hello")  # meanwhile
    desk.engine.run()
    assert desk.shown() == ["Hello", "Hello to you."]
    assert len(desk.told(Problem)) == 1
    desk.engine.die()
    assert desk.session.model_state.state == "failed"
    desk.same_on_disk()


def test_a_model_that_does_not_fit_makes_room_for_the_one_before(desk) -> None:
    desk.session.load_model(Path("small.gguf"))
    desk.engine.run()
    before = desk.session.model_state
    desk.changes.clear()
    desk.session.load_model(Path("huge.gguf"))
    desk.session.say("Hello")  # meanwhile
    desk.engine.run()
    assert desk.session.model_state == before
    assert [load.path.stem for load in desk.engine.loads] == ["small", "huge", "small"]
    assert desk.shown() == ["Hello", "Hello to you."]
    (problem,) = desk.told(Problem)
    assert (problem.error.message, problem.retry) == ("There is not enough memory.", False)
    assert problem.error.hint == "Choose a smaller model. Meanwhile the earlier model is loaded again."


def test_settings_that_do_not_work_are_given_up(desk) -> None:
    desk.session.load_model(Path("small.gguf"))
    desk.session.set_loading(batch_size=64)
    desk.engine.run()
    before = desk.session.model_state
    desk.session.set_loading(context_length=TOO_MUCH)
    desk.engine.run()
    assert desk.session.model_state == before
    assert (desk.session.loading.context_length, desk.session.loading.batch_size) == (0, 64)
    assert desk.engine.loads[-1].loading == desk.session.loading


def test_the_earlier_model_does_not_load_either(desk) -> None:
    desk.session.load_model(Path("small.gguf"))
    desk.engine.run()
    desk.session.load_model(Path("huge.gguf"))
    desk.engine.run_until(Failed)
    desk.engine.die()
    assert desk.session.model_state.state == "failed"


def test_a_model_that_ends_the_process_makes_room_for_the_one_before(desk) -> None:
    desk.session.load_model(Path("small.gguf"))
    desk.engine.run()
    before = desk.session.model_state
    desk.changes.clear()
    desk.session.load_model(Path("other.gguf"))
    desk.engine.die()  # Failed, then Gone
    desk.engine.run()
    assert desk.session.model_state == before
    (problem,) = desk.told(Problem)
    assert problem.error.hint.endswith("Meanwhile the earlier model is loaded again.")


def test_a_model_that_is_not_spoken_to_in_its_own_format(desk) -> None:
    desk.session.load_model()
    desk.engine.run()
    model = desk.session.model_state.model
    assert template_notice(model) is None
    missing = template_notice(replace(model, template_source="ChatML"))
    assert missing is not None
    assert "no chat template" in missing.message
    broken = template_notice(replace(model, template_source="ChatML", template_problem="It fails in line 3."))
    assert broken is not None
    assert "cannot be used" in broken.message
    assert broken.detail == "It fails in line 3."


def test_a_wrong_file_after_one_that_was_given_up(desk) -> None:
    desk.session.load_model()
    desk.engine.run()
    desk.session.load_model(Path("large.gguf"))
    desk.engine.run_until(LoadProgress)
    desk.engine.run_until(LoadProgress)
    desk.engine.run_until(LoadProgress)  # too late to be stopped
    desk.session.load_model(Path("letter.docx"))
    desk.engine.run()
    state = desk.session.model_state
    assert (state.state, state.path) == ("ready", Path("large.gguf"))


def test_the_model_process_dies_in_mid_answer(desk) -> None:
    desk.session.say("Hello")
    desk.engine.run_until(Piece)
    desk.engine.die()
    answer = desk.session.entries[-1].message
    assert (answer.text, answer.status) == ("Hello", "failed")
    assert "ended" in answer.error
    assert desk.session.model_state.state == "failed"
    (problem,) = desk.told(Problem)  # one, not one each for answer, count and process
    assert problem.retry
    desk.same_on_disk()
    desk.session.try_again()
    desk.engine.run()
    assert desk.shown() == ["Hello", "Hello to you."]
    assert desk.session.entries[-1].versions == 2
    desk.same_on_disk()


def test_the_model_process_dies_while_idle(desk) -> None:
    desk.talk("Hello")
    desk.changes.clear()
    desk.engine.die()
    assert [change.retry for change in desk.changes if isinstance(change, Problem)] == [True]
    desk.talk("Again")
    assert desk.shown()[-2:] == ["Again", "Hello to you."]


def test_loading_again_while_answering_stops_the_answer(desk) -> None:
    desk.session.say("Hello")
    desk.engine.run_until(Piece)
    desk.session.load_model(Path("other.gguf"))
    assert desk.session.entries[-1].message.status == "stopped"
    desk.engine.run()
    assert desk.session.model_state.model is not None
    assert desk.session.model_state.model.name == "other"


def test_unloading(desk) -> None:
    desk.talk("Hello")
    desk.session.unload_model()
    assert desk.session.model_state.state == "none"
    desk.engine.run()
    desk.talk("More")
    assert desk.session.model_state.state == "ready"
    assert desk.shown()[-1] == "Hello to you."


def test_a_second_load_overtakes_the_first(desk) -> None:
    desk.session.say("Hello")
    desk.session.load_model(Path("other.gguf"))
    desk.engine.run()
    assert desk.session.entries[-1].message.model == "other"
    assert desk.session.entries[-1].message.status == "done"
    assert desk.told(Problem) == []


def test_a_load_that_is_cancelled_brings_the_earlier_model_back(desk) -> None:
    desk.session.load_model(Path("small.gguf"))
    desk.engine.run()
    before = desk.session.model_state
    desk.session.load_model(Path("other.gguf"))
    desk.engine.run_until(LoadProgress)
    desk.session.cancel_loading()
    desk.engine.run()
    assert desk.session.model_state == before
    assert desk.told(Problem) == []


def test_a_load_that_is_cancelled_at_the_start_leaves_nothing_loaded(desk) -> None:
    desk.session.load_model(Path("small.gguf"))
    desk.engine.run_until(LoadProgress)
    desk.session.cancel_loading()
    desk.engine.run()
    assert desk.session.model_state.state == "none"


def test_how_many_models_stay_loaded_is_a_preference(desk) -> None:
    assert desk.engine.keeps == (2, 1800.0)
    desk.session.set_preferences(kept_models=3, kept_for=0)
    assert desk.engine.keeps == (3, 0.0)


def test_loading_again_loads_anew(desk) -> None:
    desk.session.load_model()
    desk.engine.run()
    desk.session.reload_model()
    desk.engine.run()
    assert [load.anew for load in desk.engine.loads] == [False, True]


def test_answering_again_with_another_model(desk) -> None:
    desk.talk("Hello")
    answer = desk.session.entries[-1].message
    desk.engine.says = "Good day."
    desk.session.regenerate_with(Path("other.gguf"), answer.id)
    assert desk.shown() == ["Hello", "Hello to you."]  # until it is loaded
    desk.engine.run()
    entry = desk.session.entries[-1]
    assert (entry.message.text, entry.message.model, entry.version, entry.versions) == ("Good day.", "other", 2, 2)
    assert desk.session.model_state.path == Path("other.gguf")
    desk.session.regenerate_with(Path("other.gguf"))  # which is in use: at once
    desk.engine.run()
    assert desk.session.entries[-1].versions == 3
    desk.same_on_disk()


def test_answering_again_with_a_model_that_does_not_load(desk) -> None:
    desk.talk("Hello")
    loads = len(desk.engine.loads)
    desk.session.regenerate_with(Path("huge.gguf"))
    desk.engine.run()
    assert desk.session.entries[-1].versions == 1
    assert [load.path.stem for load in desk.engine.loads[loads:]] == ["huge", "guide"]
    desk.session.regenerate_with(Path("other.gguf"))
    desk.engine.run_until(LoadProgress)
    desk.session.cancel_loading()
    desk.engine.run()
    assert desk.session.entries[-1].versions == 1
    desk.same_on_disk()


def test_answering_again_is_given_up_for_what_happens_meanwhile(desk) -> None:
    desk.talk("Hello")
    desk.session.regenerate_with(Path("other.gguf"))
    with pytest.raises(InputError):
        desk.session.regenerate_with(Path("other.gguf"), 999)
    desk.session.new()
    desk.engine.run()
    assert desk.shown() == []
    desk.talk("Again")
    desk.session.regenerate_with(Path("guide.gguf"))
    desk.session.say("More")  # is answered by the model that loads
    desk.engine.run()
    assert desk.shown() == ["Again", "Hello to you.", "More", "Hello to you."]
    assert [entry.versions for entry in desk.session.entries] == [1, 1, 1, 1]
    desk.session.say("One")
    with pytest.raises(InputError):
        desk.session.regenerate_with(Path("other.gguf"))
    desk.engine.run()
