"""The parser's rules for formulas, so that nothing in one is taken for emphasis, a list or an escape."""

from typing import TYPE_CHECKING

from app.core.math_marks import display_formula, inline_formula

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

OPEN = "open_formula"  # in the parser's environment: the line of the first formula that more text may still change


def add_math(parser: "MarkdownIt") -> None:
    """Let the parser make `math_block` and `math_inline` tokens; the content is the source with its marks."""
    parser.block.ruler.before("fence", "math_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.inline.ruler.before("escape", "math_inline", _inline)


def _inline(state: "StateInline", silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    if state.src[state.pos] == "\\" and state.src[state.pos + 1 : state.pos + 2] not in ("(", "["):
        return False
    end = inline_formula(state.src, state.pos, state.posMax)
    if not end:
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = state.src[state.pos : end]
    state.pos = end
    return True


def _block(state: "StateBlock", start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    start = state.bMarks[start_line] + state.tShift[start_line]
    if state.src[start : start + 1] not in ("$", "\\"):
        return False
    found = display_formula(state.src, start)
    if found is None:
        return False
    last = start_line
    while state.eMarks[last] < found.end and last + 1 < end_line:
        last += 1
        shown = state.bMarks[last] + state.tShift[last] < state.eMarks[last]
        if shown and state.sCount[last] < state.blkIndent:
            return False  # the container ends before the formula does
    whole = state.eMarks[last] >= found.end
    at_end = last + 2 >= len(state.bMarks)
    if at_end:
        state.env[OPEN] = min(start_line, state.env.get(OPEN, start_line))
    if not (found.closed and whole) and not (at_end and not found.closed and found.alone):
        return False
    if silent:
        return True
    token = state.push("math_block", "math", 0)
    token.content = state.getLines(start_line, last + 1, state.sCount[start_line], False).strip()
    token.map = [start_line, last + 1]
    state.line = last + 1
    return True
