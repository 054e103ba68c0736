"""Tokens: kept where only the user reads them, sent only where they belong, shown nowhere."""

import logging
import pickle
import stat
import sys
from pathlib import Path

import pytest

from app.core.errors import InputError
from app.library.token import FILE, Secret, TokenStore, system_ring

HUB = "https://huggingface.co"


class Ring:
    """A keyring in memory; `broken` fails as one without a desktop does."""

    def __init__(self, broken: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = broken

    def get_password(self, service: str, name: str) -> str | None:
        if self.broken:
            raise RuntimeError("no desktop")
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, password: str) -> None:
        if self.broken:
            raise RuntimeError("no desktop")
        self.kept[service, name] = password

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


def revealed(store: TokenStore, endpoint: str = HUB) -> str | None:
    found = store.get(endpoint)
    return found.reveal() if found else None


def test_without_a_keyring_it_is_a_file_for_the_user_alone(tmp_path: Path) -> None:
    store = TokenStore(tmp_path / "data", None, {})
    assert revealed(store) is None
    store.store(HUB, " hf_secret\n")
    assert revealed(store) == "hf_secret"
    assert revealed(TokenStore(tmp_path / "data", None, {})) == "hf_secret"
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "data" / FILE).stat().st_mode) == 0o600
    store.remove(HUB)
    assert revealed(store) is None
    assert not (tmp_path / "data" / FILE).exists()


def test_a_keyring_that_works_keeps_it(tmp_path: Path) -> None:
    ring = Ring()
    TokenStore(tmp_path, None, {}).store(HUB, "hf_old")
    store = TokenStore(tmp_path, ring, {})
    store.store(HUB, "hf_secret")
    assert list(ring.kept.values()) == ["hf_secret"]
    assert not (tmp_path / FILE).exists()
    assert revealed(store) == "hf_secret"
    store.remove(HUB)
    assert not ring.kept


def test_a_keyring_that_fails_is_done_without(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, Ring(broken=True), {})
    store.store(HUB, "hf_secret")
    assert revealed(store) == "hf_secret"
    store.remove(HUB)
    assert revealed(store) is None


def test_each_endpoint_has_its_own(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, None, {"HF_TOKEN": "hf_environment"})
    store.store("https://mirror.example", "hf_mirror")
    assert revealed(store) == "hf_environment"
    assert revealed(store, "https://mirror.example") == "hf_mirror"
    assert revealed(store, "https://other.example") is None
    elsewhere = TokenStore(tmp_path, None, {"HF_TOKEN": "hf_x", "HF_ENDPOINT": "https://mirror.example"})
    assert revealed(elsewhere) is None
    assert revealed(elsewhere, "https://mirror.example") == "hf_x"


def test_nothing_travels_unprotected(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, None, {"HF_TOKEN": "hf_x", "HF_ENDPOINT": "http://mirror.example"})
    assert revealed(store, "http://mirror.example") is None
    with pytest.raises(InputError, match="not protected"):
        store.store("http://mirror.example", "hf_x")
    store.store("http://127.0.0.1:8000", "hf_near")
    assert revealed(store, "http://127.0.0.1:8000") == "hf_near"


@pytest.mark.parametrize("text", ["", "  ", "two words", "hf_\x00", "hf_é", "x" * 2000])
def test_what_is_no_token(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no token") as caught:
        TokenStore(tmp_path, None, {}).store(HUB, text)
    assert "x" * 100 not in str(caught.value)


def test_a_damaged_file_is_none(tmp_path: Path) -> None:
    for text in ("{", "[]", "\x00", '"x"'):
        (tmp_path / FILE).write_text(text)
        assert revealed(TokenStore(tmp_path, None, {})) is None
    TokenStore(tmp_path, None, {}).store(HUB, "hf_new")
    assert revealed(TokenStore(tmp_path, None, {})) == "hf_new"


def test_it_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("hf_secret")
    logging.getLogger("test").error("%s %r %s", secret, secret, [secret])
    assert "hf_secret" not in caplog.text + str(secret) + repr({"token": secret})
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_the_system_is_asked_without_harm() -> None:
    assert system_ring() is None or hasattr(system_ring(), "get_password")
