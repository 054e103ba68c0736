"""jinja2 as chat templates expect it, and what they may not do."""

from datetime import datetime

import pytest

from app.engine.jinja_environment import Renderer, TemplateFailure


def test_it_renders_as_the_transformers_library() -> None:
    text = (
        "{% for m in messages %}\n    {% if m == 'skip' %}{% continue %}{% endif %}\n"
        "{% generation %}{{ m | tojson }}{% endgeneration %}\n{% endfor %}{{ strftime_now('%Y') }}"
    )
    assert Renderer(text).render(messages=["skip", {"é": "<"}]) == '{"é": "<"}' + str(datetime.now().year)


def test_json_as_asked_for() -> None:
    text = "{{ x | tojson(indent=1) }}{{ x | tojson(ensure_ascii=True, separators=(',', ':'), sort_keys=True) }}"
    assert Renderer(text).render(x={"b": "é", "a": 1}) == '{\n "b": "é",\n "a": 1\n}{"a":1,"b":"\\u00e9"}'


def test_names_set_in_a_generation_block_end_with_it() -> None:
    assert Renderer("{% set a = 1 %}{% generation %}{% set a = 2 %}{{ a }}{% endgeneration %}{{ a }}").render() == "21"


def test_namespaces_and_dicts() -> None:
    text = "{% set n = namespace({'a': 1}, self=2) %}{% set n.a = n.a + n.self %}{{ n.a }}{{ dict(b=4) }}{{ dict.fromkeys('c') }}"
    assert Renderer(text).render() == "3{'b': 4}{'c': None}"


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ messages.append(1) }}",
        "{{ namespace(_a=1) }}",
        "{% set n = namespace() %}{% set n.__init__ = 1 %}",
        "{{ dict.__class__ }}{{ dict.mro() }}",
        "{% for i in range(99999999) %}{% endfor %}",
        "{% include 'x' %}",
    ],
)
def test_what_a_template_may_not_do(text: str) -> None:
    with pytest.raises(TemplateFailure):
        Renderer("\n" + text).render(messages=[])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ raise_exception('roles must alternate') }}", "roles must alternate"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ a.b.c }}", "'a' is undefined"),
        ("{{ [][0].x }}", "no element 0"),
        ("{{ 'a' + 1 }}", "str"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion"),
        ("{{ x | nonsense }}", "nonsense"),
        ("{% if %}", "xpected"),
        ("{{ strftime_now('\ud800') }}", "surrogates"),
    ],
)
def test_failures_have_line_and_reason(text: str, reason: str) -> None:
    with pytest.raises(TemplateFailure, match=reason) as raised:
        Renderer("one\ntwo\n" + text).render()
    assert raised.value.line == 3
    assert raised.value.kind in raised.value.detail
    assert "File" not in raised.value.reason, "there is none"


def test_the_variables_that_a_template_reads() -> None:
    text = "{% set a = b %}{{ a }}{% for c in messages %}{{ c }}{{ d if d is defined }}{% endfor %}"
    assert Renderer(text).variables == {"b", "messages", "d"}
