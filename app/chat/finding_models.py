"""Looking for models in a window: the list that comes with the program, the search at the Hub, and one repository.

finding = FindingModels(models, downloads, access, bridge.way, changed)
finding.look_for(Question(words="qwen"))    # `changed` is called when it is answered
finding.open(Address(repository="owner/name"))
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.chat.connection import Access
from app.core.errors import AppError, InputError
from app.core.language import tr
from app.core.paths import bundled
from app.core.record import record
from app.core.verdict import Judgement, Room
from app.library.address import Address, read_address
from app.library.curated import KINDS, Curated, matching, read_catalog
from app.library.enquiries import Enquiries, Reply
from app.library.judging import Knows, everything
from app.library.offering import (
    Offer,
    from_catalog,
    judged_as_found,
    judged_by_size,
    offers,
    recommended_size,
)
from app.library.repository import Found, Query, RemoteFile, Repository, Variant

if TYPE_CHECKING:
    from app.chat.downloads import Downloads
    from app.library.on_disk import Entry

Way = Callable[[Callable[[Reply], None]], Callable[[Reply], None]]
Source = Literal["recommended", "hub"]


@record(kw_only=True)
class Question:
    """What is looked for, and where."""

    source: Source = "recommended"
    query: Query = Query()
    fits: bool = False  # only what would run well here


@record(kw_only=True)
class Recommended:
    """A model of the list that comes with the program."""

    curated: Curated
    quantization: str  # that its size is told of
    size: int
    judgement: Judgement | None  # None where nobody told its size
    here: bool  # some of it is on this computer


@record(kw_only=True)
class Result:
    """What a search found."""

    found: Found
    judgement: Judgement | None
    here: bool


@record(kw_only=True)
class Looked:
    """One repository, as far as it is known."""

    name: str
    repository: Repository | None = None  # without files where nobody was asked for it
    offers: tuple[Offer, ...] = ()
    card: str = ""  # safe HTML
    asking: bool = False
    error: AppError | None = None
    curated: Curated | None = None
    meant: str = ""  # the path of the file that an address named

    @property
    def known_only(self) -> bool:
        """Whether only the list that comes with the program tells of it."""
        return self.repository is not None and not self.repository.commit


class FindingModels:
    """Single-threaded, as all of chat: answers come to `handle` by the way that is given."""

    def __init__(
        self,
        entries: "Callable[[], Iterable[Entry]]",
        room: Callable[[], Room],
        downloads: "Downloads",
        access: Access,
        way: Way,
        changed: Callable[[], None],
        knows: Knows = everything,
    ) -> None:
        """
        Args:
            entries, room: the models on this computer, and the memory that one can have.
            way: makes of a function one that any thread may call, and that calls it in the thread of this object.
            changed: is called after anything here changed.
            knows: which architectures the engine can load.
        """
        self._entries = entries
        self._room = room
        self._downloads = downloads
        self._access = access
        self._changed = changed
        self._knows = knows
        self._enquiries = Enquiries(access.hub, way(self.handle), _prepared)
        self._numbers: dict[str, int] = {}  # of the newest question of each kind
        self._catalog: tuple[Curated, ...] | None = None
        self._found: tuple[Found, ...] = ()
        self._address = Address(repository="")
        self.question = Question()
        self.asking = False
        self.error: AppError | None = None  # why there is no answer
        self.looked: Looked | None = None  # the repository that is looked at
        self.has_token = False  # as far as it was asked for
        self.token_error: AppError | None = None  # why one was not kept
        self._token_given = False

    # ── the list that comes with the program ──────────────────────────────────────────────────────────────

    @property
    def catalog(self) -> tuple[Curated, ...]:
        """All models of the list.

        Raises:
            InputError: it cannot be read.
        """
        if self._catalog is None:
            self._catalog = read_catalog(bundled("models/catalog.toml"))
        return self._catalog

    def recommended(self) -> tuple[tuple[str, tuple[Recommended, ...]], ...]:
        """The models of the list that answer the question, under the purpose that each is best at, small ones first."""
        query, here = self.question.query, self._repositories_here()
        groups: dict[str, list[Recommended]] = {kind: [] for kind in KINDS}
        for each in matching(self.catalog, query.words):
            one = self._judged(each, here)
            fits = one.judgement is not None and one.judgement.verdict == "fits"
            if _asked_for(each, query) and (fits or not self.question.fits):
                groups[each.kinds[0]].append(one)  # what it is best at
        return tuple((kind, tuple(members)) for kind, members in groups.items() if members)

    def _judged(self, each: Curated, here: frozenset[str]) -> Recommended:
        quantization, size = recommended_size(each)
        judgement = None
        if size:
            judgement = judged_by_size(size, each.parameters, each.context_length, each.repository, self._room())
        return Recommended(
            curated=each, quantization=quantization, size=size, judgement=judgement,
            here=each.repository.lower() in here,
        )  # fmt: skip

    # ── the search ────────────────────────────────────────────────────────────────────────────────────────

    @property
    def offline(self) -> bool:
        """Whether nobody is to be asked."""
        return self._access.way.offline

    @property
    def endpoint(self) -> str:
        """Where the Hub is."""
        return self._access.way.endpoint

    def look_for(self, question: Question) -> None:
        """Ask this; the question before is given up. Offline nobody is asked."""
        self.question, self.error = question, None
        self.asking = question.source == "hub" and not self.offline
        if self.asking:
            self._numbers["search"] = self._enquiries.search(question.query)
        else:
            self._enquiries.give_up("search")
            self._found = ()
        self._changed()

    def address(self, text: str) -> Address | None:
        """The address that was typed or pasted; None for words.

        Raises:
            InputError: it leads to something at the Hub that is no model.
        """
        return read_address(text, self.endpoint)

    def results(self) -> tuple[Result, ...]:
        """What the search found, with what it means here."""
        here, results = self._repositories_here(), []
        for found in self._found:
            judgement = judged_as_found(found, self._room(), self._knows)
            if self.question.fits and (judgement is None or judgement.verdict != "fits"):
                continue
            results.append(Result(found=found, judgement=judgement, here=found.repository.lower() in here))
        return tuple(results)

    # ── one repository ────────────────────────────────────────────────────────────────────────────────────

    def open(self, address: Address) -> None:
        """Look at a repository; what the list that comes with the program knows of it is there at once."""
        self._address, name = address, address.repository
        curated = next((each for each in self._known() if each.repository.lower() == name.lower()), None)
        known = from_catalog(curated) if curated else None
        self.looked = Looked(
            name=name,
            repository=known,
            offers=offers(known, self._room(), self._knows) if known else (),
            asking=not self.offline,
            curated=curated,
        )
        if not self.offline:
            self._numbers["repository"] = self._enquiries.repository(name, address.revision)
            self._numbers["token"] = self._enquiries.token(self._access.has_token)
        self._changed()

    def again(self) -> None:
        """Ask once more for what could not be had."""
        if self.looked is not None:
            self.open(self._address)
        else:
            self.look_for(self.question)

    def leave(self) -> None:
        """Go back to the list."""
        self._enquiries.give_up("repository")
        self._enquiries.give_up("card")
        self.looked = None
        self._changed()

    def here(self, variant: Variant) -> Path | None:
        """The file to load, where this model is on this computer already."""
        looked = self.looked
        if looked is None or looked.repository is None or not looked.repository.commit:
            return None
        wanted = {(looked.repository.repository.lower(), file.path.rsplit("/", 1)[-1]) for file in variant.files}
        for entry in self._entries():
            if entry.problem is None and wanted <= {(entry.repository.lower(), part.name) for part in entry.parts}:
                return entry.path
        item = self._downloads.of(looked.repository.repository, variant)
        return item.files[0].target if item is not None and item.state == "done" else None

    def download(self, variant: Variant, projector: RemoteFile | None = None) -> None:
        """Fetch a model of the repository that is looked at.

        Raises:
            AppError: it is on its way already, or cannot be kept.
        """
        if self.looked is None or self.looked.repository is None:
            return
        if not variant.whole:
            raise InputError(
                tr("Parts of {file} are missing at the Hub.").format(file=variant.name),
                tr("Choose another quantization or another repository."),
            )
        self._downloads.add(self.looked.repository, variant, projector)

    def keep_token(self, token: str) -> None:
        """Keep a token for the Hub, or forget the one that is kept where it is "". It may take a while."""

        def keep() -> bool:
            self._access.keep_token(token)
            return self._access.has_token()

        self._token_given = True
        self._numbers["token"] = self._enquiries.token(keep)

    def reconsider(self) -> None:
        """The preferences, the memory or what is on this computer changed."""
        if self.looked is not None and self.looked.repository is not None:
            self.looked = replace(self.looked, offers=offers(self.looked.repository, self._room(), self._knows))
        self._changed()

    def handle(self, reply: Reply) -> None:
        """Take in an answer."""
        if self._numbers.get(reply.kind) != reply.number:
            return
        match reply.kind:
            case "search":
                self.asking, self.error, self._found = False, reply.error, reply.found
            case "repository" if self.looked is not None:
                self._show(reply)
            case "card" if self.looked is not None:
                self.looked = replace(self.looked, card=reply.card)  # without one, what matters is there all the same
            case "token":
                self.token_error, self.has_token = reply.error, reply.token
                given, self._token_given = self._token_given, False
                if given and reply.token and self.looked is not None and self.looked.error is not None:
                    self.open(self._address)
        self._changed()

    def close(self) -> None:
        """Give up all questions."""
        self._enquiries.close()

    def _show(self, reply: Reply) -> None:
        assert self.looked is not None
        if reply.repository is None:
            self.looked = replace(self.looked, asking=False, error=reply.error)
            return
        repository, meant = reply.repository, ""
        wanted = self._address
        for each in repository.variants:
            if any(file.path == wanted.file for file in each.files) or (
                wanted.quantization and each.quantization == wanted.quantization
            ):
                meant = each.files[0].path
        self.looked = replace(
            self.looked, repository=repository, offers=offers(repository, self._room(), self._knows), asking=False,
            error=None, meant=meant,
        )  # fmt: skip
        self._numbers["card"] = self._enquiries.card(repository)

    def _known(self) -> Sequence[Curated]:
        try:
            return self.catalog
        except InputError:
            return ()

    def _repositories_here(self) -> frozenset[str]:
        """The names of the repositories of which something is on this computer."""
        done = (item.files[0].source.repository for item in self._downloads.items if item.state == "done")
        return frozenset(name.lower() for name in (*(entry.repository for entry in self._entries()), *done) if name)


def _prepared(card: str) -> str:
    from app.chat.card_html import card_html

    return card_html(card)


def _asked_for(curated: Curated, query: Query) -> bool:
    """Whether a model of the list is within the bounds of a question; the words are looked at elsewhere."""
    if query.author and query.author.lower() not in curated.repository.partition("/")[0].lower():
        return False
    if query.licence and query.licence.lower() != curated.licence.lower():
        return False
    if query.language == "zh" and "chinese" not in curated.kinds:
        return False
    if query.language not in ("", "zh", "en") and "multilingual" not in curated.kinds:
        return False
    return query.least <= curated.parameters <= (query.most or curated.parameters)
