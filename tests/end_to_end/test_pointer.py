"""What is done with the pointer, with the pointer: things are taken hold of, carried and let go on a real screen."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end import conversations, drop_target
from tests.end_to_end.program import Program, on_a_screen, until
from tests.end_to_end.screen_reader import ScreenReader, Thing, on_a_desktop

pytestmark = [on_a_screen, on_a_desktop]
CODE = "print('carried out')"
CODE_IN_FILE = CODE + "\n"


@pytest.fixture
def program(reader: ScreenReader, desktop: dict[str, str], display: str, own_data_folder: Path) -> Iterator[Program]:
    conversations.write(own_data_folder, "Apples", ("Which ones?", f"```python\n{CODE}\n```"), folder="Fruit")
    conversations.write(own_data_folder, "Pears", ("Which ones?", "Conference."))
    running = Program(display, own_data_folder, desktop)
    yield running
    running.kill()


def centre(reader: ScreenReader, thing: Thing) -> tuple[int, int]:
    left, top, width, height = reader.place(thing)
    return left + width // 2, top + height // 2


def folders(program: Program) -> dict[object, object]:
    return dict(program.rows("select title, folder from conversation"))  # type: ignore[arg-type]  # two columns


def test_a_conversation_is_carried_into_a_folder_and_out_again(program: Program, reader: ScreenReader) -> None:
    assert folders(program) == {"Apples": "Fruit", "Pears": ""}
    pears = centre(reader, reader.wait_for("list item", "Pears"))
    program.drag(pears, centre(reader, reader.wait_for("list item", "Apples, Folder Fruit")))
    until(lambda: folders(program) == {"Apples": "Fruit", "Pears": "Fruit"}, "the pears in the folder")

    pears = centre(reader, reader.wait_for("list item", "Pears, Folder Fruit"))
    left, top, width, height = reader.place(reader.wait_for("list", "Conversations"))
    program.drag(pears, (left + width // 2, top + height - 20))
    until(lambda: folders(program) == {"Apples": "Fruit", "Pears": ""}, "the pears beside the folder")
    assert program.close() == 0


def test_code_is_carried_into_another_program_as_a_file(program: Program, reader: ScreenReader, display: str) -> None:
    left, top, width, height = 0, 745, 1280, 50  # below the window
    program.click(centre(reader, reader.wait_for("list item", "Apples, Folder Fruit")))
    code = reader.wait_for("section", "Code, python, 1 line")
    other = subprocess.Popen(
        [sys.executable, drop_target.__file__, *map(str, (left, top, width, height))],
        stdout=subprocess.PIPE, text=True, env=program.environment,
    )  # fmt: skip
    assert other.stdout is not None
    try:
        assert other.stdout.readline() == "ready\n"
        x, y, wide, _ = reader.place(code)
        program.drag((x + wide // 3, y + 16), (left + width // 2, top + height // 2))
        assert other.stdout.readline() == f"code.py {CODE_IN_FILE!r}\n"
    finally:
        other.terminate()
        other.wait(10)
        other.stdout.close()
    assert program.close() == 0


def test_a_file_is_dropped_on_the_window_and_becomes_an_attachment(
    program: Program, reader: ScreenReader, display: str
) -> None:
    program.click(centre(reader, reader.wait_for("list item", "Apples, Folder Fruit")))
    x, y, wide, _ = reader.place(reader.wait_for("section", "Code, python, 1 line"))
    program.drag((x + wide // 3, y + 16), centre(reader, reader.wait_for("text", "Message")))
    assert "code.py" in reader.name(reader.wait_for("push button", below=reader.wait_for("filler", "Attachments")))
    assert program.close() == 0


def test_words_are_selected_across_messages_and_copied(program: Program, reader: ScreenReader) -> None:
    program.click(centre(reader, reader.wait_for("list item", "Pears")))
    answer = reader.wait_for("paragraph", "Conference.")
    question = reader.wait_for("paragraph", "Which ones?")
    x, y, _, high = reader.place(question)
    left, top, width, height = reader.place(answer)
    program.drag((x + 2, y + high // 2), (left + width - 2, top + height - 2))
    program.press("ctrl+c")
    box = reader.wait_for("text", "Message")
    program.click(centre(reader, box))
    program.press("ctrl+v")
    until(lambda: reader.text(box) == "Which ones?\n\nConference.", "the text in the box")
    assert program.close() == 0
