"""The tables: every row is sound, values are cleaned, layered, parsed and shown."""

import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InputError
from app.core.params import (
    Loading,
    Preferences,
    Row,
    Sampling,
    applies,
    changed,
    clean,
    decimals,
    flaw,
    layered,
    parse,
    rows,
    shown,
)

TABLES = (Sampling, Loading, Preferences)
ALL_ROWS = [pytest.param(row, id=f"{table.__name__}.{name}") for table in TABLES for name, row in rows(table).items()]


@pytest.mark.parametrize("row", ALL_ROWS)
def test_every_row_is_sound(row: Row) -> None:
    assert clean(row, row.default) == row.default
    assert row.label.strip() == row.label != ""
    assert row.help.endswith(".")
    assert row.group
    if row.kind in ("int", "float"):
        assert row.low < row.high
        assert row.step > 0
        assert type(clean(row, row.low)) is (int if row.kind == "int" else float)
    if row.kind == "choice":
        assert row.default in dict(row.choices)
    if row.special:
        assert row.low <= row.special[0] <= row.high
        assert shown(row, type(row.default)(row.special[0])) == row.special[1]


def test_labels_are_unique() -> None:
    for table in TABLES:
        labels = [row.label for row in rows(table).values()]
        assert len(set(labels)) == len(labels)
        assert list(rows(table)) == [item.name for item in fields(table)]


def values(row: Row) -> st.SearchStrategy[object]:
    match row.kind:
        case "int":
            return st.integers(int(row.low), int(row.high))
        case "float":
            return st.floats(row.low, row.high)
        case "flag":
            return st.booleans()
        case "choice":
            return st.sampled_from([key for key, _ in row.choices])
        case "text":
            return st.text()
        case _:
            return st.lists(st.text(), max_size=4).map(tuple)


@pytest.mark.parametrize("table", TABLES)
@given(data=st.data())
def test_what_is_stored_comes_back(table: type, data: st.DataObject) -> None:
    chosen = {name: data.draw(values(row)) for name, row in rows(table).items() if data.draw(st.booleans())}
    full = layered(table, chosen)
    kept = changed(full)
    assert layered(table, kept) == full
    assert set(kept) <= set(chosen)
    assert all(kept[name] != row.default for name, row in rows(table).items() if name in kept)
    for name, row in rows(table).items():
        assert isinstance(shown(row, getattr(full, name)), str)


@pytest.mark.parametrize("table", TABLES)
@given(data=st.data())
def test_anything_typed_is_taken_or_refused_with_a_sentence(table: type, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(rows(table))))
    typed = data.draw(st.text(max_size=12) | st.floats().map(str) | st.integers().map(str))
    try:
        result = parse(table, [f"{name}={typed}"])
    except InputError as error:
        refusal = (error.message, error.hint)
    else:
        assert clean(rows(table)[name], result[name]) == result[name]
        return
    assert all(refusal)


@given(st.one_of(st.none(), st.floats(), st.text(), st.binary(), st.lists(st.integers()), st.booleans(), st.integers()))
def test_no_stored_value_breaks_a_row(value: object) -> None:
    for row in rows(Sampling).values():
        try:
            result = clean(row, value)
        except InputError:
            continue
        if isinstance(result, float):
            assert math.isfinite(result)


def test_layers_lie_one_over_the_other() -> None:
    mixed = layered(Sampling, {"temperature": 0.5, "top_k": 10}, {"temperature": 0.6, "unknown": 1}, {"top_p": 1})
    assert (mixed.temperature, mixed.top_k, mixed.top_p) == (0.6, 10, 1.0)
    with pytest.raises(InputError):
        layered(Sampling, {"temperature": "hot"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("temperature=0.5", {"temperature": 0.5}),
        (" top-k = 7 ", {"top_k": 7}),
        ("mirostat=2", {"mirostat": "2"}),
        ('stop=["a", "b=c"]', {"stop": ("a", "b=c")}),
        ("stop=END", {"stop": ("END",)}),
        ("seed=-1", {"seed": -1}),
    ],
)
def test_assignments(text: str, expected: dict[str, object]) -> None:
    assert parse(Sampling, [text]) == expected


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("temperature", "NAME=VALUE", "temperature=0.5"),
        (" =3", "NAME=VALUE", "temperature=0.5"),
        ("temprature=1", "no setting called “temprature”", "Did you mean temperature?"),
        ("xyzzy=1", "no setting", "Known names: strategy"),
        ("temperature=3", "Temperature cannot be “3”", "from 0 to 2"),
        ("temperature=nan", "cannot be", "from 0 to 2"),
        ("presence_penalty=3", "cannot be “3”", "from −2 to 2"),
        ("top_k=1.5", "cannot be", "from 0 to 500"),
        ("top_k=99999999999999999999999", "cannot be", "from 0 to 500"),
        ("mirostat=9", "cannot be", "Choose one of 0, 1, 2"),
        ("stop=[1", "cannot be", "JSON list"),
    ],
)
def test_refused_assignments(text: str, message: str, hint: str) -> None:
    with pytest.raises(InputError) as refused:
        parse(Sampling, [text])
    assert message in refused.value.message
    assert hint in refused.value.hint


def test_names_of_another_table_are_offered_too() -> None:
    with pytest.raises(InputError) as refused:
        parse(Sampling, ["context_lenght=512"], others=rows(Loading))
    assert refused.value.hint == "Did you mean context_length?"


def test_a_number_can_be_written_as_it_is_shown() -> None:
    assert parse(Sampling, ["presence_penalty=−0.5", "repeat_last_n=−1"]) == {
        "presence_penalty": -0.5,
        "repeat_last_n": -1,
    }


def test_nothing_is_shown_as_a_word() -> None:
    assert {shown(row, row.default) for row in rows(Sampling).values() if row.default in ("", ())} == {"empty"}


def test_flags() -> None:
    assert parse(Loading, ["memory_map=off", "memory_lock=Yes"]) == {"memory_map": False, "memory_lock": True}
    with pytest.raises(InputError, match="on or off"):
        parse(Loading, ["memory_map=perhaps"])


def test_how_values_are_shown() -> None:
    table = rows(Sampling)
    assert shown(table["temperature"], 0.8) == "0.80"
    assert shown(table["max_tokens"], 1024) == "1,024 tokens"
    assert shown(table["presence_penalty"], -0.5) == "−0.50"
    assert shown(table["json_schema"], '{"a-b": 1}') == '{"a-b": 1}'
    assert shown(table["stop"], ("a", "é")) == '["a", "é"]'
    assert shown(table["mirostat"], "1") == "Mirostat 1"
    assert shown(rows(Loading)["memory_map"], True) == "On"
    assert shown(rows(Preferences)["zoom"], 120) == "120%"
    assert [decimals(table[name]) for name in ("temperature", "top_n_sigma", "top_k")] == [2, 1, 0]


def test_rows_apply_while_another_row_has_a_value() -> None:
    known = rows(Sampling)
    assert applies(known["temperature"], Sampling())
    assert not applies(known["beam_width"], Sampling())
    assert applies(known["beam_width"], Sampling(strategy="beam"))
    for table in (Sampling, Loading, Preferences):
        for row in rows(table).values():
            if row.needs is not None:
                other = rows(table)[row.needs[0]]
                assert clean(other, row.needs[1]) == row.needs[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ""),
        ("  ", ""),
        ('{"type": "object"}', ""),
        ("true", ""),
        ("[1]", "braces"),
        ('{\n"a": }', "line 2, column 6"),
        ("[" * 100_000, "deep"),
    ],
)
def test_what_is_wrong_with_a_schema(text: str, told: str) -> None:
    found = flaw(rows(Sampling)["json_schema"], text)
    assert bool(found) == bool(told)
    assert told in found
    assert flaw(rows(Sampling)["grammar"], text) == ""
