"""What the preferences say of saved contexts."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from app.core.protocol import Device, Forget
from app.ui.settings_dialogs import LoadingDialog, PreferencesDialog, SavedSpace, engine_text
from app.ui.theme import theme_of
from tests.ui.conftest import Desk


def opened(desk: Desk) -> PreferencesDialog:
    desk.trigger("preferences")
    (dialog,) = desk.window.findChildren(PreferencesDialog)
    return dialog


def test_the_space_in_use_is_told_and_given_back(desk: Desk) -> None:
    desk.engine.saved = 1_500 << 20
    dialog = opened(desk)
    assert dialog.space.text.text() == "1.5 GiB in use."
    desk.qtbot.mouseClick(dialog.space.button, Qt.MouseButton.LeftButton)
    assert any(isinstance(request, Forget) and request.conversation is None for request in desk.engine.requests)
    assert dialog.space.text.text() == "Nothing is saved now."
    assert not dialog.space.button.isEnabled()
    assert dialog.isVisible()


def test_the_limit_holds_at_once_and_the_space_follows(desk: Desk) -> None:
    dialog = opened(desk)
    assert dialog.space.text.text() == "Nothing is saved now."
    desk.engine.saved = 300 << 20
    dialog.rows["saved_contexts"].changed.emit("saved_contexts", 1)
    assert desk.engine.saved_limit == 1 << 30
    assert dialog.space.text.text() == "300 MiB in use."


def test_enter_takes_a_number_and_only_then_closes(desk: Desk) -> None:
    dialog = opened(desk)
    box = dialog.rows["saved_contexts"]._box
    assert box is not None
    box.setFocus()
    desk.qtbot.keyClicks(box, "3")
    desk.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert desk.session.preferences.saved_contexts == 3
    desk.qtbot.keyClicks(box, "many")
    desk.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert box.toolTip()  # what is wrong with it can be read
    desk.qtbot.keyClick(box, Qt.Key.Key_Escape)
    desk.qtbot.keyClick(box, Qt.Key.Key_Return)
    assert not dialog.isVisible()


def test_the_keyboard_is_seen_on_the_choice_that_is_chosen(desk: Desk) -> None:
    row = opened(desk).rows["theme"]
    row.take_focus()
    button = QApplication.focusWidget()
    assert isinstance(button, QAbstractButton)
    assert button.isChecked()
    image = button.grab().toImage()
    assert image.pixelColor(image.width() // 2, 0).name() == theme_of(button.palette()).accent


def test_a_number_that_is_being_typed_can_be_applied(desk: Desk) -> None:
    desk.trigger("loading_settings")
    (dialog,) = desk.window.findChildren(LoadingDialog)
    box = dialog.rows["context_length"]._box
    assert box is not None
    assert not dialog._apply.isEnabled()
    desk.qtbot.keyClicks(box, "nonsense")
    desk.qtbot.mouseClick(dialog._apply, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert not dialog._apply.isEnabled()
    box.selectAll()
    desk.qtbot.keyClicks(box, "1024")
    desk.qtbot.mouseClick(dialog._apply, Qt.MouseButton.LeftButton)
    assert desk.session.loading.context_length == 1024
    assert not dialog.isVisible()


def test_the_button_stands_right_below_its_row(desk: Desk) -> None:
    dialog = opened(desk)
    row = dialog.rows["saved_contexts"]
    QApplication.processEvents()
    assert 0 < dialog.space.geometry().top() - row.geometry().bottom() < 40


def test_little_is_never_nothing(desk: Desk) -> None:
    space = SavedSpace()
    desk.qtbot.addWidget(space)
    space.show_used(1000)
    assert space.text.text() == "1 MiB in use."
    assert space.button.isEnabled()


def test_the_keyboard_begins_on_a_setting_not_on_what_resets_it(desk: Desk) -> None:
    desk.window.prefer(theme="dark")
    dialog = opened(desk)
    focus = dialog.focusWidget()
    assert isinstance(focus, QAbstractButton)
    assert focus.isChecked()
    assert dialog.rows["theme"].isAncestorOf(focus)


def test_another_language_is_spoken_at_once(desk: Desk) -> None:
    first = opened(desk)
    first.move(40, 60)
    place = first.geometry()
    first.rows["language"].changed.emit("language", "zh_CN")
    QApplication.processEvents()
    (dialog,) = [each for each in desk.window.findChildren(PreferencesDialog) if each.isVisible()]
    assert dialog is not first
    assert dialog.windowTitle() == "偏好设置"
    assert dialog.geometry() == place
    focus = dialog.focusWidget()
    assert focus is not None
    assert dialog.rows["language"].isAncestorOf(focus)
    dialog.rows["saved_contexts"].changed.emit("saved_contexts", 1)
    assert desk.session.preferences.saved_contexts == 1
    assert dialog.isVisible()


def test_the_keyboard_stays_near_the_button_that_has_nothing_more_to_do(desk: Desk) -> None:
    desk.engine.saved = 1 << 30
    dialog = opened(desk)
    dialog.space.button.setFocus()
    desk.qtbot.keyClick(dialog.space.button, Qt.Key.Key_Space)
    assert not dialog.space.button.isEnabled()
    focus = dialog.focusWidget()
    assert focus is not None
    assert dialog.rows["saved_contexts"].isAncestorOf(focus)


def test_the_loading_settings_say_which_engine_computes(desk: Desk) -> None:
    model = desk.session.model_state.model
    assert model is not None
    assert engine_text(None) == ""
    assert engine_text(model) == "Engine: built-in, on the processor."
    card = Device("Some Card", 1, 1)
    assert engine_text(replace(model, engine="CUDA", devices=(card,))) == "Engine: CUDA, on Some Card."
    assert engine_text(replace(model, engine_note="Why not.")).endswith("processor. Why not.")
    desk.trigger("loading_settings")
    (dialog,) = desk.window.findChildren(LoadingDialog)
    assert any(label.text().startswith("Engine: built-in") for label in dialog.findChildren(QLabel))
    dialog.close()
