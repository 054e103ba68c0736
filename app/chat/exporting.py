"""Conversations as texts of files, in the form that was asked for; each file whole or not at all."""

import errno
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from app.core.errors import InputError
from app.core.export import Format, as_markdown, file_name
from app.core.interchange import json_text
from app.core.language import tr
from app.core.tree import Conversation, Message, Tree
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
    """One conversation of the store; JSON always has the whole tree."""
    return text_of(conversation, store.conversations.messages(conversation.id), form, all_branches)


def text_of(conversation: Conversation, messages: Sequence[Message], form: Format, all_branches: bool = False) -> str:
    """One conversation in any form that is a text."""
    if form == "json":
        return "".join(json_text([(conversation, messages)], many=False))
    if form == "html":
        from app.chat.export_html import as_html  # with it comes markdown-it, which nothing else here needs

        return as_html(conversation, Tree(messages), all_branches)
    assert form == "markdown"
    return as_markdown(conversation, Tree(messages), all_branches)


def exported_together(store: Store, listed: Iterable[Conversation]) -> Iterator[str]:
    """Many conversations as one JSON file, part by part."""
    return json_text(((each, store.conversations.messages(each.id)) for each in listed), many=True)


def written_to_folder(
    store: Store, listed: Sequence[Conversation], form: Format, folder: Path, all_branches: bool = False
) -> Generator[int, None, None]:
    """A file for each conversation, beside those that are there; tells how many are written.

    Raises:
        InputError: the folder cannot be written to.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        taken = names(folder)
        for number, each in enumerate(listed, 1):
            name = file_name(each, form, taken)
            taken.add(name)
            write(folder / name, iter([exported(store, each, form, all_branches)]))
            yield number


def written_to_file(store: Store, listed: Sequence[Conversation], path: Path) -> Generator[int, None, None]:
    """All conversations as one JSON file; tells how many are written. Given up, it leaves no trace.

    Raises:
        InputError: the file cannot be written.
    """
    done = 0

    def counted() -> Iterator[tuple[Conversation, list[Message]]]:
        nonlocal done
        for each in listed:
            yield each, store.conversations.messages(each.id)
            done += 1

    with writing(path), begun(path) as half, half.open("w", encoding="utf-8", newline="\n") as file:
        told = 0
        for part in json_text(counted(), many=True):
            file.write(part)
            if done > told:
                told = done
                yield told


def write(path: Path, parts: Iterator[str]) -> None:
    """All of it or nothing: what was there under the name stays until the new file is whole.

    Raises:
        OSError: it cannot be written.
    """
    with begun(path) as half, half.open("w", encoding="utf-8", newline="\n") as file:
        for part in parts:
            file.write(part)


@contextmanager
def begun(path: Path) -> Iterator[Path]:
    """A file beside the one that is to be written; it takes that one's place at the end, or is removed."""
    half = path.with_name(path.name + ".part")
    try:
        yield half
        os.replace(half, path)
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


def names(folder: Path) -> set[str]:
    """What lies in a folder."""
    return {path.name for path in folder.iterdir()}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """A disk that refuses, as a sentence."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(
            tr("There is no folder {folder}.").format(folder=path.parent), tr("Make it, or choose another place.")
        ) from error
    except (FileExistsError, NotADirectoryError) as error:
        file = next((each for each in (path, *path.parents) if each.is_file()), path)
        raise InputError(tr("{path} is a file.").format(path=file), tr("Name a folder.")) from error
    except OSError as error:
        raise unwritable(path, f"{type(error).__name__}: {error}", full=error.errno == errno.ENOSPC) from error


def unwritable(path: Path, detail: str, *, full: bool = False) -> InputError:
    """The sentence for a place that cannot be written to."""
    hint = (
        tr("Free some space, or choose another place.")
        if full
        else tr("Check that you may write there, or choose another place.")
    )
    return InputError(tr("{path} cannot be written.").format(path=path), hint, detail)
