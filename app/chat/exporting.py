"""Conversations as texts of files, in the form that was asked for."""

from collections.abc import Iterable, Iterator

from app.core.errors import InputError
from app.core.export import Format, as_markdown
from app.core.interchange import json_text
from app.core.language import tr
from app.core.tree import Conversation, Tree
from app.store.database import Database
from app.store.reading import ReadOnly

Store = Database | ReadOnly


def conversations(store: Store, number: int | None = None) -> list[Conversation]:
    """The one with that number, or all that are not in the trash, in the order of the list.

    Raises:
        InputError: there is none with that number.
    """
    if number is None:
        return store.conversations.listed(-1)
    found = store.conversations.get(number)
    if found is None:
        raise InputError(
            tr("There is no conversation {number}.").format(number=number), tr("fireside export --list shows them.")
        )
    return [found]


def exported(store: Store, conversation: Conversation, form: Format, all_branches: bool = False) -> str:
    """One conversation; JSON always has the whole tree."""
    if form == "json":
        return "".join(json_text([(conversation, store.conversations.messages(conversation.id))], many=False))
    tree = Tree(store.conversations.messages(conversation.id))
    if form == "html":
        from app.chat.export_html import as_html  # with it comes markdown-it, which nothing else here needs

        return as_html(conversation, tree, all_branches)
    return as_markdown(conversation, tree, all_branches)


def exported_together(store: Store, listed: Iterable[Conversation]) -> Iterator[str]:
    """Many conversations as one JSON file, part by part."""
    return json_text(((each, store.conversations.messages(each.id)) for each in listed), many=True)
