"""What a screen reader is told by the running program, through the bus that it uses on a desktop."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end import conversations
from tests.end_to_end.program import Program, on_a_screen, until
from tests.end_to_end.screen_reader import ScreenReader, on_a_desktop

pytestmark = [on_a_screen, on_a_desktop]

QUESTION = "How do I sort a list?"
ANSWER = """## Sorting

Call `sorted` or see [the manual](https://docs.python.org/3/library/functions.html#sorted):

```python
sorted([3, 1, 2])
```

| call | returns |
| --- | --- |
| sorted | a new list |
"""


@pytest.fixture
def program(reader: ScreenReader, desktop: dict[str, str], display: str, own_data_folder: Path) -> Iterator[Program]:
    conversations.write(own_data_folder, "Sorting", (QUESTION, ANSWER))
    running = Program(display, own_data_folder, desktop)
    yield running
    running.kill()


def test_an_answer_is_found_with_its_parts(program: Program, reader: ScreenReader) -> None:
    reader.wait_for("list item", "Sorting")
    program.press("ctrl+Next")  # the next conversation of the list
    transcript = reader.wait_for("list", "Conversation")
    until(lambda: len(reader.children(transcript)) == 2, "the two messages")
    question, answer = reader.children(transcript)
    assert reader.role(question) == reader.role(answer) == "list item"
    assert reader.name(question) == f"You: {QUESTION}"

    assert reader.name(reader.wait_for("heading", below=answer)) == "Sorting"
    assert reader.description(reader.wait_for("heading", below=answer)) == "Level 2"
    link = reader.wait_for("link", below=answer)
    assert reader.name(link) == "the manual"
    code = reader.wait_for("section", "Code, python, 1 line", answer)
    assert [reader.name(line) for line in reader.children(code)] == ["sorted([3, 1, 2])"]
    table = reader.wait_for("table", below=answer)
    _, top, width, height = reader.place(answer)
    for part in (link, code, table):
        _, part_top, part_width, part_height = reader.place(part)
        assert top <= part_top < top + height
        assert 0 < part_width <= width
        assert 0 < part_height < height
    assert program.close() == 0


def test_an_answer_is_announced_while_it_is_written(program: Program, reader: ScreenReader) -> None:
    reader.wait_for("text", "Message")
    program.type("what is temperature")
    program.press("Return")
    until(lambda: program.finished(4), "the answer on disk")
    answer = str(program.messages()[3][1])
    heard = ""
    while len("".join(heard.split())) < len("".join(answer.split())):
        heard += reader.announced()
    assert "".join(heard.split()) == "".join(answer.split())
    assert program.close() == 0


def test_the_keyboard_goes_round_and_all_that_it_reaches_has_a_name(program: Program, reader: ScreenReader) -> None:
    reader.wait_for("text", "Message")
    program.press("Tab")
    reached = [reader.focus_moved()]
    while len(reached) < 100 and reached[-1] not in reached[:-1]:
        assert reader.name(reached[-1]).strip(), f"a {reader.role(reached[-1])} without a name"
        program.press("Tab")
        reached.append(reader.focus_moved())
    assert reached[-1] == reached[0], "it goes round"
    assert {("text", "Message"), ("list", "Conversations"), ("slider", "Temperature")} <= {
        (reader.role(thing), reader.name(thing)) for thing in reached
    }
    assert program.close() == 0
