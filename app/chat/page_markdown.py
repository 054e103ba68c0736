"""Markdown for pages outside the window: what the window shows of it, as HTML without anything that would be fetched."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from app.chat.math_rules import add_math
from app.core.addresses import addresses
from app.core.language import tr
from app.core.markdown import LINK_SCHEMES, NESTING, NOTE_LABEL
from app.core.math_marks import latex_of

_TASK = re.compile(r"\[([ xX])\] +")


def markdown_reader() -> MarkdownIt:
    """The parser and renderer of answers: nothing in them becomes HTML, nothing is fetched."""
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": NESTING}).enable(
        ["table", "strikethrough"]
    )
    add_math(reader)
    footnote_plugin(reader, inline=False, move_to_end=False, always_match_refs=True)
    reader.core.ruler.push("tasks", _tasks)
    reader.core.ruler.push("notes", _notes)
    reader.core.ruler.push("addresses", _addresses)
    for name, rule in (
        ("math_inline", _formula),
        ("math_block", _formula),
        ("image", _picture_as_link),
        ("footnote_ref", _note_mark),
        ("footnote_reference_open", _note_open),
        ("footnote_reference_close", _note_close),
    ):
        reader.add_render_rule(name, rule)
    reader.validateLink = _may_be_linked  # type: ignore[assignment,method-assign]  # the way that markdown-it documents
    return reader


def parsed(reader: MarkdownIt, text: str) -> list[Token] | None:
    """The parser's tokens; None where it would drop what is nested deepest, so that the text is shown as it is written."""
    tokens = reader.parse(text)
    return None if any(token.level >= NESTING - 1 for token in tokens) else tokens


def rendered(reader: MarkdownIt, text: str) -> str:
    """A text as HTML."""
    tokens = parsed(reader, text)
    if tokens is None:
        return f'<p class="typed">{escape(text)}</p>\n'
    return str(reader.renderer.render(tokens, reader.options, {}))


def _may_be_linked(address: str) -> bool:
    return address.lower().startswith(LINK_SCHEMES)


# ── what the parser leaves as text ────────────────────────────────────────────────────────────────────────────────────


def _tasks(state: StateCore) -> None:
    """Items that begin with [ ] or [x] get a box; a list of nothing else has no bullets."""
    open_: list[tuple[Token, list[bool]]] = []  # the lists around, and which of their items are tasks
    tokens = state.tokens
    for index, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            open_.append((token, []))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            opening, tasks = open_.pop()
            if all(tasks) and opening.type == "bullet_list_open":
                opening.attrSet("style", "list-style-type:none")
        elif token.type == "list_item_open":
            first = tokens[index + 2] if tokens[index + 1].type == "paragraph_open" else None
            children = (first.children if first is not None else None) or []
            found = _TASK.match(children[0].content) if children and children[0].type == "text" else None
            open_[-1][1].append(found is not None)
            if found:
                children[0].content = ("☐ " if found[1] == " " else "☑ ") + children[0].content[found.end() :]


def _notes(state: StateCore) -> None:
    """Each note begins with its number."""
    label = ""
    for token in state.tokens:
        if token.type == "footnote_reference_open":
            label = f"[{token.meta['label']}] "
        elif token.type == "footnote_reference_close":
            label = ""
        elif token.type == "inline" and label and token.children is not None:
            token.children.insert(0, _text(label))
            label = ""


def _addresses(state: StateCore) -> None:
    """Bare addresses become links."""
    for token in state.tokens:
        if token.type != "inline" or not token.children:
            continue
        children: list[Token] = []
        links = 0
        for child in token.children:
            links += child.type == "link_open"
            links -= child.type == "link_close"
            if child.type != "text" or links:
                children.append(child)
                continue
            for part, goal in addresses(child.content):
                if goal:
                    opening = Token("link_open", "a", 1, attrs={"href": goal})
                    children += [opening, _text(part), Token("link_close", "a", -1)]
                elif part:
                    children.append(_text(part))
        token.children = children


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


# ── as HTML ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _picture_as_link(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """A picture would be fetched from somewhere: its words, with its address as a link."""
    address = escape(str(tokens[index].attrs.get("src", "")), quote=True)
    words = escape(tokens[index].content) or tr("Picture")
    return f'<a href="{address}">{words}</a>'


def _formula(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Set by the browser where it can be, else as it was written."""
    from app.typeset.mathml import mathml  # with it comes what reads LaTeX, which most pages do not need

    token = tokens[index]
    if set_ := mathml(latex_of(token.content)):
        return set_ if token.type == "math_inline" else f"{set_}\n"
    if token.type == "math_inline":
        return f'<span class="math">{escape(token.content)}</span>'
    return f'<p class="math">{escape(token.content)}</p>\n'


def _note_mark(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    label = str(tokens[index].meta["label"])
    return f"<sup>[{escape(label)}]</sup>" if NOTE_LABEL.fullmatch(label) else f"[^{escape(label)}]"


def _note_open(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return '<div class="footnote">\n'


def _note_close(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return "</div>\n"
