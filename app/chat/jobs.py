"""What takes longer than a window may wait, as steps that are taken in a process of its own: exports and imports.

The process says what each step brought and waits for an answer, so that it can be held up and ended between two steps.
"""

import signal
import traceback
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from app.chat.exporting import conversations, names, text_of, write, writing, written_to_file, written_to_folder
from app.core import language
from app.core.errors import AppError
from app.core.export import Format, file_name, title_of
from app.core.record import record
from app.core.tree import Conversation, Message, Tree
from app.store.backup import Contents, Copy, backups, contents, prepared
from app.store.database import Database
from app.store.reading import ReadOnly

if TYPE_CHECKING:
    from app.chat.pages import Piece

TOGETHER = 40  # pieces of a page that travel at once


class Job(Protocol):
    """Something to do; it travels to another process, and so does what its steps bring."""

    def steps(self) -> Generator[object, None, None]:
        """Do it.

        Raises:
            AppError: it cannot be done; nothing half remains.
        """


@record
class Ended:
    """The last word of a job; `report` is that of a fault in the program."""

    error: AppError | None = None
    report: str = ""


@record
class Progress:
    """So much is done, of so much."""

    done: int
    total: int


@record
class ExportOne:
    """A conversation as a text in a file."""

    conversation: Conversation
    messages: tuple[Message, ...]
    form: Format
    path: Path
    all_branches: bool = False

    def steps(self) -> Generator[object, None, None]:
        """See Job."""
        text = text_of(self.conversation, self.messages, self.form, self.all_branches)
        yield Progress(0, 1)
        with writing(self.path):
            write(self.path, iter([text]))


@record
class ExportAll:
    """All conversations, as files in a folder or as one file of JSON."""

    database: Path
    form: Format
    out: Path
    together: bool = False

    def steps(self) -> Generator[object, None, None]:
        """See Job."""
        with closing(ReadOnly(self.database)) as store:
            listed = conversations(store)
            yield Progress(0, len(listed))
            steps = (
                written_to_file(store, listed, self.out)
                if self.together
                else written_to_folder(store, listed, self.form, self.out)
            )
            with closing(steps):
                for done in steps:
                    yield Progress(done, len(listed))


@record
class Sheets:
    """The pages of a conversation begin; they are number so and so of so many."""

    path: Path
    title: str
    number: int
    total: int


@record
class Pages:
    """A conversation as what pages are made of."""

    conversation: Conversation
    messages: tuple[Message, ...]
    path: Path
    all_branches: bool = False

    def steps(self) -> Generator[object, None, None]:
        """See Job; brings Sheets, then lists of Piece."""
        yield Sheets(self.path, title_of(self.conversation), 1, 1)
        yield from _pages(self.conversation, self.messages, self.all_branches)


@record
class AllPages:
    """All conversations as what pages are made of, a file for each."""

    database: Path
    folder: Path

    def steps(self) -> Generator[object, None, None]:
        """See Job; brings Sheets, then lists of Piece, for each conversation."""
        with closing(ReadOnly(self.database)) as store, writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            listed, taken = conversations(store), names(self.folder)
            for number, each in enumerate(listed, 1):
                name = file_name(each, "pdf", taken)
                taken.add(name)
                yield Sheets(self.folder / name, title_of(each), number, len(listed))
                yield from _pages(each, store.conversations.messages(each.id), False)


def _pages(conversation: Conversation, messages: Sequence[Message], all_branches: bool) -> "Iterator[list[Piece]]":
    from app.chat.pages import pieces  # with it comes markdown-it, which no other job needs

    found: list[Piece] = []
    for piece in pieces(conversation, Tree(messages), all_branches):
        found.append(piece)
        if len(found) == TOGETHER:
            yield found
            found = []
    yield found


@record
class ReadChats:
    """What is in files of any of the known programs; nothing is written."""

    database: Path
    files: tuple[Path, ...]

    def steps(self) -> Generator[object, None, None]:
        """See Job; brings Preview and Unread."""
        from app.chat.importing.adding import previewed
        from app.chat.importing.reading import read

        with closing(ReadOnly(self.database)) as store:
            yield from previewed(store, read(self.files))


@record
class AddChats:
    """Add the conversations of files that were chosen, each whole; ended in between, those that were added stay."""

    database: Path
    files: tuple[Path, ...]
    marks: frozenset[str]

    def steps(self) -> Generator[object, None, None]:
        """See Job; brings Preview and Unread."""
        from app.chat.importing.adding import added
        from app.chat.importing.reading import read

        with closing(Database(self.database, beside=True)) as store:
            yield from added(store, read(self.files), self.marks)


@record
class Kept:
    """A backup with what it holds; `problem` says why it cannot be used."""

    copy: Copy
    contents: Contents | None = None
    problem: str = ""


@record
class LookAtBackups:
    """What the backups hold, newest first."""

    database: Path
    folder: Path

    def steps(self) -> Generator[object, None, None]:
        """See Job; brings Kept."""
        for copy in backups(self.folder):
            try:
                yield Kept(copy, contents(self.database, copy.path))
            except AppError as error:
                yield Kept(copy, problem=error.message)


@record
class PrepareBackup:
    """A backup copied to beside the database and checked, so that it can take its place at once."""

    database: Path
    backup: Path

    def steps(self) -> Generator[object, None, None]:
        """See Job; brings the path of the copy."""
        yield prepared(self.database, self.backup)


def run(connection: "Connection[object, object]", job: Job, languages: tuple[str, Path | None]) -> None:
    """The process: take the steps as long as the other side says so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the window
    if languages[1] is not None:
        language.use(languages[0], languages[1])
    gone = suppress(BrokenPipeError, EOFError, ConnectionResetError)  # the other side is
    with connection, gone, LastWord(connection), closing(job.steps()) as steps:
        for step in steps:
            connection.send(step)
            if not connection.recv():
                break


class LastWord:
    """Says how a job ended, whatever ended it; a fault of the program is told with its report, and ends the process."""

    def __init__(self, connection: "Connection[object, object]") -> None:
        self._connection = connection

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, BrokenPipeError | EOFError | ConnectionResetError):
            return False
        if error is None or isinstance(error, AppError):
            self._connection.send(Ended(error))
        else:
            self._connection.send(Ended(report="".join(traceback.format_exception(kind, error, trace))))
        return True
