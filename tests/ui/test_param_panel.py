"""Sliders and the session: both ways, and the mapping of wide ranges."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from app.core.errors import InputError
from app.core.params import Loading, Preferences, Row, Sampling, Value, clean, rows
from app.core.protocol import Loaded
from app.ui.controls import ChoiceButton, Segmented, typed
from app.ui.table_rows import TableRow, TextLines, position, read, stops, written
from tests.ui.conftest import Desk

ALL = [row for table in (Sampling, Loading, Preferences) for row in rows(table).values()]


def row_of(desk: Desk, name: str) -> TableRow:
    for group in desk.window.panel._groups.values():
        group.header.setChecked(True)
    return next(row for row in desk.window.panel.findChildren(TableRow) if row.row.name == name)


@pytest.mark.parametrize("row", [row for row in ALL if row.kind in ("int", "float")], ids=lambda row: row.name)
def test_every_place_of_a_slider_is_a_value_of_its_row(row: Row) -> None:
    line = stops(row)
    if not line:
        assert row.high - row.low > 2**24
        return
    assert (line[0], line[-1]) == (row.low, row.high)
    assert list(line) == sorted(set(line))
    assert len(line) < 1100
    for value in line:
        clean(row, int(value) if row.kind == "int" else value)
    assert line[position(row, row.default)] == row.default


def test_powers_of_two_are_on_a_wide_slider() -> None:
    assert {256, 1024, 4096, 32768} <= set(stops(rows(Sampling)["max_tokens"]))


def test_every_sampling_row_is_in_the_panel(desk: Desk) -> None:
    row_of(desk, "seed")
    shown = {row.row.name for row in desk.window.panel.findChildren(TableRow)}
    assert shown == set(rows(Sampling))


def test_a_slider_changes_the_session_and_its_number_box(desk: Desk) -> None:
    row = row_of(desk, "temperature")
    assert row._slider is not None
    assert row._box is not None
    row._slider.setValue(position(row.row, 1.25))
    assert desk.session.sampling.temperature == 1.25
    assert row._box.text() == "1.25"
    assert row._reset.isVisible()
    row._reset.click()
    assert desk.session.sampling.temperature == row.row.default
    assert not row._reset.isVisible()


def test_a_number_can_be_typed(desk: Desk) -> None:
    row = row_of(desk, "max_tokens")
    assert row._box is not None
    row._box.setFocus()
    row._box.selectAll()
    desk.qtbot.keyClicks(row._box, "1,024")
    desk.qtbot.keyClick(row._box, Qt.Key.Key_Return)
    assert desk.session.sampling.max_tokens == 1024
    row._box.selectAll()
    desk.qtbot.keyClicks(row._box, "no limit")
    desk.qtbot.keyClick(row._box, Qt.Key.Key_Return)
    assert desk.session.sampling.max_tokens == -1


def test_a_number_out_of_range_is_refused_with_a_sentence(desk: Desk) -> None:
    row = row_of(desk, "temperature")
    assert row._box is not None
    row._box.setFocus()
    row._box.setText("9")
    desk.qtbot.keyClick(row._box, Qt.Key.Key_Return)
    assert "2" in row._box.toolTip()
    assert desk.session.sampling.temperature == 0.8
    desk.window.composer.setFocus()
    assert row._box.text() == "0.80"


def test_arrows_step_a_number(desk: Desk) -> None:
    row = row_of(desk, "top_k")
    assert row._box is not None
    desk.qtbot.keyClick(row._box, Qt.Key.Key_Up)
    desk.qtbot.keyClick(row._box, Qt.Key.Key_Up)
    desk.qtbot.keyClick(row._box, Qt.Key.Key_Down)
    assert desk.session.sampling.top_k == 41


def test_texts_and_choices(desk: Desk) -> None:
    row = row_of(desk, "stop")
    assert row._control is not None
    row._control._add()  # type: ignore[union-attr]  # a TextLines
    field = row._control.findChildren(QLineEdit)[-1]
    desk.qtbot.keyClicks(field, "END\\n")
    desk.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert desk.session.sampling.stop == ("END\n",)
    choice = row_of(desk, "mirostat")._control
    assert isinstance(choice, Segmented)
    choice._buttons["2"].click()
    assert desk.session.sampling.mirostat == "2"


def test_a_number_that_is_being_typed_holds_for_the_next_answer(desk: Desk) -> None:
    desk.ask("Hello")
    row = row_of(desk, "temperature")
    assert row._box is not None
    row._box.selectAll()
    desk.qtbot.keyClicks(row._box, "1.3")
    desk.trigger("regenerate")  # by its keys, or by a button that takes no keyboard
    desk.run()
    assert desk.session.sampling.temperature == 1.3
    assert row._box.text() == "1.30"


def test_a_stop_text_that_is_being_typed_holds_for_the_next_answer(desk: Desk) -> None:
    texts = row_of(desk, "stop")._control
    assert isinstance(texts, TextLines)
    desk.qtbot.keyClicks(texts._append(""), "END")
    desk.window.composer.submitted.emit("Hello")
    desk.run()
    assert desk.session.sampling.stop == ("END",)


def test_what_is_being_typed_stays_while_the_window_shows_the_values_anew(desk: Desk) -> None:
    row, other = row_of(desk, "temperature"), row_of(desk, "stop")
    texts = other._control
    assert row._box is not None
    assert isinstance(texts, TextLines)
    row._box.selectAll()
    desk.qtbot.keyClicks(row._box, "1.3")
    field = texts._append("")
    desk.qtbot.keyClicks(field, "EN")
    desk.window.panel.show_values(desk.session.sampling)  # an answer ended, a title came
    assert row._box.text() == "1.3"
    assert texts.findChildren(QLineEdit) == [field]
    assert field.text() == "EN"


def test_tab_goes_through_stop_texts_where_they_stand(desk: Desk) -> None:
    texts = row_of(desk, "stop")._control
    assert isinstance(texts, TextLines)
    for _ in range(2):
        texts._more.click()
    QApplication.processEvents()  # what is new is laid out and seen
    fields = texts.findChildren(QLineEdit)
    fields[0].setFocus()
    order: list[object] = []
    for _ in range(4):
        desk.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        order.append(QApplication.focusWidget())
    assert order[1::2] == [fields[1], texts._more]  # with the buttons that remove between them


def test_tab_goes_through_breakers_before_the_button_that_adds_one(desk: Desk) -> None:
    texts = row_of(desk, "dry_breakers")._control
    assert isinstance(texts, TextLines)
    last = texts.findChildren(QLineEdit)[-1]
    last.setFocus()
    for _ in range(2):
        desk.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is texts._more


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_help_of_every_row_has_room_at_the_foot(desk: Desk, language: str) -> None:
    desk.window.prefer(language=language)
    desk.qtbot.waitUntil(lambda: desk.window.panel is not None)
    panel = desk.window.panel
    QApplication.processEvents()
    panel.show_values(Sampling(strategy="greedy"))  # the longest: it is set here, and where it starts
    for row in rows(Sampling).values():
        panel._explain(row)
        assert panel._help.heightForWidth(panel._help.width()) <= panel._help.height(), row.name


def test_a_low_panel_gives_its_room_to_the_sliders(desk: Desk) -> None:
    panel = desk.window.panel
    panel.resize(300, 500)
    assert panel._foot.isVisibleTo(panel)
    panel.resize(300, 330)  # 500 with text of one and a half times the size
    assert not panel._foot.isVisibleTo(panel)


def test_the_session_moves_the_sliders(desk: Desk) -> None:
    row = row_of(desk, "min_p")
    desk.session.set_sampling(min_p=0.5)
    assert row._slider is not None
    assert stops(row.row)[row._slider.value()] == 0.5
    assert desk.window.panel._count.text() == "1 changed"
    desk.session.new()
    assert stops(row.row)[row._slider.value()] == row.row.default


def test_reset_all(desk: Desk) -> None:
    desk.session.set_sampling(min_p=0.5, top_k=7, stop=("x",))
    assert desk.window.panel._reset.isVisible()
    desk.window.panel._reset.click()
    assert desk.session.sampling == Sampling()
    assert not desk.window.panel._reset.isVisible()


def recommend(desk: Desk, **values: Value) -> None:
    """Load a model whose file asks for sampling values."""
    desk.run()
    model = replace(desk.session.model_state.model, recommended=values)  # type: ignore[type-var]  # it is loaded
    desk.session.load_model()
    desk.engine._running.clear()  # its own answer would recommend nothing
    desk.bridge.deliver(Loaded(desk.engine.requests[-1].id, model))
    desk.run()


def test_what_the_model_recommends_is_no_change(desk: Desk) -> None:
    row = row_of(desk, "temperature")
    recommend(desk, temperature=0.0)
    panel = desk.window.panel
    assert row._slider is not None
    assert row._slider._mark == row._slider.value() == position(row.row, 0.0)
    assert (panel._count.text(), panel._reset.isVisible(), row._reset.isVisible()) == ("", False, False)
    row._slider.setFocus()
    assert "0.00" in panel._help.text()
    assert "0.80" in panel._help.text()
    desk.session.set_sampling(temperature=0.8)
    assert (panel._count.text(), row._reset.isVisible()) == ("1 changed", True)
    row._reset.click()
    assert desk.session.sampling.temperature == 0.0
    assert (panel._count.text(), desk.session.conversation.sampling) == ("", {})


def test_values_are_kept_for_the_model_and_forgotten(desk: Desk) -> None:
    def choose(at: int) -> None:
        desk.window.panel._menu().actions()[at].trigger()

    row = row_of(desk, "temperature")
    desk.session.set_sampling(temperature=1.5)
    choose(0)
    assert desk.window.panel._count.text() == ""
    assert row._slider is not None
    assert row._slider._mark == position(row.row, 1.5)
    desk.session.new()
    assert desk.session.sampling.temperature == 1.5
    choose(1)
    assert desk.session.sampling.temperature == 0.8
    assert row._slider._mark == position(row.row, 0.8)


def test_help_of_the_row_with_the_keyboard_is_shown(desk: Desk) -> None:
    row = row_of(desk, "top_p")
    assert row._slider is not None
    row._slider.setFocus()
    assert desk.window.panel._title.text() == "Top P"
    assert "0.95" in desk.window.panel._help.text()


@pytest.mark.parametrize("text", ["", "a", "\n", "\t\\", "\\n", 'say "x"\n\n'])
def test_texts_on_one_line(text: str) -> None:
    assert read(written(text)) == text
    assert "\n" not in written(text)


def test_typed_numbers() -> None:
    table = rows(Sampling)
    assert typed(table["temperature"], "0,5") == 0.5
    assert typed(table["repeat_last_n"], "off") == 0
    assert typed(table["repeat_last_n"], "128 tokens") == 128
    assert typed(table["seed"], "") == -1
    assert typed(table["presence_penalty"], "−0.5") == typed(table["presence_penalty"], "-0.5") == -0.5
    with pytest.raises(InputError):
        typed(table["temperature"], "warm")


def test_the_arrow_keys_go_on_from_the_choice_that_holds(desk: Desk) -> None:
    row = row_of(desk, "strategy")
    assert isinstance(row._control, ChoiceButton)
    assert row._control._menu().activeAction().text() == "Sampling"


@pytest.mark.parametrize("row", rows(Sampling).values(), ids=lambda row: row.name)
def test_what_is_explained_is_seen_whole(desk: Desk, row: Row) -> None:
    panel = desk.window.panel
    panel._explain(row)
    assert panel._help.heightForWidth(panel._help.width()) <= panel._help.height()


def test_where_a_value_comes_from_is_marked_and_what_is_kept_can_be_dropped(desk: Desk) -> None:
    recommend(desk, top_k=20)
    kept, recommended, plain = (row_of(desk, name) for name in ("temperature", "top_k", "top_p"))
    desk.session.set_sampling(temperature=0.3)
    desk.session.keep_sampling_for_model()
    assert [row.mark.isVisible() for row in (kept, recommended, plain)] == [True, True, False]
    assert "file" in recommended.mark.toolTip()
    assert not recommended._reset.isVisible()
    assert kept._reset.isVisible()
    assert "this model" in kept._reset.accessibleName()
    desk.session.set_sampling(temperature=1.0)
    kept._reset.click()  # first back to what is kept for the model,
    assert desk.session.sampling.temperature == 0.3
    kept._reset.click()  # then to what it is without the user
    assert desk.session.sampling.temperature == 0.8
    assert not kept.mark.isVisible()
    assert not kept._reset.isVisible()
