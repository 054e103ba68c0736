"""Folders, tags, colours and the archive through the session, and taking them back."""

import pytest

from app.chat.changes import UndoPossible
from app.core.errors import InputError
from app.core.listing import Folder


def told(desk) -> list[str]:
    return [change.what for change in desk.changes if isinstance(change, UndoPossible)]


@pytest.fixture
def numbers(desk) -> list[int]:
    found = []
    for text in ("First", "Second"):
        desk.session.new()
        desk.talk(text)
        found.append(desk.session.conversation.id)
    return found


def test_moving_makes_a_folder_and_undo_takes_it_away(desk, numbers) -> None:
    arranging = desk.session.history.arranging
    arranging.move(numbers[1], "  Work ")
    assert desk.session.conversation.folder == "Work"
    assert told(desk) == ["“Second” is in the folder “Work”."]
    arranging.move(numbers[0], "work")  # the same folder
    assert arranging.folders() == [Folder("Work")]
    arranging.move(numbers[0], "Work")
    assert len(told(desk)) == 2
    for _ in range(2):
        desk.session.undo()
        desk.same_on_disk()
    assert arranging.folders() == []
    assert desk.session.conversation.folder == ""


def test_a_folder_that_was_there_before_stays_after_undo(desk, numbers) -> None:
    arranging = desk.session.history.arranging
    arranging.make("Work")
    arranging.move(numbers[0], "Work")
    desk.session.undo()
    assert arranging.folders() == [Folder("Work")]
    arranging.move(numbers[0], "Work")
    arranging.move(numbers[0], "")
    assert "in no folder" in told(desk)[-1]


def test_a_deleted_folder_comes_back_with_what_was_in_it(desk, numbers) -> None:
    arranging, history = desk.session.history.arranging, desk.session.history
    for number in numbers:
        arranging.move(number, "Work")
    arranging.fold("Work", True)
    history.trash(numbers[0])
    arranging.remove("Work")
    assert desk.session.conversation.folder == ""
    assert "its conversations stay" in told(desk)[-1]
    desk.session.undo()
    assert arranging.folders() == [Folder("Work", folded=True)]
    assert [history.get(number).folder for number in numbers] == ["Work", "Work"]
    desk.same_on_disk()


def test_renaming_a_folder_and_back(desk, numbers) -> None:
    arranging = desk.session.history.arranging
    arranging.move(numbers[1], "Work")
    arranging.make("Garden")
    for name in ("garden", " ", ""):
        with pytest.raises(InputError):
            arranging.rename("Work", name)
    with pytest.raises(InputError):
        arranging.rename("Nowhere", "Other")
    arranging.rename("Work", "work")  # another spelling of its own
    assert desk.session.conversation.folder == "work"
    desk.session.undo()
    assert [folder.name for folder in arranging.folders()] == ["Garden", "Work"]
    assert desk.session.conversation.folder == "Work"
    desk.same_on_disk()


def test_new_folders_have_names_of_their_own(desk) -> None:
    arranging = desk.session.history.arranging
    assert [arranging.make(), arranging.make(), arranging.make("x")] == ["New folder", "New folder 2", "x"]
    with pytest.raises(InputError):
        arranging.make("X")


def test_tags_keep_the_spelling_that_is_known(desk, numbers) -> None:
    arranging = desk.session.history.arranging
    arranging.mark(numbers[0], ("Berlin", "#plan", "plan"), "red")
    arranging.mark(numbers[1], ["berlin", "lone \ud83d"], "")
    assert desk.session.conversation.tags == ("Berlin", "lone \ufffd")
    assert arranging.tags()[0] == "Berlin"
    desk.session.undo()
    assert desk.session.conversation.tags == ()
    desk.session.undo()
    first = desk.session.history.get(numbers[0])
    assert (first.tags, first.colour) == ((), "")
    desk.same_on_disk()


def test_the_archive_and_back(desk, numbers) -> None:
    history = desk.session.history
    history.arranging.archive(numbers[0], True)
    assert [row.id for row in history.listed()] == [numbers[1]]
    assert [row.id for row in history.archived()] == [numbers[0]]
    assert [hit.conversation.archived for hit in history.search("First")] == [True]
    desk.session.undo()
    assert len(history.listed()) == 2
    history.arranging.archive(numbers[0], True)
    desk.session.open(numbers[0])
    desk.talk("More")
    assert history.archived() == []
    desk.same_on_disk()


def test_undo_goes_through_all_kinds_in_order(desk, numbers) -> None:
    history = desk.session.history
    history.arranging.move(numbers[1], "Work")
    desk.session.delete_message(desk.session.entries[-1].message.id)
    history.arranging.archive(numbers[0], True)
    history.trash(numbers[0])
    for _ in range(5):
        desk.session.undo()
    assert [row.folder for row in history.listed()] == ["", ""]
    assert len(desk.shown()) == 2
    desk.same_on_disk()


def test_what_is_gone_for_good_is_passed_over(desk, numbers) -> None:
    history = desk.session.history
    history.arranging.move(numbers[0], "Work")
    history.trash(numbers[0])
    history.empty_trash()
    desk.session.undo()
    assert history.arranging.folders() == []
    with pytest.raises(InputError):
        history.arranging.move(numbers[0], "Work")


def test_what_a_search_can_be_narrowed_to(desk, numbers) -> None:
    arranging = desk.session.history.arranging
    arranging.move(numbers[0], "Work")
    arranging.mark(numbers[0], ("plan",), "")
    model = desk.session.entries[-1].message.model
    assert arranging.known() == {"tag": ["plan"], "folder": ["Work"], "model": [model]}
