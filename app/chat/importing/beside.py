"""What programs keep beside the words of an answer: sources, canvases and artifacts, as Markdown in its text."""

import json
import re
from typing import Any

from app.chat.importing.values import rows, table, tables, text
from app.core.attachments import attachment, joined
from app.core.code import language_of_file
from app.core.language import tr

Json = dict[str, Any]

_MARKED = re.compile("([ \t]*)(\ue200([^\ue200\ue201]*)\ue201)")  # of ChatGPT: a kind, and its values behind \ue202
_MARKS = re.compile("[\ue200-\ue206]")
_CANVAS = "canmore."
_LANGUAGES = {
    "text/markdown": "markdown", "text/html": "html", "image/svg+xml": "svg", "document": "markdown",
    "application/vnd.ant.mermaid": "mermaid", "application/vnd.ant.react": "jsx",
}  # fmt: skip


def with_file(said: str, name: str, content: str) -> str:
    """What was said, with a text file that goes with it."""
    return joined(said, [attachment(name, content, language_of_file(name))])


def _shown(title: str, language: str, content: str) -> str:
    """A text that was written beside an answer, below its title."""
    fence = "```"
    while fence in content:
        fence += "`"
    end = "" if content.endswith("\n") else "\n"
    head = f"**{' '.join(title.split())}**\n\n" if title.strip() else ""
    return f"{head}{fence}{language}\n{content}{end}{fence}"


# ── ChatGPT ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def cited(said: str, about: Json) -> str:
    """An answer of ChatGPT with links in the places of its marks for sources; marks that lead nowhere are left out.

    Args:
        about: the message's metadata.
    """
    if not _MARKS.search(said):
        return said
    instead = {
        mark: text(each.get("alt")) or _links(each)
        for each in tables(about.get("content_references"))
        if (mark := text(each.get("matched_text"))).startswith("\ue200")
    }

    def replaced(found: re.Match[str]) -> str:
        words = instead.get(found[2]) or _named(found[3])
        return f"{found[1]}{words}" if words else ""  # the blank before it goes too

    return _MARKS.sub("", _MARKED.sub(replaced, said))


def _links(reference: Json) -> str:
    """The pages that a mark stands for."""
    pages = [(text(each.get("title")), text(each.get("url"))) for each in tables(reference.get("items"))]
    links = [f"[{re.sub(r'[][]', ' ', title).strip() or url}]({url})" for title, url in pages if url]
    return f"({', '.join(links)})" if links else ""


def _named(mark: str) -> str:
    """What a mark that nothing is said of is called: something with a name has it in itself."""
    kind, _, rest = mark.partition("\ue202")
    if kind != "entity":
        return ""
    try:
        values = rows(json.loads(rest))
    except ValueError:
        return ""
    return text(values[1]) if len(values) > 1 else ""


def is_canvas(name: str) -> bool:
    """Whether this is the tool of ChatGPT that writes beside the conversation."""
    return name.startswith(_CANVAS)


def canvas(recipient: str, call: str, titles: list[str]) -> str:
    """A text that ChatGPT wrote in a canvas, or wrote anew; nothing where only a part was changed.

    Args:
        titles: of the canvases so far; a new one is added.
    """
    try:
        given = table(json.loads(call))
    except (ValueError, RecursionError):
        return ""
    if recipient == f"{_CANVAS}create_textdoc" and text(given.get("content")):
        titles.append(text(given.get("name")))
        kind = text(given.get("type"))
        return _shown(titles[-1], _LANGUAGES.get(kind) or _word(kind.partition("/")[2]), text(given["content"]))
    changes = tables(given.get("updates"))
    if recipient == f"{_CANVAS}update_textdoc" and len(changes) == 1 and changes[0].get("pattern") == ".*":
        return _shown(titles[-1] if titles else tr("Canvas"), "", text(changes[0].get("replacement")))
    return ""


# ── Claude ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def artifact(use: Json, known: dict[str, Json]) -> str:
    """A text that Claude wrote beside its answer, as it was after this use of the tool; nothing where it was another tool.

    Args:
        known: the artifacts so far, by their names; this one is kept there.
    """
    given = table(use.get("input"))
    if use.get("name") == "create_file":
        name = text(given.get("path")).rpartition("/")[2]
        content = text(given.get("file_text"))
        return _shown(name, _word(language_of_file(name)), content) if content else ""
    if use.get("name") != "artifacts":
        return ""
    name = text(given.get("id"))
    before = known.get(name, {})
    content = text(given.get("content"))
    if given.get("command") == "update" and text(given.get("old_str")):
        content = text(before.get("content")).replace(text(given["old_str"]), text(given.get("new_str")), 1)
    if not content or content == before.get("content"):
        return ""
    now = known[name] = {**before, **{each: value for each, value in given.items() if value}, "content": content}
    kind = _LANGUAGES.get(text(now.get("type"))) or _word(text(now.get("language")))
    return _shown(text(now.get("title")), kind, content)


def _word(language: str) -> str:
    """A language as it may stand behind a fence."""
    return language if re.fullmatch(r"[A-Za-z0-9+#.-]{1,20}", language) and language != "text" else ""
