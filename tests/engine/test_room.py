"""How much memory there is, and whether graphics cards are asked."""

import ctypes
from pathlib import Path
from typing import Any

import pytest

from app.engine import room as module
from app.engine.llama.library import api
from app.engine.room import built_for_cards, room


def listening() -> tuple[Any, Any]:
    """What llama.cpp's log goes to."""
    callback, data = api.llama_log_callback(), ctypes.c_void_p()
    api.llama_log_get(ctypes.byref(callback), ctypes.byref(data))
    return callback, data


def address(callback: Any) -> int | None:
    return ctypes.cast(callback, ctypes.c_void_p).value


def test_the_memory_of_this_machine() -> None:
    found = room()
    assert found.free is None or found.total is None or found.free > 0


@pytest.mark.parametrize(
    ("name", "computes"),
    [
        ("libggml-cuda.so", True), ("libggml-vulkan.so.0", True), ("libggml-metal.dylib", True), ("ggml-hip.dll", True),
        ("libggml-cpu.so", False), ("libggml-base.so", False), ("libggml.so", False), ("libllama.so", False),
    ],
)  # fmt: skip
def test_libraries_that_compute_elsewhere(tmp_path: Path, name: str, computes: bool) -> None:
    (tmp_path / name).touch()
    assert built_for_cards(tmp_path) == computes


def test_without_libraries(tmp_path: Path) -> None:
    assert not built_for_cards(tmp_path / "none")
    assert not built_for_cards(None)


def test_the_cards_are_those_of_llama_cpp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "built_for_cards", lambda folder: True)
    before, own = listening(), api.llama_log_callback(lambda _level, _text, _data: None)
    api.llama_log_set(own, None)
    try:
        assert all(free >= 0 for free in room().cards)
        assert address(listening()[0]) == address(own)
    finally:
        api.llama_log_set(*before)
