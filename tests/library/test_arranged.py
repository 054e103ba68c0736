"""The list as lines: words, groups, orders, and names that tell one from the other."""

import os
from pathlib import Path

from app.core.verdict import Judgement, Room
from app.library.arranged import Heading, Line, Order, Row, arranged, found, titles, words_of
from app.library.judging import judgement_of
from app.library.on_disk import Entry
from tests.library.files import entries, write_header_only, write_model, write_projector
from tests.model_file import Shape

ROOM = Room(2 << 30, 4 << 30)


def _judged(entry: Entry) -> Judgement | None:
    return judgement_of(entry, ROOM)


def _names(lines: list[Line]) -> list[str]:
    return [line.name if isinstance(line, Row) else f"# {line.group} {line.count}" for line in lines]


def _lines(folder: Path, order: Order = "name", text: str = "") -> list[Line]:
    every = entries(folder)
    return arranged(found(every, text), _judged, order, titles(every))


def test_what_is_no_model_stands_below_the_models_under_headings(tmp_path: Path) -> None:
    write_model(tmp_path / "b.gguf", "Bee")
    write_model(tmp_path / "a.gguf", "ant")
    assert _names(_lines(tmp_path)) == ["ant", "Bee"]
    (tmp_path / "x.gguf").write_bytes(b"no")
    write_projector(tmp_path / "deep" / "mmproj-cow.gguf", "cow")
    assert _names(_lines(tmp_path)) == ["ant", "Bee", "# others 1", "cow", "# broken 1", "x"]
    assert [line.text for line in _lines(tmp_path) if isinstance(line, Heading)] == ["Other files", "Cannot be used"]


def test_orders(tmp_path: Path) -> None:
    small = write_model(tmp_path / "a.gguf", "Ant")
    large = write_header_only(tmp_path / "b.gguf", Shape(32, 4096, 32, 8, 14336, 8192), 32000)
    os.utime(small, (2_000_000_000, 2_000_000_000))
    os.utime(large, (1_000_000_000, 1_000_000_000))
    for order, expected in (
        ("name", ["Ant", "b"]),
        ("size", ["b", "Ant"]),
        ("date", ["Ant", "b"]),
        ("fit", ["Ant", "b"]),
    ):
        assert _names(_lines(tmp_path, order)) == expected  # type: ignore[arg-type]
    verdicts = [line.judgement.verdict for line in _lines(tmp_path, "fit") if isinstance(line, Row) and line.judgement]
    assert verdicts == ["fits", "too large"]


def test_all_words_must_be_there_wherever_they_stand(tmp_path: Path) -> None:
    write_model(tmp_path / "qwen-q8.gguf", "Qwen 3", general__file_type=7)
    write_model(tmp_path / "llama.gguf", "Llama 3")
    assert _names(_lines(tmp_path, text="3 qwen")) == ["Qwen 3"]
    assert _names(_lines(tmp_path, text="Q8_0")) == ["Qwen 3"]
    assert _names(_lines(tmp_path, text="qwen nothing")) == []
    assert len(_lines(tmp_path, text="  ")) == 2
    entry = entries(tmp_path)[0]
    assert found([entry], "whatever", {entry.path: "whatever it is"}) == [entry]
    assert "llama" in words_of(entry)


def test_two_with_one_title_are_told_apart_by_their_files(tmp_path: Path) -> None:
    write_model(tmp_path / "one" / "same.gguf", "Twin")
    write_model(tmp_path / "two" / "same.gguf", "Twin", general__license="mit")
    write_model(tmp_path / "three" / "other.gguf", "Twin", general__license="apache-2.0")
    write_model(tmp_path / "alone.gguf", "Alone")
    assert sorted(titles(entries(tmp_path)).values()) == ["Alone", "one/same", "other", "two/same"]
