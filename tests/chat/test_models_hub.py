"""Looking for models and downloading them, as a window does it: the real client against a stand-in of the Hub."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

from app.chat.changes import Change, DownloadsChanged, FindingChanged
from app.chat.finding_models import Question
from app.chat.models import Models
from app.chat.models_hub import ModelsHub
from app.core.errors import InputError
from app.core.params import Preferences
from app.core.paths import Paths
from app.library.address import Address
from app.library.repository import Query
from app.store.database import Database
from tests.library.hub_server import HubServer
from tests.library.tiny_hub import NAME, NOISE, tiny_hub


class Desk:
    """The Hub of a window, with a queue in the place of its event loop."""

    def __init__(self, folder: Path, server: HubServer) -> None:
        self.folder, self.server = folder, server
        self.paths = Paths(folder, folder, folder)
        self.store = Database(self.paths.database)
        self.changes: list[Change] = []
        self._told: Queue[Callable[[], None]] = Queue()
        self.open(Preferences())

    def open(self, preferences: Preferences) -> None:
        """Another window, with what the one before left."""
        self.models = Models(self.paths, self.store.preferences, self._way, self.changes.append)
        self.hub = ModelsHub(self.paths, preferences, self.models, self._way, self.changes.append)

    def _way(self, handle: Callable[[Any], None]) -> Callable[[Any], None]:
        return lambda told: self._told.put(lambda: handle(told))

    def wait(self, found: Callable[[], object]) -> None:
        """Take in what threads tell until it is so."""
        end = time.monotonic() + 60
        while not found():
            assert time.monotonic() < end, (self.hub.downloads.items, self.hub.finding.looked)
            try:
                self._told.get(timeout=0.05)()
            except Empty:
                continue

    def look_at(self, name: str = NAME) -> None:
        self.hub.finding.open(Address(repository=name))
        self.wait(lambda: self.hub.finding.looked is None or not self.hub.finding.looked.asking)

    def states(self) -> list[str]:
        return [item.state for item in self.hub.downloads.items]

    def close(self) -> None:
        self.hub.close()
        self.models.close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    with tiny_hub(monkeypatch, tmp_path) as server:
        yield server


@pytest.fixture
def desk(server: HubServer, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, server)
    yield desk
    desk.close()
    desk.store.close()


def test_the_list_that_comes_with_the_program_asks_nobody(desk: Desk) -> None:
    finding = desk.hub.finding
    finding.look_for(Question())
    groups = dict(finding.recommended())
    assert {"chat", "code", "embedding"} <= set(groups)
    assert sum(len(members) for members in groups.values()) == len(finding.catalog)
    finding.look_for(Question(query=Query(words="coder", licence="apache-2.0")))
    assert {each.curated.licence for members in dict(finding.recommended()).values() for each in members} == {
        "apache-2.0"
    }
    finding.look_for(Question(query=Query(author="google", least=1, most=2)))
    assert finding.recommended() == ()
    desk.models.look()
    desk.wait(lambda: desk.models.looked)
    finding.look_for(Question(fits=True))
    fitting = [each for members in dict(finding.recommended()).values() for each in members]
    assert 0 < len(fitting) < len(finding.catalog)
    assert not desk.hub.downloads.items
    assert desk.server.log == []


def test_search(desk: Desk) -> None:
    finding = desk.hub.finding
    finding.look_for(Question(source="hub", query=Query(words="gguf")))
    assert finding.asking
    desk.wait(lambda: not finding.asking)
    assert [each.found.repository for each in finding.results()] == [NAME, "other/Huge-GGUF"]
    desk.models.look()
    desk.wait(lambda: desk.models.looked)
    finding.look_for(Question(source="hub", query=Query(words="gguf"), fits=True))
    desk.wait(lambda: not finding.asking)
    assert [each.found.repository for each in finding.results()] == [NAME]
    desk.server.faults.status = [("/api/models", 503)]
    finding.look_for(Question(source="hub", query=Query(words="gguf")))
    desk.wait(lambda: not finding.asking)
    assert finding.error is not None
    assert "problem of its own" in finding.error.message
    finding.again()
    desk.wait(lambda: not finding.asking)
    assert finding.error is None
    assert len(finding.results()) == 2
    assert FindingChanged() in desk.changes


def test_from_the_search_to_a_model_on_this_computer(desk: Desk) -> None:
    desk.models.look()
    desk.wait(lambda: desk.models.looked)
    desk.look_at()
    finding = desk.hub.finding
    desk.wait(lambda: finding.looked and finding.looked.card)
    looked = finding.looked
    assert looked is not None
    assert looked.card == "<h1>Tiny</h1>\n"
    recommended = [each.variant for each in looked.offers if each.recommended]
    assert [each.quantization for each in recommended] == ["Q8_0"]
    small = next(each.variant for each in looked.offers if each.variant.quantization == "Q4_K_M")
    assert finding.here(small) is None
    assert looked.repository is not None
    finding.download(small, looked.repository.projectors[0])
    desk.wait(lambda: desk.states() == ["done"])
    place = desk.paths.models / "someone" / "Tiny-GGUF"
    assert {path.name for path in place.iterdir()} >= {"tiny-Q4_K_M.gguf", "mmproj-F16.gguf"}
    assert finding.here(small) == place / "tiny-Q4_K_M.gguf"
    desk.wait(lambda: any(entry.repository == NAME for entry in desk.models.listing.entries))  # looked for by itself
    desk.hub.downloads.clear_finished()
    assert finding.here(small) == place / "tiny-Q4_K_M.gguf"
    assert not desk.paths.downloads.exists()
    finding.look_for(Question(source="hub", query=Query(words="tiny")))
    desk.wait(lambda: not finding.asking)
    assert [each.here for each in finding.results()] == [True]
    half = next(each.variant for each in looked.offers if not each.variant.whole)
    with pytest.raises(InputError, match="missing at the Hub"):
        finding.download(half)


def test_pause_close_and_go_on_where_it_was(desk: Desk) -> None:
    desk.look_at()
    assert desk.hub.finding.looked is not None
    large = next(each.variant for each in desk.hub.finding.looked.offers if each.variant.quantization == "Q8_0")
    desk.server.faults.stall_after = [100_000, 50_000]
    desk.hub.finding.download(large)
    with pytest.raises(InputError, match="already"):
        desk.hub.finding.download(large)
    (number,) = (item.number for item in desk.hub.downloads.items)
    part = desk.paths.models / "someone" / "Tiny-GGUF" / "tiny-Q8_0.gguf.part"
    desk.wait(lambda: part.exists() and part.stat().st_size == 100_000)
    desk.wait(lambda: desk.hub.downloads.together.count == 1)
    desk.hub.downloads.pause(number)
    assert desk.states() == ["paused"]
    assert desk.hub.downloads.together.count == 0
    desk.hub.downloads.resume(number)
    desk.wait(lambda: part.stat().st_size == 150_000)
    desk.close()
    assert desk.paths.downloads.exists()
    desk.open(Preferences())
    assert desk.hub.downloads.items == ()
    desk.hub.downloads.start()
    desk.wait(lambda: desk.states() == ["done"])
    assert (part.parent / "tiny-Q8_0.gguf").read_bytes() == NOISE
    assert [each.start for each in desk.server.fetches] == [0, 100_000, 150_000]
    assert DownloadsChanged() in desk.changes


def test_offline_nothing_is_asked_and_downloads_wait(desk: Desk) -> None:
    desk.look_at()
    assert desk.hub.finding.looked is not None
    large = next(each.variant for each in desk.hub.finding.looked.offers if each.variant.quantization == "Q8_0")
    desk.server.faults.stall_after = [100_000]
    desk.hub.finding.download(large)
    desk.wait(lambda: desk.server.stalled.acquire(blocking=False))
    desk.hub.follow(Preferences(offline=True))
    desk.wait(lambda: desk.states() == ["waiting"])
    asked = len(desk.server.log)
    finding = desk.hub.finding
    finding.look_for(Question(source="hub", query=Query(words="tiny")))
    assert not finding.asking
    finding.open(Address(repository="unsloth/Qwen3.5-4B-GGUF"))
    assert finding.looked is not None
    assert finding.looked.known_only
    assert not finding.looked.asking
    assert finding.looked.offers
    assert len(desk.server.log) == asked
    desk.hub.follow(Preferences(downloads_at_once=3, download_limit=50.0))
    desk.wait(lambda: desk.states() == ["done"])


def test_what_was_left_waits_while_offline(desk: Desk) -> None:
    desk.look_at()
    assert desk.hub.finding.looked is not None
    desk.hub.follow(Preferences(offline=True))
    desk.hub.finding.download(desk.hub.finding.looked.offers[-1].variant)
    assert desk.states() == ["waiting"]
    desk.close()
    asked = len(desk.server.log)
    desk.open(Preferences(offline=True))
    desk.hub.downloads.start()
    assert desk.states() == ["waiting"]
    assert len(desk.server.log) == asked
    desk.hub.downloads.cancel(desk.hub.downloads.items[0].number)
    assert desk.states() == []
    assert not desk.paths.downloads.exists()


def test_another_folder(desk: Desk, tmp_path: Path) -> None:
    desk.hub.follow(Preferences(models_folder=str(tmp_path / "elsewhere")))
    desk.look_at()
    finding = desk.hub.finding
    assert finding.looked is not None
    small = next(each.variant for each in finding.looked.offers if each.variant.quantization == "Q4_K_M")
    finding.download(small)
    path = tmp_path / "elsewhere" / "someone" / "Tiny-GGUF" / "tiny-Q4_K_M.gguf"
    desk.wait(lambda: any(entry.path == path for entry in desk.models.listing.entries))
    assert path.exists()


def test_gated(desk: Desk) -> None:
    desk.server.repositories[NAME].gated = "auto"
    desk.look_at()
    finding = desk.hub.finding
    assert finding.looked is not None
    small = next(each.variant for each in finding.looked.offers if each.variant.quantization == "Q4_K_M")
    finding.download(small)
    desk.wait(lambda: desk.states() == ["failed"])
    (item,) = desk.hub.downloads.items
    assert "accepted its terms" in item.message
    assert item.hint
    finding.keep_token("hf bad")
    desk.wait(lambda: finding.token_error is not None)
    finding.keep_token("hf_good")
    desk.wait(lambda: finding.has_token)
    assert finding.token_error is None
    desk.hub.downloads.resume(item.number)
    desk.wait(lambda: desk.states() == ["done"])
    finding.keep_token("")
    desk.wait(lambda: not finding.has_token)


def test_private_ones_are_asked_for_again_with_a_token(desk: Desk) -> None:
    desk.server.repositories[NAME].private = True
    desk.look_at()
    finding = desk.hub.finding
    assert finding.looked is not None
    assert finding.looked.error is not None
    finding.keep_token("hf_good")
    desk.wait(lambda: finding.looked and finding.looked.repository)


def test_addresses(desk: Desk) -> None:
    finding = desk.hub.finding
    assert finding.address("qwen tiny") is None
    with pytest.raises(InputError, match="no model"):
        finding.address("https://huggingface.co/datasets/a/b")
    address = finding.address(f"{desk.server.endpoint}/{NAME}/blob/main/tiny-Q8_0.gguf")
    assert address is not None
    finding.open(address)
    desk.wait(lambda: finding.looked and not finding.looked.asking)
    assert finding.looked is not None
    assert finding.looked.meant == "tiny-Q8_0.gguf"
    finding.leave()
    assert finding.looked is None
