"""jinja2 as chat templates expect it: the settings, filters and functions of the transformers library, in a sandbox."""

import json
from datetime import datetime
from typing import Any

import jinja2
import jinja2.ext
import jinja2.meta
import jinja2.nodes
import jinja2.parser
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

WHAT_TEMPLATES_RAISE = (
    jinja2.TemplateError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    MemoryError,
)


class TemplateFailure(Exception):
    """A template that cannot be compiled or rendered.

    Attributes:
        line: of the template's text, counted from 1; None where it is not known.
        reason: what jinja2 or the template itself says about it.
        kind: the exception's class, for those who debug a template.
    """

    def __init__(self, error: BaseException, line: int | None) -> None:
        super().__init__(str(error))
        self.line = line
        self.kind = type(error).__name__
        said = error.message if isinstance(error, jinja2.TemplateSyntaxError) else str(error)  # no made-up file's name
        self.reason = said or self.kind

    @property
    def detail(self) -> str:
        """Kind and reason on one line."""
        return f"{self.kind}: {self.reason}"


class Renderer:
    """A compiled template. `variables` are the names that it reads and does not set itself before."""

    def __init__(self, text: str) -> None:
        """Compile it.

        Raises:
            TemplateFailure: it is no jinja2.
        """
        environment = _environment()
        try:
            self.variables = frozenset(jinja2.meta.find_undeclared_variables(environment.parse(text)))
            self._template = environment.from_string(text)
        except jinja2.TemplateSyntaxError as error:
            raise TemplateFailure(error, error.lineno) from error
        except (jinja2.TemplateError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise TemplateFailure(error, None) from error

    def render(self, **values: Any) -> str:
        """The text.

        Raises:
            TemplateFailure: it fails, or refuses the values with `raise_exception`.
        """
        try:
            return self._template.render(values)
        except WHAT_TEMPLATES_RAISE as error:
            raise TemplateFailure(error, _line_of(error)) from error


def read_flaw(text: str) -> TemplateFailure | None:
    """What is wrong with a template; None where it can be read. Nothing of it is run, not even what is constant."""
    try:
        _environment().parse(text)
    except jinja2.TemplateSyntaxError as error:
        return TemplateFailure(error, error.lineno)
    except (jinja2.TemplateError, ValueError, RecursionError, MemoryError) as error:
        return TemplateFailure(error, None)
    return None


class _Generation(jinja2.ext.Extension):
    """Tolerates {% generation %}…{% endgeneration %}, which marks the model's own words for training.

    The words are a block of their own, as in the transformers library: what is set inside is forgotten outside.
    """

    tags = {"generation"}  # noqa: RUF012 - jinja2 declares it so

    def parse(self, parser: jinja2.parser.Parser) -> jinja2.nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_words"), [], [], body).set_lineno(line)

    @staticmethod
    def _words(caller: Any) -> str:
        return str(caller())


class _Namespace(Namespace):
    """`namespace()` for untrusted templates: names that begin with an underscore would reach into Python."""

    def __init__(*values: Any, **named: Any) -> None:  # no name of its own that a template could not use
        self, *rest = values
        content = dict(*rest, **named)
        for name in content:
            _refuse_private(name)
        Namespace.__init__(self, content)

    def __setitem__(self, name: str, value: Any) -> None:
        _refuse_private(name)
        super().__setitem__(name, value)


class _Dict:
    """`dict()` for templates, without the class's other attributes."""

    def __call__(self, *values: Any, **named: Any) -> dict[Any, Any]:
        return dict(*values, **named)

    def fromkeys(self, *values: Any) -> dict[Any, Any]:
        return dict.fromkeys(*values)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols, _Generation]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    environment.globals["namespace"] = _Namespace
    environment.globals["dict"] = _Dict()
    return environment


def _refuse_private(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"a namespace cannot hold the name {name!r}")


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _raise(message: str) -> str:
    raise jinja2.TemplateError(message)


def _line_of(error: BaseException) -> int | None:
    """The line of the template at which rendering failed: jinja2 puts it into the traceback."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
