"""Answers that follow a grammar or a JSON schema, and what is said of those that cannot be followed."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import InputError
from app.core.params import Loading, Sampling
from app.core.protocol import Done, Failed, Turn
from app.engine.llama.context import Context
from app.engine.llama.gbnf import check
from app.engine.llama.grammar import Grammar
from app.engine.llama.json_schema import to_gbnf
from app.engine.llama.log import Log
from app.engine.llama.model import Model
from app.engine.llama.sampler import SamplerChain
from app.engine.thinking import ThinkingSplitter
from app.engine.thinking_formats import tags
from app.engine.writing import WrittenText
from tests.engine.conftest import Desk
from tests.tiny_model import CHATML, write_tiny_model

Load = Callable[..., Desk]
WILD: dict[str, object] = dict(temperature=1.5, top_k=0, top_p=1.0, min_p=0.0)


@pytest.fixture(scope="module")
def model(babbler: Path, log: Log) -> Iterator[Model]:
    loaded = Model(babbler, Loading(), lambda fraction: True, log)
    yield loaded
    loaded.free()


# ── grammars ──


@pytest.mark.parametrize(
    "text",
    [
        'root ::= "yes" | "no"',
        'root ::= item+ # as many as you like\nitem ::= "- " [^\\n]* "\\n"',
        'root ::= "a"{2} "b"{1,} "c"{0,3} ("d" | "e")? .',
        'root ::= ws* "x"\nws ::= [ \\t]?',
        "root ::= [\\x41-\\u00e9\\U0001F600\\]\\\\-]",
        "root ::= <|im_start|> !<[5]>",
        'root\t::=\n  "a" |\n  b\r\n\nb ::= ("c"\n | "d")',
        'root ::= ("a"*)* "b"',
        'root ::= object\nobject ::= "{" (pair ("," pair)*)? "}"\npair ::= [a-z]+ ":" (object | [0-9]+)',
    ],
)
def test_llama_cpp_takes_what_is_let_pass(model: Model, text: str) -> None:
    grammar = Grammar.of(Sampling(grammar=text), model.vocabulary)
    assert grammar is not None
    grammar.free()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('root ::= "a', 1, "not closed with a quotation mark"),
        ('root ::= "a"\nb ::= [a-z', 2, "not closed with “]”"),
        ('root ::= ("a"\n| "b"', 1, "not closed with “)”"),
        ('root := "a"', 1, "comes “::=”"),
        ('root ::= "a"\n\n::= "b"', 3, "begins with its name"),
        ('root ::= "a"\nx ::= "b" )', 2, "“)” does not belong here"),
        ("root ::= * x", 1, "Before “*”"),
        ('root ::= "\\q"', 1, "“\\q” means nothing"),
        ('root ::= "\\x4"', 1, "2 hexadecimal digits"),
        ('root ::= "a"{x}', 1, "{m}, {m,} or {m,n}"),
        ('root ::= "a"{3,2}', 1, "ends before it begins"),
        ('root ::= "a"{0,99999999999999999999}', 1, "2,000 repetitions"),
        ("root ::= []", 1, "set of characters is empty"),
        ("root ::= <5", 1, "A token is written"),
        ('answer ::= "a"', 1, "no rule called “root”"),
        ('root ::= "a"\nother ::= here', 2, "“here” is used but not defined"),
        ('x ::= "a"\nroot ::= root "b" | x', 2, "“root” begins with itself"),
        ('root ::= a root "b" | "c"\na ::= b\nb ::= "" | "d"', 1, "“root” begins with itself"),
        ('root ::= ""*', 1, "Before “*”"),
        ('root ::= (a | "")+\na ::= ("b" | "")*', 1, "may be empty is repeated"),
        ("root ::= " + "(" * 5000, 1, "nested too deep"),
        ('root ::= "\0"', 1, "NUL"),
        (
            "\n".join(["root ::= r0", *(f"r{i} ::= r{i + 1} | r{i + 1}" for i in range(60)), 'r60 ::= "a"']),
            43,
            "branches",
        ),
    ],
)
def test_a_wrong_grammar_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(InputError) as refused:
        check(text)
    assert reason in refused.value.message
    assert f"Line {line} of the grammar" in refused.value.message
    assert refused.value.hint


def test_a_token_that_the_model_has_not(model: Model) -> None:
    with pytest.raises(InputError, match="cannot use this grammar"):
        Grammar.of(Sampling(grammar="root ::= <|nowhere|>"), model.vocabulary)


def test_a_wrong_grammar_fails_before_anything_is_read(desk: Load, babbler: Path) -> None:
    loaded = desk(babbler)
    for strategy in ("greedy", "sample", "beam", "best_of", "guided"):
        for rows in ({"grammar": "root ::= ("}, {"json_schema": "{"}, {"banned": ("hello world",)}):
            (event,) = loaded.events([loaded.request([Turn("user", "x")], strategy=strategy, **rows)])[0]
            assert isinstance(event, Failed)
            assert isinstance(event.error, InputError)
    assert loaded.answer(max_tokens=2).reason == "length", "the next one works"


@pytest.mark.parametrize("strategy", ["greedy", "sample", "beam", "best_of", "guided"])
@pytest.mark.parametrize(
    ("grammar", "pattern"),
    [
        ('root ::= "yes" | "no"', "yes|no"),
        ("root ::= [a-f]{3} [0-9]{2}", "[a-f]{3}[0-9]{2}"),
        ('root ::= "漢" ("é" | "😀")', "漢[é😀]"),
        ('root ::= "the " ("hello" | "user")', "the (hello|user)"),
    ],
)
def test_the_answer_follows_it_and_ends_when_it_is_complete(
    desk: Load, babbler: Path, strategy: str, grammar: str, pattern: str
) -> None:
    loaded = desk(babbler)
    for seed in range(3):
        answered = loaded.answer(strategy=strategy, grammar=grammar, seed=seed, **WILD)
        assert re.fullmatch(pattern, answered.text), answered.text
        assert answered.reason == "end"


def test_a_control_token_is_not_text(desk: Load, babbler: Path) -> None:
    likes = {"logit_bias": ("<|im_start|>=50",), "max_tokens": 5, "temperature": 0.0}
    loaded = desk(babbler)
    assert loaded.answer(**likes).text == "", "without a grammar nothing keeps it away"
    seen = loaded.answer(grammar="root ::= [^\\n]+", **likes)
    assert seen.text
    assert "<|im_start|>" not in seen.text
    named = loaded.answer(grammar='root ::= <|im_start|> "a"', **likes)
    assert (named.text, named.timing.completion_tokens) == ("a", 2)


def test_an_answer_that_is_continued_follows_it_from_its_beginning(desk: Load, babbler: Path) -> None:
    loaded = desk(babbler)
    grammar = 'root ::= "漢字" [0-9] | "hello"'
    assert re.fullmatch("[0-9]", loaded.answer(prefill="漢字", grammar=grammar, seed=1, **WILD).text)
    assert loaded.answer(prefill="hel", grammar=grammar).text == "lo"
    (event,) = loaded.events([loaded.request([Turn("user", "x")], "hey", grammar=grammar)])[0]
    assert isinstance(event, Failed)
    assert "beginning of the answer does not follow" in event.error.message


def test_the_seed_repeats_it(desk: Load, babbler: Path) -> None:
    loaded = desk(babbler)
    rows = WILD | {"grammar": "root ::= [a-z ]+", "max_tokens": 30}
    first, again, other = (loaded.answer(seed=seed, **rows).text for seed in (5, 5, 6))
    assert first == again != other


def test_drawn_again_only_where_it_must_be(desk: Load, babbler: Path) -> None:
    """What the grammar allows anyway is drawn as without it."""
    loaded = desk(babbler)
    rows: dict[str, object] = {"seed": 3, "max_tokens": 30, "banned": ("<|im_start|>",)}
    free = loaded.answer(**rows).text
    assert free.isascii() or "\ufffd" in free
    chain_rows = {"grammar": "root ::= .*"} | rows
    if "\ufffd" not in free:
        assert loaded.answer(**chain_rows).text == free


def test_nothing_fits(desk: Load, babbler: Path) -> None:
    loaded = desk(babbler)
    rows = {"grammar": 'root ::= "a"', "logit_bias": ("<|im_end|>=-inf", "<|endoftext|>=-inf")}
    for strategy in ("sample", "beam"):
        events = loaded.events([loaded.request([Turn("user", "x")], strategy=strategy, **rows)])[0]
        assert isinstance(events[-1], Failed)
        assert "No token of this model fits" in events[-1].error.message


def test_a_vocabulary_without_an_end_ends_with_the_grammar(desk: Load, models: Path) -> None:
    bare = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    loaded = desk(write_tiny_model(models / "endless.gguf", ends=False, letters="yes", template=bare, width=32))
    for strategy in ("greedy", "sample", "beam", "best_of", "guided"):
        answered = loaded.answer("yes", strategy=strategy, grammar='root ::= "yes"', max_tokens=20)
        assert (answered.text, answered.reason) == ("yes", "end"), strategy


def test_it_begins_after_the_thinking(model: Model, log: Log) -> None:
    """A model that would say: hm</think>no."""
    context = Context(model, Loading(context_length=256), log)
    vocabulary = model.vocabulary
    wanted = [vocabulary.tokenize(character, False)[0] for character in "hm</think>no"]
    for opened in (True, False):
        says = wanted if opened else [vocabulary.tokenize(character, False)[0] for character in "<think>"] + wanted
        splitter = ThinkingSplitter(tags("<think>", "</think>"), opened)
        writing = WrittenText(vocabulary, (), 100, splitter)
        rows = Sampling(strategy="greedy", grammar='root ::= "yes"')
        chain = SamplerChain(rows, vocabulary, context.length, context.pointer)
        chain.follow(writing)
        reason = None
        for number in range(len(says) + 10):
            logits = np.zeros(vocabulary.size, np.float32)
            logits[says[min(number, len(says) - 1)]] = 9
            reason = writing.add(chain.sample_from(logits))
            if reason:
                break
        chain.free()
        assert (writing.text, reason) == ("yes", "end")
        assert writing.thinking_tokens >= len("hm</think") if opened else writing.thinking_tokens > len("hm</think>")
    context.free()


@pytest.mark.parametrize("strategy", ["greedy", "sample", "beam", "best_of", "guided"])
def test_with_every_strategy_what_is_thought_stays_free(desk: Load, models: Path, strategy: str) -> None:
    template = CHATML.replace("assistant\n' }}", "assistant\n<think>\n' }}") + "{# until </think> #}"
    path = write_tiny_model(models / "thinks_first.gguf", says="ab</think>", template=template, width=128)
    loaded = desk(path)
    for grammar in ('root ::= "yes"', ""):
        answered = loaded.answer(strategy=strategy, grammar=grammar, temperature=0.3, seed=1, beam_width=2)
        said: dict[str, str] = {"thinking": "", "answer": ""}
        for piece in answered.pieces:
            said[piece.kind] += piece.text
        assert said == {"thinking": "ab", "answer": "yes" if grammar else ""}
        assert answered.reason == "end"


# ── JSON schemas ──

SCHEMAS: list[tuple[object, Callable[[object], bool]]] = [
    ({"type": "boolean"}, lambda value: isinstance(value, bool)),
    ({"enum": ["a\"b\\c", "é", 3, None]}, lambda value: value in ("a\"b\\c", "é", 3, None)),
    ({"const": {"x\n": ["\\"]}}, lambda value: value == {"x\n": ["\\"]}),
    (
        {"type": "object", "properties": {"né\"": {"type": "integer"}, "b": {"enum": [1]}}, "required": ["né\"", "b"]},
        lambda value: isinstance(value, dict) and set(value) == {"né\"", "b"} and isinstance(value["né\""], int),
    ),
    (
        {"type": "array", "items": {"enum": ["x", "y"]}, "minItems": 2, "maxItems": 4},
        lambda value: isinstance(value, list) and 2 <= len(value) <= 4 and set(value) <= {"x", "y"},
    ),
    ({"type": "array", "items": {"const": 1}, "maxItems": 0}, lambda value: value == []),
    (
        {"type": "string", "minLength": 3, "maxLength": 5},
        lambda value: isinstance(value, str) and 3 <= len(value) <= 5,
    ),
    ({"type": "string", "pattern": "^[a-c]{2}(-[0-9])+$"}, lambda value: bool(re.fullmatch("[a-c]{2}(-[0-9])+", str(value)))),
    ({"type": "string", "pattern": r"^\d+\.\w\/[\d\.][^x]$"}, lambda value: bool(re.fullmatch(r"\d+\.\w/[\d.][^x]", str(value)))),
    ({"type": "string", "pattern": "^.{2}$"}, lambda value: len(str(value)) == 2),
    ({"type": "object", "properties": {"a": {"title": "any"}}, "required": ["a"]}, lambda value: list(dict(value)) == ["a"]),
    ({"type": "array", "items": True, "maxItems": 1}, lambda value: len(list(value)) <= 1),
    ({"$ref": "#/$defs/n", "$defs": {"n": {"type": ["null", "boolean"]}}}, lambda value: value in (None, True, False)),
    ({"anyOf": [{"const": 1}, {"type": "null"}]}, lambda value: value in (1, None)),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "holds"), SCHEMAS)
def test_an_answer_follows_a_schema(desk: Load, babbler: Path, schema: object, holds: Callable[[object], bool]) -> None:
    loaded = desk(babbler)
    ended = 0
    for seed in range(6):
        answered = loaded.answer(json_schema=json.dumps(schema), seed=seed, max_tokens=300, **WILD)
        if answered.reason == "end":
            ended += 1
            assert holds(json.loads(answered.text)), answered.text
    assert ended


@pytest.mark.parametrize(
    ("schema", "whole"),
    [
        ({"type": "integer"}, "-42"),
        ({"type": "number"}, "4.5e1"),
        ({"type": "boolean"}, "true"),
        ({"type": "string"}, '"x"'),
        ({"type": "string", "pattern": r"^(a[}\]],){2}$"}, '"a},a],"'),
        ({"type": "array", "items": {"type": "integer"}}, "[ 1 , 2 ]"),
        ({"type": "array", "items": {"type": "integer"}}, "[]"),
        ({"properties": {"space": {"enum": [1]}, ",": {"type": "null"}}}, '{ "space" : 1 , "," : null }'),
        ({"type": "object", "properties": {"a": {"const": "]"}}, "required": ["a"]}, '{"a":"]"}'),
        ({}, '{"a" : [ {} , [ ] ] }'),
    ],
)
def test_spaces_stand_between_signs_and_not_at_the_end(desk: Load, babbler: Path, schema: object, whole: str) -> None:
    loaded = desk(babbler)
    rows = {"json_schema": json.dumps(schema), "max_tokens": 1, "temperature": 0.0}
    for written, fits in ((whole, True), (whole + " ", False), (whole + "\n", False)):
        last = loaded.events([loaded.request([Turn("user", "x")], written, **rows)])[0][-1]
        assert isinstance(last, Done) == fits, written
        if isinstance(last, Failed):
            assert "beginning of the answer does not follow" in last.error.message


@pytest.mark.parametrize(
    ("schema", "line", "reason"),
    [
        ('{\n"type" "string"}', 2, "not JSON"),
        ("[" * 100_000, 1, "too deep"),
        (
            '{"type":\n"object", "properties": {"type": {"type": "string"},\n"b": {"type": "text"}}}',
            3,
            "no type “text”",
        ),
        ('{"items":\n\n{"$ref": "#/$defs/a"}}', 3, "refers to nothing"),
        ('{"$ref": "https://example.org/x"}', 1, "refers to nothing"),
        ('{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}', 1, "refers to itself"),
        ('{"type": "array",\n"items":\n{"type": "string", "pattern": "no anchors"}}', 3, "not supported"),
        ('{"type": "string", "maxLength": 9000}', 1, "not supported"),
        ('{"items": false}', 1, "not supported"),
        ("[1, 2]", 1, "not supported"),
        ("null", 1, "not supported"),
    ],
)
def test_a_wrong_schema_is_refused_with_its_line(schema: str, line: int, reason: str) -> None:
    with pytest.raises(InputError) as refused:
        to_gbnf(schema)
    assert reason in refused.value.message
    assert f"Line {line} of the JSON schema" in refused.value.message


def test_a_schema_and_a_grammar_at_once(model: Model) -> None:
    with pytest.raises(InputError, match="at once"):
        Grammar.of(Sampling(grammar='root ::= "a"', json_schema="{}"), model.vocabulary)
    assert Grammar.of(Sampling(grammar=" \n"), model.vocabulary) is None
