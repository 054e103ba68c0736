"""Questions to the Hub from a window: answered in threads, the newest only."""

import queue
from collections.abc import Iterator

import pytest

from app.library.enquiries import Enquiries, Reply
from app.library.hub import Hub, Timeouts
from app.library.hub_errors import HubError
from app.library.repository import Query
from tests.library.downloading import FILE, NAME
from tests.library.hub_server import File, HubServer


class Desk(Enquiries):
    """Where answers arrive."""

    def __init__(self, hub: Hub) -> None:
        self.told: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        super().__init__(lambda: hub, self.told.put)

    def next(self) -> Reply:
        return self.told.get(timeout=30)


@pytest.fixture
def desk(server: HubServer) -> Iterator[Desk]:
    hub = Hub(endpoint=server.endpoint, timeouts=Timeouts(read=60))
    desk = Desk(hub)
    yield desk
    desk.close()
    hub.close()


def test_a_search_a_repository_and_its_page(server: HubServer, desk: Desk) -> None:
    server.repositories[NAME].files["README.md"] = File(b"# Tiny", lfs=False)
    number = desk.search(Query(words="tiny"))
    reply = desk.next()
    assert (reply.number, reply.kind, [each.repository for each in reply.found]) == (number, "search", [NAME])
    number = desk.repository(NAME)
    reply = desk.next()
    assert (reply.number, reply.kind, reply.error) == (number, "repository", None)
    assert reply.repository is not None
    assert reply.repository.file(FILE) is not None
    desk.card(reply.repository)
    assert desk.next().card == "# Tiny"


def test_only_the_newest_of_a_kind_is_answered(server: HubServer, desk: Desk) -> None:
    server.faults.silent = True
    desk.search(Query(words="t"))
    assert server.stalled.acquire(timeout=30)
    desk.search(Query(words="ti"))
    assert server.stalled.acquire(timeout=30)
    server.faults.silent = False
    number = desk.search(Query(words="tin"))
    assert desk.next().number == number
    assert desk.told.empty()


def test_kinds_do_not_disturb_each_other(server: HubServer, desk: Desk) -> None:
    numbers = {desk.search(Query(words="tiny")), desk.repository(NAME)}
    assert {desk.next().number, desk.next().number} == numbers


def test_an_error_is_an_answer(server: HubServer, desk: Desk) -> None:
    number = desk.repository("someone/None")
    reply = desk.next()
    assert reply.number == number
    assert isinstance(reply.error, HubError)
    assert reply.error.kind == "missing"


def test_nothing_is_told_after_closing(server: HubServer, desk: Desk) -> None:
    server.faults.silent = True
    desk.search(Query(words="tiny"))
    assert server.stalled.acquire(timeout=30)
    desk.close()
    assert desk.told.empty()
