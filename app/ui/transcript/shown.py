"""What a row shows beside its blocks, and the buttons that it has."""

from dataclasses import dataclass, field
from functools import cached_property

from PySide6.QtCore import QRect

from app.chat.changes import Entry
from app.core.record import record
from app.ui.transcript import footer
from app.ui.transcript.footer import Action
from app.ui.transcript.headed import CodeView


@record
class Button:
    """An action and where it is in the row; for the keyboard, blocks of code and links as well."""

    action: Action
    rect: QRect
    piece: int = -1  # the block of code that it is, or that the link is in
    link: str = ""  # where it leads
    which: int = 0  # of the block's links


@dataclass
class Shown:
    """What a row shows beside its blocks."""

    entry: Entry
    headed: bool = False  # name the model above the answer
    first: bool = True  # parts of a very long message are rows of their own: is it the first,
    last: bool = True  # is it the last of them
    progress: tuple[int, int] = (0, 0)  # prompt tokens read, of how many
    editor: int = 0  # height of the editor that stands in place of the content; 0 for none
    mark: str = ""  # that the model sees the conversation from here on
    thinking: str = ""  # what was thought before the answer,
    thought: str = ""  # how long that took; empty where nothing was
    opened: bool = False  # is it shown
    codes: list[CodeView] = field(default_factory=list)  # how its blocks of code are shown, those that were laid out
    seen: list[CodeView] | None = None  # how those of the row were shown that stood here before

    @cached_property
    def actions(self) -> list[Action]:
        """The buttons of the message."""
        return footer.actions(self.entry)

    @cached_property
    def figures(self) -> list[str]:
        """What is told beside them."""
        return footer.figures(self.entry)
