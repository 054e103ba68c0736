"""The command table: names, labels and shortcuts do not clash."""

import re

from app.core.commands import BY_NAME, COMMANDS

RESERVED = {"Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+A", "Ctrl+Y", "Ctrl+Shift+Z", "Ctrl+Left", "Ctrl+Right", "Ctrl+Home",
            "Ctrl+End", "Ctrl+Backspace", "Ctrl+Delete", "Return", "Shift+Return", "Tab", "Shift+Tab", "Up", "Down",
            "Alt+F4", "F10"}  # fmt: skip  # text editing and the desktop own these


def test_names_and_labels_are_unique() -> None:
    assert len(BY_NAME) == len(COMMANDS)
    assert len({command.label for command in COMMANDS}) == len(COMMANDS)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", command.name) for command in COMMANDS)


def test_shortcuts_are_unique_and_leave_text_editing_alone() -> None:
    shortcuts = [command.shortcut for command in COMMANDS if command.shortcut]
    assert len(set(shortcuts)) == len(shortcuts)
    assert not RESERVED & set(shortcuts)


def test_every_command_is_described() -> None:
    for command in COMMANDS:
        assert command.group
        assert command.label[0].isupper()
        assert command.help.endswith(".")


def test_groups_stay_together() -> None:
    order = [command.group for command in COMMANDS]
    assert [group for number, group in enumerate(order) if number == 0 or order[number - 1] != group] == list(
        dict.fromkeys(order)
    )
