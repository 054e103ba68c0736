"""Brings the catalogues up to date with the source: new texts in, dead ones out, then compiles them.

    python resources/translations/update.py            lists what still has no translation

Texts are what stands in `tr("…")` and `trn("…", "…", n)` in `app`, and the words of the tables.
"""

import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from app.core.commands import COMMANDS
from app.core.examples import EXAMPLES
from app.core.language import DOMAIN, LANGUAGES
from app.core.params import Loading, Preferences, Sampling, rows

Text = str | tuple[str, str]
NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)


def texts_of_source() -> Iterator[Text]:
    """Literal arguments of tr() and trn(), file by file.

    Raises:
        ValueError: an argument is not a literal string, so that no catalogue could hold it. Table rows are
            passed as attributes (`tr(row.label)`) and come from `texts_of_tables`.
    """
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("tr", "trn")):
                continue
            if node.func.id == "trn":
                one, many = (argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant))
                yield (str(one), str(many))
            elif isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)
            elif isinstance(node.args[0], ast.JoinedStr):
                raise ValueError(f"{path}:{node.lineno}: tr() of an f-string has no catalogue entry")


def texts_of_tables() -> Iterator[Text]:
    """Every word of the tables that a person reads."""
    for table in (Sampling, Loading, Preferences):
        for row in rows(table).values():
            yield from (row.group, row.label, row.help, row.unit, row.special[1] if row.special else "")
            yield from (label for _, label in row.choices)
    for command in COMMANDS:
        yield from (command.group, command.label, command.help)
    for example in EXAMPLES:
        yield from (example.title, example.question)


def wanted() -> list[Text]:
    """All texts, each once, sorted so that catalogues have small differences."""
    untranslated = {"", "%", "f32", "f16", "bf16", "q8_0", "q4_0", "Ctrl+Enter", *LANGUAGES.values()} - {"English"}
    return sorted({*texts_of_source(), *texts_of_tables()} - untranslated, key=str)


def updated(language: str) -> Catalog:
    """The catalogue on disk with exactly the wanted texts."""
    path = catalogue_path(language)
    old = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(language)
    new = Catalog(
        language,
        domain=DOMAIN,
        header_comment=f"# {LANGUAGES[language]} for Fireside. Made by resources/translations/update.py.",
        project="Fireside",
        version="catalogue",
        last_translator="The Fireside authors",
        language_team=language,
        msgid_bugs_address="none",
        creation_date=NO_DATE,  # the same source gives the same file
        revision_date=NO_DATE,
        fuzzy=False,
    )
    for text in wanted():
        known = old.get(text)
        string = known.string if known else ""
        if isinstance(text, tuple) and isinstance(string, str):
            string = tuple([string] * new.num_plurals)
        new.add(text, string)
    return new


def catalogue_path(language: str) -> Path:
    """Where the .po of a language lies; the .mo lies beside it."""
    return HERE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def rendered(catalogue: Catalog) -> tuple[bytes, bytes]:
    """The bytes of the .po and of the .mo."""
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalogue, width=120, omit_header=False, no_location=True)
    write_mo(mo, catalogue)
    return po.getvalue(), mo.getvalue()


def main() -> None:
    for language in LANGUAGES:
        if language == "en":
            continue
        catalogue = updated(language)
        po, mo = rendered(catalogue)
        catalogue_path(language).parent.mkdir(parents=True, exist_ok=True)
        catalogue_path(language).write_bytes(po)
        catalogue_path(language).with_suffix(".mo").write_bytes(mo)
        missing = [entry.id for entry in catalogue if entry.id and not any(entry.string)]
        print(f"{language}: {len(catalogue)} texts, {len(missing)} without translation")
        for text in missing:
            print("  ", text)


if __name__ == "__main__":
    main()
