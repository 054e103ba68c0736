"""What is asked of the sidebar reaches the session; the dialogs that put conversations in order."""

from typing import TYPE_CHECKING

from app.ui.sidebar_rows import title_of

if TYPE_CHECKING:
    from app.ui.window import Window


def wire_list(window: "Window") -> None:
    """Connect the list of conversations of a window that has just been built."""
    sidebar, history, attempting = window.sidebar, window.session.history, window.attempting
    run, arranging = window.actions_by_name, window.session.history.arranging

    def begin_search() -> None:
        sidebar.search.known = arranging.known()

    def make_folder() -> None:
        name = arranging.make()
        window.show_list()
        sidebar.list.rename_folder(name)

    def fold(name: str, folded: bool) -> None:
        arranging.fold(name, folded)
        window.show_list()

    sidebar.searched.connect(window.show_list)
    sidebar.search_begun.connect(attempting(begin_search))
    sidebar.opened.connect(attempting(window.open_found))
    sidebar.renamed.connect(attempting(history.rename))
    sidebar.pin_asked.connect(attempting(history.pin))
    sidebar.archive_asked.connect(attempting(arranging.archive))
    sidebar.move_asked.connect(attempting(lambda number: ask_for_folder(window, number)))
    sidebar.marks_asked.connect(attempting(lambda number: ask_for_marks(window, number)))
    sidebar.moved.connect(attempting(arranging.move))
    sidebar.nothing_left.connect(window.composer.setFocus)
    sidebar.delete_asked.connect(attempting(history.trash))
    sidebar.folder_asked.connect(attempting(make_folder))
    sidebar.folder_renamed.connect(attempting(arranging.rename))
    sidebar.folder_delete_asked.connect(attempting(arranging.remove))
    sidebar.folded.connect(attempting(fold))
    sidebar.archive_page_asked.connect(run["show_archive"].trigger)
    sidebar.trash_asked.connect(run["show_trash"].trigger)
    sidebar.restored.connect(attempting(history.restore))
    sidebar.emptied.connect(attempting(history.empty_trash))


def ask_for_folder(window: "Window", conversation_id: int) -> None:
    """Let a folder be chosen for a conversation."""
    from app.ui.arranging import FolderDialog

    history = window.session.history
    conversation = history.get(conversation_id)
    folders = [folder.name for folder in history.arranging.folders()]
    dialog = FolderDialog(title_of(conversation), conversation.folder, folders, window)
    dialog.chosen.connect(window.attempting(lambda name: history.arranging.move(conversation_id, name)))
    dialog.open()


def ask_for_marks(window: "Window", conversation_id: int) -> None:
    """Let tags and a colour be chosen for a conversation."""
    from app.ui.arranging import MarksDialog
    from app.ui.unfinished import slot_of

    history = window.session.history
    conversation = history.get(conversation_id)
    known = history.arranging.tags()
    slot = slot_of(window, "tags", conversation_id)
    dialog = MarksDialog(title_of(conversation), conversation.tags, conversation.colour, known, slot, window)
    save = slot.through(lambda tags, colour: history.arranging.mark(conversation_id, tags, colour))
    dialog.saved.connect(window.attempting(save))
    dialog.open()
