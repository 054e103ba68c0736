"""What was found is marked where it stands, and going to it moves no more than needed."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage

from app.chat.finding import Finding, Match
from app.core.find import Literally, Query
from app.ui.theme import DARK, LIGHT, Theme
from app.ui.transcript import Transcript
from app.ui.transcript.code import CodePiece
from app.ui.transcript.highlights import Marks
from tests.ui.transcript.conftest import entry, talk


def find(view: Transcript, text: str) -> Finding:
    """Search in all that is shown, and mark it."""
    finding = Finding(view.found.passages)
    finding.show([item.entry.message for item in view.items if item.first], frozenset(i.message_id for i in view.items))
    finding.begin(Literally(Query(text)), view.found.start())
    finding.work(float("inf"))
    view.found.show(finding.matches_in, finding.current)
    return finding


def places(finding: Finding, message: int) -> list[tuple[int, int, int]]:
    return [(match.place[1], match.start, match.end) for match in finding.matches_in(message)]


def shown(view: Transcript, match: Match | None) -> tuple[int, int]:
    """From where to where the line of a match is in the view."""
    assert match is not None
    index = next(n for n, item in enumerate(view.items) if item.message_id == match.message)
    top = view.reading.top_of(index)
    assert top is not None
    line = view.row(index).line_of(match.place[1], match.start)
    return top + line.top(), top + line.bottom()


def test_it_is_searched_in_what_is_seen(view: Transcript) -> None:
    answer = "A w**or**d 😀 word\n\n```\nword\n```\n\n| word | b |\n|-|-|\n| c | [word](http://a.b) |\n\n- [ ] $word$"
    view.show_entries([entry(1, "**word**"), entry(2, answer, thinking="A\n\nword")], key=1)
    finding = find(view, "word")
    assert places(finding, 1) == [(0, 2, 6)]
    thought, *rest = finding.matches_in(2)
    assert (thought.place, thought.start) == ((-1, 2), 0)
    assert [match.place[1] for match in rest] == [0, 0, 1, 2, 2, 3]
    assert [(match.start, match.end) for match in rest[:2]] == [(2, 6), (10, 14)]
    assert places(find(view, "**or**"), 2) == []


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_matches_are_marked_and_the_current_one_more(
    view: Transcript, pixels: Callable[..., QImage], theme: Theme
) -> None:
    view.set_theme(theme, 100)
    view.show_entries([entry(2, "word word\n\n```\nword\n```\n\n|word|\n|-|\n|b|")], key=1)
    plain = pixels()
    finding = find(view, "word")
    picture = pixels()
    for match in finding.matches_in(2):
        top, bottom = shown(view, match)
        left = view.left + view.row(0).line_of(match.place[1], match.start).left()
        area = [(x, y) for x in range(left, left + 30) for y in range(top, bottom)]
        inks = {QColor(picture.pixelColor(x, y)).name() for x, y in area}
        assert (theme.current if match == finding.current else theme.found) in inks
        assert theme.found not in {QColor(plain.pixelColor(x, y)).name() for x, y in area}
    view.found.show(None, None)
    assert pixels() == plain


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG has it."""

    def light(colour: str) -> float:
        parts = [QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_marked_words_can_be_read(theme: Theme) -> None:
    assert contrast(theme.text, theme.found) >= 7
    assert contrast(theme.text, theme.current) >= 4.5
    assert contrast(theme.found, theme.current) >= 1.3


def test_going_there_moves_no_more_than_needed(view: Transcript, pixels: Callable[..., QImage]) -> None:
    entries = talk(40)
    entries[3] = entry(4, "far above needle")
    entries[39] = entry(40, "\n\n".join(f"line {n} {'needle' if n in (20, 58) else ''}" for n in range(60)))
    view.show_entries(entries, key=1)
    finding = find(view, "needle")
    assert finding.count == 3
    place = (view.reading.row, view.reading.offset)
    last = finding.matches_in(40)[1]
    view.found.go_to(last)  # is in view
    assert (view.reading.row, view.reading.offset) == place
    for match in (finding.matches_in(40)[0], finding.matches_in(4)[0], last):
        view.found.go_to(match)
        top, bottom = shown(view, match)
        assert 0 <= top < bottom < view.reading.view
    view.found.go_to(finding.matches_in(40)[0])
    near = (view.reading.row, view.reading.offset)
    view.scroll_by(10)
    view.found.go_to(finding.matches_in(40)[0])
    assert (view.reading.row, view.reading.offset) == (near[0], near[1] + 10)


def test_what_is_folded_is_opened(view: Transcript) -> None:
    code = "\n".join(f"line {n}" for n in range(100))
    view.show_entries([*talk(9), entry(10, f"```\n{code}\nneedle\n```", thinking="A\nthought needle")], key=1)
    finding = find(view, "line 3")
    piece = view.row(9).placed[0].piece
    assert isinstance(piece, CodePiece)
    view.found.go_to(finding.matches_in(10)[0])
    assert piece.folded  # it is among the lines that are shown
    thought, below = find(view, "needle").matches_in(10)
    view.found.go_to(thought)
    assert view.items[9].opened
    top = view.reading.top_of(9)
    assert top is not None
    assert 0 <= top + view.row(9).above.line_of(1, 0).top() < view.reading.view
    view.found.go_to(below)
    assert not piece.view.folded
    top, bottom = shown(view, below)
    assert 0 <= top < bottom < view.reading.view


def test_what_is_beside_the_view_is_brought_into_it(view: Transcript) -> None:
    view.show_entries([entry(2, "```\n" + "x " * 300 + "needle" + " x" * 100 + "\n```")], key=1)
    (match,) = find(view, "needle").matches_in(2)
    view.found.go_to(match)
    piece = view.row(0).placed[0].piece
    assert 0 < piece.line_at(match.start).x() < piece.line_at(match.end).x() < piece.width
    view.found.go_to(Match(2, (0, 0), 0, 1))
    assert piece.line_at(0).x() > 0


def test_nothing_moves_when_something_is_laid_over_the_edge(view: Transcript, pixels: Callable[..., QImage]) -> None:
    for entries in (talk(20), [entry(1, "short")]):
        view.show_entries(entries, key=len(entries))
        for start in (view.scroll_to_end, view.show_start, lambda: view.scroll_by(-150)):
            start()
            before = pixels()
            view.lay_over(44)
            view.moved()
            assert pixels() == before
            view.lay_over(0)
            view.moved()
            assert pixels() == before


def test_the_first_row_can_be_read_below_what_lies_on_the_edge(view: Transcript, pixels: Callable[..., QImage]) -> None:
    for entries in (talk(20), [entry(1, "short")]):
        view.show_entries(entries, key=len(entries))
        view.lay_over(44)
        view.scroll_by(-50_000)
        assert view.reading.top_of(0) == 44
        view.moved()
        before = pixels()
        view.lay_over(0)
        view.moved()
        assert pixels() == before
        view.scroll_by(44)
        view.scroll_by(-44)
        assert view.reading.top_of(0) == 0


def test_questions_are_gone_to(view: Transcript) -> None:
    view.show_entries(talk(20), key=1)
    view.show_start()
    tops = []
    for cover in (0, 44):
        view.lay_over(cover)
        for step in (1, 1, 1, -1, -1, -1, -1):
            view.going.to_question(step)
            tops.append(next((n, y - cover) for n, y in view.reading.visible() if y >= cover))
    assert tops[:7] == [(2, 0), (4, 0), (6, 0), (4, 0), (2, 0), (0, 0), (0, 0)]
    assert tops[7:] == tops[:7]
    view.scroll_to_end()
    view.going.to_question(1)
    assert view.reading.following
    view.going.to_question(-1)
    assert not view.reading.following


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=8), st.integers(0, 60), st.integers(0, 60))
def test_marks_of_a_part(found: list[tuple[int, int]], one: int, other: int) -> None:
    end = 0
    parts: list[tuple[int, int]] = []
    for gap, length in found:
        parts.append((end + gap, end + gap + length))
        end = parts[-1][1]
    start, stop = sorted((one, other))
    marks = Marks((start, stop), tuple(parts)).within(start, stop)
    expected = {n - start for first, last in parts for n in range(max(first, start), min(last, stop))}
    assert {n for first, last in (marks.found if marks else ()) for n in range(first, last)} == expected
    assert (marks.selected if marks else None) == ((0, stop - start) if start < stop else None)
