"""The end of a long answer: nothing is laid out twice, what turns out to be something else is put right, in slices."""

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.markdown import Block
from app.ui.transcript import Transcript
from app.ui.transcript.code import CodePiece
from app.ui.transcript.ending import AT_ONCE
from app.ui.transcript.parse import parse
from tests.ui.transcript.conftest import entry

PARAGRAPHS = "".join(f"A paragraph with the number {n}, and some words.\n\n" for n in range(120))
LATE = f"See [there] and here.\n\n- one\n- two\n\n- three\n\n```python\nx = 1\n```\n\n{PARAGRAPHS}[there]: https://a.example\n"


def grow(view: Transcript, text: str, step: int = 400) -> None:
    view.show_entries([entry(1, "Q"), entry(2, status="streaming")], key=1)
    for start in range(0, len(text), step):
        view.grow(2, text[start : start + step])
        view.frames.show_frame()


def shown(view: Transcript, row: int = 1) -> list[Block]:
    return [item.piece.block for item in view.row(row).placed]


def test_it_stays_as_it_was_until_it_is_read_as_a_whole(view: Transcript, qtbot: QtBot) -> None:
    assert len(LATE) > AT_ONCE
    grow(view, LATE)
    before = shown(view)
    view.change_entry(entry(2, LATE))
    assert shown(view) == before != parse(LATE)
    assert view.ending.busy
    qtbot.waitUntil(lambda: not view.ending.busy)
    assert shown(view) == parse(LATE)
    assert view.reading.heights[1] == view.row(1).height


def test_only_what_means_something_else_is_laid_out_anew(view: Transcript) -> None:
    grow(view, LATE)
    before = {item.piece for item in view.row(1).placed}
    view.change_entry(entry(2, LATE))
    view.ending.finish()
    after = {item.piece for item in view.row(1).placed}
    assert {piece.text for piece in after - before} == {"See there and here."}
    tops = [item.y for item in view.row(1).placed]
    assert tops == sorted(tops)
    view.kept.clear()
    assert [item.y for item in view.row(1).placed] == tops


def test_an_answer_that_is_surely_read_right_is_not_read_again(view: Transcript) -> None:
    grow(view, PARAGRAPHS)
    view.change_entry(entry(2, PARAGRAPHS))
    assert not view.ending.busy
    assert shown(view) == parse(PARAGRAPHS)


def test_a_row_that_is_gone_or_laid_out_anew_meanwhile(view: Transcript) -> None:
    grow(view, LATE)
    view.change_entry(entry(2, LATE))
    view.resize(620, 600)
    QApplication.processEvents()
    view.ending.finish()
    assert shown(view) == parse(LATE)
    grow(view, LATE)
    view.change_entry(entry(2, LATE))
    view.show_entries([entry(1, "Another")], key=2)
    view.ending.finish()
    assert len(view.items) == 1


def test_the_line_that_is_read_stays_when_a_list_turns_out_to_be_loose(view: Transcript) -> None:
    grow(view, LATE)
    view.show_start()
    view.scroll_by(1_500)
    place = view.places.line()
    assert place is not None
    text = view.row(1).placed[place[1]].piece.text
    view.change_entry(entry(2, LATE))
    view.ending.finish()
    after = view.places.line()
    assert after is not None
    assert (view.row(1).placed[after[1]].piece.text, after[3]) == (text, place[3])


def test_code_that_is_read_stays_open_when_its_long_answer_becomes_several_rows(view: Transcript) -> None:
    code = "\n".join(f"line_{n} = {n}" for n in range(9_000))
    text = f"{PARAGRAPHS}```python\n{code}\n```\n\nAnd an end."
    grow(view, text, 20_000)
    view.show_start()
    view.scroll_by(view.row(1).height // 2)
    view.change_entry(entry(2, text))
    assert len(view.items) > 2
    _, origin, row = next(view.visible_rows())
    piece = next(item.piece for item in row.placed if isinstance(item.piece, CodePiece))
    assert (piece.lines, piece.folded) == (9_000, False)
    assert origin.y() < 0
