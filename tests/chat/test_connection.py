"""How the Hub is reached: what is said now, the environment, the preferences."""

from pathlib import Path

import pytest

from app.chat.connection import Access, Connection, connection, folder_of, limit_of, preferences_on_disk
from app.core.errors import StoreError
from app.core.params import Preferences
from app.core.paths import Paths
from app.library.address import DEFAULT_ENDPOINT
from app.library.hub_errors import HubError
from app.store.database import Database


def test_what_comes_first() -> None:
    preferences = Preferences(hub_address=" mirror.example ", proxy="http://p:1", offline=True)
    assert connection(Preferences(), environment={}) == Connection(endpoint=DEFAULT_ENDPOINT)
    assert connection(preferences, environment={}) == Connection(
        endpoint="mirror.example", proxy="http://p:1", offline=True
    )
    found = connection(preferences, environment={"HF_ENDPOINT": "https://env.example"}, proxy="http://q:2")
    assert (found.endpoint, found.proxy) == ("https://env.example", "http://q:2")
    found = connection(preferences, endpoint="https://said.example", environment={"HF_ENDPOINT": "https://env.example"})
    assert found.endpoint == "https://said.example"
    assert connection(Preferences(), environment={"HF_HUB_OFFLINE": "1"}).offline
    assert connection(Preferences(), offline=True, environment={}).offline


def test_folder_and_limit(tmp_path: Path) -> None:
    paths = Paths(tmp_path, tmp_path, tmp_path)
    assert folder_of(Preferences(), paths) == tmp_path / "models"
    assert folder_of(Preferences(models_folder=f" {tmp_path / 'x'} "), paths) == tmp_path / "x"
    assert folder_of(Preferences(models_folder="~/x"), paths) == Path.home() / "x"
    assert limit_of(Preferences(download_limit=2.5)) == 2_500_000


def test_preferences_of_a_command_without_a_window(tmp_path: Path) -> None:
    paths = Paths(tmp_path, tmp_path, tmp_path)
    assert preferences_on_disk(paths) == Preferences()
    store = Database(paths.database)
    store.preferences.set_values("preferences", {"offline": True, "hub_address": "mirror.example"})
    found = preferences_on_disk(paths)  # beside a window
    store.close()
    assert (found.offline, found.hub_address) == (True, "mirror.example")
    paths.database.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError):  # whether anything may go out is not known
        preferences_on_disk(paths)


def test_one_hub_for_each_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    access = Access(tmp_path, Connection(endpoint="https://a.example"))
    first = access.hub()
    assert access.hub() is first
    access.way = Connection(endpoint="https://b.example", offline=True)
    assert access.hub() is not first
    assert access.hub().offline
    assert not access.has_token()
    access.keep_token("hf_secret")
    assert access.has_token()
    access.way = Connection(endpoint="https://a.example")
    assert not access.has_token()
    access.way = Connection(endpoint="https://b.example")
    access.keep_token("")
    assert not access.has_token()
    access.way = Connection(endpoint="https://a.example", proxy="nonsense")
    with pytest.raises(HubError, match="no address of a proxy"):
        access.hub()
    access.close()
