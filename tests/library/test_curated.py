"""The list of models that comes with the program, and lists that do not fit."""

from pathlib import Path

import pytest

from app.core import language
from app.core.errors import InputError
from app.core.paths import bundled
from app.library.curated import KINDS, matching, named, read_catalog
from app.library.quantizations import meaning

GOOD = """
[[model]]
name = "tiny"
title = "Tiny"
repository = "owner/tiny-GGUF"
licence = "mit"
kinds = ["chat"]
parameters = 300_000_000
sizes = { Q4_K_M = 0.25 }
sampling = { temperature = 0.5 }
about = "Small."
about_chinese = "小。"
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.toml"
    path.write_text(GOOD)
    return path


def test_the_list_that_comes_with_the_program() -> None:
    models = read_catalog(bundled("models/catalog.toml"))
    assert len(models) >= 25
    assert models[0].parameters <= 400_000_000
    assert models[-1].parameters >= 70_000_000_000
    for kind in KINDS:
        assert any(kind in each.kinds for each in models), kind
    for each in models:
        assert all(meaning(name) for name, _ in each.sizes), each.name
        for name, size in each.sizes:  # a slip of the pen by a factor
            assert 0.2 < size * 8 / each.parameters / 4.8 < 4, (each.name, name)
        assert each.about.isascii() or "–" in each.about
        assert any("\u4e00" <= letter <= "\u9fff" for letter in each.about_chinese)


def test_reading(catalog: Path) -> None:
    (tiny,) = read_catalog(catalog)
    assert tiny.sizes == (("Q4_K_M", 250_000_000),)
    assert dict(tiny.sampling) == {"temperature": 0.5}
    assert tiny.description == "Small."
    language.use("zh_CN", bundled("resources/translations"))
    assert tiny.description == "小。"
    assert named((tiny,), " TINY ") is tiny
    assert named((tiny,), "other") is None
    assert matching((tiny,), "small MIT") == (tiny,)
    assert matching((tiny,), "small apache") == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('name = "tiny"', ""),
        ('name = "tiny"', 'name = "Tiny one"'),
        ('"owner/tiny-GGUF"', '"tiny"'),
        ('["chat"]', '["talk"]'),
        ('["chat"]', "[]"),
        ("300_000_000", "-1"),
        ("300_000_000", '"many"'),
        ("Q4_K_M = 0.25", "q4 = 0.25"),
        ("Q4_K_M = 0.25", 'Q4_K_M = "big"'),
        ("temperature = 0.5", "temperature = 99"),
        ("temperature = 0.5", "warmth = 1"),
        ('about = "Small."', 'about = ""'),
        ('title = "Tiny"', 'title = "Tiny"\nodd = 1'),
        ("[[model]]", "[model]"),
        ("[[model]]", "[["),
    ],
)
def test_what_does_not_fit(catalog: Path, before: str, after: str) -> None:
    assert before in GOOD
    catalog.write_text(GOOD.replace(before, after, 1))
    with pytest.raises(InputError, match="cannot be used"):
        read_catalog(catalog)


def test_twice_and_missing(catalog: Path) -> None:
    catalog.write_text(GOOD * 2)
    with pytest.raises(InputError, match="“tiny”"):
        read_catalog(catalog)
    with pytest.raises(InputError):
        read_catalog(catalog.with_name("none.toml"))
