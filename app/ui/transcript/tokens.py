"""Markdown into markdown-it's tokens, at once or in steps. The parser is imported when the first text needs it."""

from collections.abc import Generator
from functools import cache
from typing import TYPE_CHECKING

from app.core.markdown import NESTING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token


def tokens_of(text: str, told: dict[str, int] | None = None) -> "list[Token]":
    """The parser's block tokens, inline ones as their children; `told` takes what its rules have to say."""
    return _parser().parse(text, told)


def token_steps(text: str) -> "Generator[None, None, list[Token]]":
    """The same tokens: first a block at a time, then what stands within the lines of a block at a time."""
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore, block, inline

    parser = _parser()
    state = StateCore(text, parser, {})
    for rule in parser.core.ruler.getRules(""):
        if rule is block:
            yield from _block_steps(parser, StateBlock(state.src, parser, state.env, state.tokens))
        elif rule is inline:
            for token in state.tokens:
                if token.type == "inline":
                    token.children = token.children or []
                    parser.inline.parse(token.content, parser, state.env, token.children)
                    yield
        else:
            rule(state)
            yield
    return state.tokens


def _block_steps(parser: "MarkdownIt", state: "StateBlock") -> Generator[None, None, None]:
    """What the parser does for the outermost blocks, one after the other."""
    rules = parser.block.ruler.getRules("")
    line = 0
    while (line := state.skipEmptyLines(line)) < state.lineMax:
        state.line = line
        any(rule(state, line, state.lineMax, False) for rule in rules)  # the last of them takes every line
        line = state.line
        yield


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    from app.chat.math_rules import add_math

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": NESTING}).enable(["table", "strikethrough"])
    add_math(parser)
    # Notes stay where they are written: so a text means the same while its end is still to come.
    footnote_plugin(parser, inline=False, move_to_end=False, always_match_refs=True)
    return parser
