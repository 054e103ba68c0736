"""What the session tells its listener, after it happened: frozen dataclasses, one per kind of change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Literal, overload

from app.core.errors import AppError
from app.core.params import Loading
from app.core.prompt import Part
from app.core.protocol import Examined, Kind, ModelInfo
from app.core.record import record
from app.core.tree import Conversation, Message


@record
class Entry:
    """One row of the transcript: a message and which of its versions it is (1-based)."""

    message: Message
    version: int = 1
    versions: int = 1
    detail: str = ""  # of an answer that failed just now: what a developer wants to know


class Entries(Sequence[Entry]):
    """The rows of a branch. Each is made when it is asked for: there may be 10,000, and a few are looked at."""

    __slots__ = ("_details", "_versions", "messages")

    def __init__(
        self,
        messages: Sequence[Message] = (),
        versions: Mapping[int, tuple[int, int]] | None = None,
        details: Mapping[int, str] | None = None,
    ) -> None:
        """By the ids of messages: `versions`, of those that have several, and `details`, where there are any."""
        self.messages = messages
        self._versions, self._details = versions or {}, details or {}

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Entries":
        """The same of rows that are there."""
        if isinstance(entries, Entries):
            return entries
        rows = list(entries)
        return cls(
            [row.message for row in rows],
            {row.message.id: (row.version, row.versions) for row in rows if row.versions > 1},
            {row.message.id: row.detail for row in rows if row.detail},
        )

    def of_message(self, message: Message) -> Entry:
        """The row of one of its messages."""
        return Entry(message, *self._versions.get(message.id, (1, 1)), self._details.get(message.id, ""))

    def __len__(self) -> int:
        return len(self.messages)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return [self.of_message(message) for message in self.messages[index]]
        return self.of_message(self.messages[index])

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sequence)
            and len(self) == len(other)
            and all(one == each for one, each in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]


@record
class BranchShown:
    """Another conversation or branch is in view; `entries` is all of it."""

    conversation: Conversation
    entries: Entries


@record
class EntryAdded:
    """A row was added at the end of the branch in view."""

    entry: Entry


@record
class EntryChanged:
    """A row in view changed in anything but growing text: status, figures, number of versions."""

    entry: Entry


@record
class TextGrew:
    """Text was appended to the streaming row in view."""

    message_id: int
    text: str
    kind: Kind = "answer"


@record
class PromptRead:
    """The model has read this much of the prompt of the streaming row."""

    message_id: int
    done: int
    total: int


@record
class ListChanged:
    """The list of conversations changed: order, titles, pins, trash."""


@record
class ConversationChanged:
    """The open conversation's own row changed: title, pin, system prompt, sampling."""

    conversation: Conversation


@record
class Renumbered:
    """The conversation in view is kept from now on, under another number; BranchShown with its messages follows."""

    before: int
    now: int


@record
class ModelState:
    """The model in use. `model` is set when ready; `error` when it failed or the process is gone."""

    state: Literal["none", "loading", "ready", "failed"]
    path: Path | None = None
    fraction: float = 0.0
    model: ModelInfo | None = None
    error: AppError | None = None
    name: str = field(default="", compare=False)  # of the model, also where it is not loaded any more; "" if never told


@record
class ContextUsed:
    """How full the context is, in tokens. `draft` counts the text in the composer."""

    conversation: int  # what the model sees of it
    draft: int
    total: int
    left_out: int = 0  # messages that it does not see
    summarised: int = 0  # messages of which it sees a summary


@record
class SeenFrom:
    """From which message on the model sees the conversation in view; from the first one where it is None."""

    message_id: int | None
    left_out: int = 0
    summarised: int = 0
    summary: str = ""  # that stands for the summarised messages


@record
class ContextFull:
    """The answer in view waits: old messages do not fit any more. Session.context does what the user chooses."""

    state: Literal["asking", "summarising", "settled"]
    messages: int = 0  # that would be left out, or are being summarised
    tokens: int = 0  # that they have
    raise_to: int = 0  # a context length with which everything fits; 0 where the model cannot see so much
    can_summarise: bool = True  # the model is able to


@record
class PromptSeen:
    """What the model in use is given for an answer, or `error`: why that cannot be told.

    `differences` are sentences that say how it may differ from what was sent when the answer was written; with none
    of them it is the same.
    """

    message_id: int
    prompt: Examined | None = None
    parts: tuple[Part, ...] = ()  # counted; also those that the model does not get
    context_length: int = 0
    differences: tuple[str, ...] = ()
    error: AppError | None = None


@record
class Busy:
    """An answer is being written (Stop is possible), or not any more."""

    answering: bool


@record
class FailedLoad:
    """What did not load, and how."""

    path: Path
    loading: Loading


@record
class Problem:
    """Something the user should know and can act on; shown without taking the keyboard away."""

    error: AppError
    retry: bool = False  # offer "Try again", which calls Session.try_again()
    answer: int | None = None  # the failed answer that says the same in its row
    load: FailedLoad | None = None  # it is about this; there may be settings that help
    replaced: bool = False  # a model did not load, and the earlier one is on its way back: that settles nothing


@record
class UndoPossible:
    """Something was deleted and can be brought back with Session.undo(); `what` says what it was."""

    what: str


@record
class ModelsListed:
    """What is known of the model files on this computer changed (chat/models)."""


@record(kw_only=True)
class ModelDone:
    """Something that was asked of a model's files is over: it was brought to the list, or is in the trash."""

    what: Literal["brought", "trashed"]
    title: str
    source: Path  # what was asked for
    path: Path  # where it is now
    there: bool = False  # it was on the list already
    cancelled: bool = False
    error: AppError | None = None


@record
class DownloadsChanged:
    """What is on its way changed (chat/downloads); some ten times a second while bytes come."""


@record
class FindingChanged:
    """What was asked of the Hub is answered, or something else about looking for models changed (chat/finding_models)."""


Change = (
    BranchShown | EntryAdded | EntryChanged | TextGrew | PromptRead | ListChanged | ConversationChanged
    | Renumbered | ModelState | ContextUsed | SeenFrom | ContextFull | PromptSeen | Busy | Problem | UndoPossible
    | ModelsListed | ModelDone | DownloadsChanged | FindingChanged
)  # fmt: skip
