"""What a message looks like as data: a flat row of blocks made of styled spans, and how raw text becomes fit to show."""

import re
from collections.abc import Iterator
from typing import Literal

from app.core.attachments import Attachment
from app.core.code import read_fence
from app.core.record import record
from app.core.regex import regex

BOLD, ITALIC, STRIKE, CODE, MUTED, MATH, RAISED = 1, 2, 4, 8, 16, 32, 64  # Span.style is a sum of these

Kind = Literal["paragraph", "heading", "code", "rule", "table", "math", "attachment"]
Align = Literal["left", "center", "right"]
Inset = Literal["quote", "item", "wide"]  # a quote bar, a list item, a list item whose number has three digits or more

LINK_SCHEMES = ("http://", "https://", "mailto:")
PLAIN_CHUNK = 4_000  # characters of one plain paragraph; a longer one would be laid out in one long go
NESTING = 60  # containers in each other; the parser would drop what stands in more, so it is shown as it was written
NOTE_LABEL = regex(r"\w|\w{2,}(-\w+)*")  # of a footnote; [^a-z] and the like are sets of letters in a pattern
_LINE = 12  # characters that take as long to lay out as it takes to begin a line

_CONTROL = regex(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\r\u2028\u2029\x85\u202a-\u202e\u2066-\u2069]")
_FENCE = regex(r" {0,3}(`{3,}|~{3,})[ \t]*([^`\n]*)$")


@record
class Span:
    """A run of text in one style; `link` is the address it leads to. A formula is its source with its marks."""

    text: str
    style: int = 0
    link: str = ""


@record
class Block:
    """One block as it stands below the one before it; containers are flattened into `inset`, outermost first."""

    kind: Kind
    spans: tuple[Span, ...] = ()
    level: int = 0  # of a heading, 1 to 6
    inset: tuple[Inset, ...] = ()
    marker: str = ""  # of the first block of a list item: "•", "3.", "☐" or "☑"
    tight: bool = False  # stands close to the block above, as the items of a tight list do
    language: str = ""  # of a code block
    file: str = ""  # that a code block says it is; the name of an attachment
    rows: tuple[tuple[tuple[Span, ...], ...], ...] = ()  # of a table; the first row is its head
    aligns: tuple[Align, ...] = ()

    @property
    def text(self) -> str:
        """What the block says, as plain text without marker."""
        if self.kind == "table":
            return "\n".join("\t".join("".join(span.text for span in cell) for cell in row) for row in self.rows)
        return "".join(span.text for span in self.spans)


def displayable(text: str) -> str:
    """The text with nothing in it that a layout chokes on.

    Halves of surrogate pairs are joined where they fit and replaced where they are alone, line ends become \\n,
    and control characters become their pictures, so that they are seen and can do no harm. Those that turn the
    direction of what follows, which can show another text than the one that is there, are told by their numbers.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if not _CONTROL.search(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code > 0x2029:
        return f"‹U+{code:04X}›"
    return "␡" if code == 0x7F else "\n"


def plain_blocks(text: str) -> list[Block]:
    """Text as it was typed: paragraphs that keep their line breaks, and fenced code as code."""
    blocks: list[Block] = []
    lines: list[str] = []
    fence, info = "", ""

    def close() -> None:
        if fence:
            blocks.append(code_block("\n".join(lines), info))
        else:
            content = "\n".join(lines).strip("\n")
            blocks.extend(
                Block("paragraph", (Span(part),), tight=index > 0) for index, part in enumerate(chunks(content))
            )
        lines.clear()

    for line in displayable(text).split("\n"):
        found = _FENCE.match(line)
        if fence and found and found[1].startswith(fence) and not found[2].strip():
            close()
            fence = ""
        elif not fence and found:
            close()
            fence, info = found[1], found[2]
        else:
            lines.append(line)
    close()
    return [block for block in blocks if block.spans and (block.kind == "code" or block.spans[0].text)]


def code_block(code: str, info: str, inset: tuple[Inset, ...] = (), marker: str = "") -> Block:
    """Fenced code; `info` is what its opening line says behind the marks."""
    language, file = read_fence(info)
    return Block("code", (Span(code),), inset=inset, marker=marker, language=language, file=file)


def attached_block(shown: Attachment, number: int = 0) -> Block:
    """An attachment; `number` is how many stand above it."""
    text = (Span(displayable(shown.text)),)
    return Block("attachment", text, tight=number > 0, language=shown.language, file=displayable(shown.name))


def chunks(text: str, size: int = PLAIN_CHUNK) -> Iterator[str]:
    """Cut a long text into parts of about `size` characters, at line ends where there are any; nothing is lost but them.

    A part that ends in the middle of a line is cut at a space where one is near.
    """
    return (text[start:end] for start, end in chunk_places(text, size))


def chunk_places(text: str, size: int = PLAIN_CHUNK) -> Iterator[tuple[int, int]]:
    """From where to where each part goes. More text at the end changes none of them but the last one."""
    start, left = 0, weight(text)
    while left > size + size // 2:
        last = _reach(text, start, size)
        middle = start + (last - start) // 2
        end = text.rfind("\n", middle, last)
        following = end + 1
        if end < 0:
            space = text.rfind(" ", middle, last)
            end = following = space + 1 if space >= 0 else last
        yield start, end
        left -= weight(text[start:following])
        start = following
    if start < len(text) or not text:
        yield start, len(text)


def _reach(text: str, start: int, size: int) -> int:
    """The position up to which there is about so much to lay out."""
    while size > 0 and (line := text.find("\n", start, start + size)) >= 0:
        size -= line + 1 - start + _LINE
        start = line + 1
    return start + max(0, size)


def weight(text: str) -> int:
    """How much there is to lay out, in characters: lines count as well."""
    return len(text) + _LINE * text.count("\n")


def parts_of(text: str, size: int) -> list[str]:
    """Cut a long Markdown text into parts of about `size` characters or more that mean alone what they mean in it.

    Parts end before a line that begins a block of its own, outside of code; where there is none for long, at any
    empty line, at any line end, in a line. Long code is a part of its own. Line ends are lost where it is cut,
    nothing else.
    """
    parts: list[str] = []
    lines: list[str] = []
    length, fence, empty = 0, "", True
    opened: tuple[int, int] | None = None  # line and length where code began

    def close(to: int | None = None) -> None:
        nonlocal length
        if done := lines[:to]:
            parts.append("\n".join(done))
        del lines[:to]
        length = sum(map(len, lines)) + len(lines)

    for line in text.split("\n"):
        begins = empty and line[:1] not in (" ", "\t", "")
        if not fence and ((length >= size and begins) or (length >= 2 * size and empty) or length >= 3 * size):
            close()
        found = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if fence and found and found[1].startswith(fence) and not found[2].strip():
            fence, opened = "", None
        elif not fence and found:
            fence, opened = found[1], ((len(lines), length) if line[0] in "`~" else None)
        if opened and length - opened[1] > 2 * size:
            close(opened[0])
            opened = None
        if not fence and len(line) > 2 * size:
            close()
            *whole, line = chunks(line, size)
            parts += whole
        lines.append(line)
        length += len(line) + 1
        empty = not line.strip()
    close()
    return parts or [""]


def utf16_length(text: str) -> int:
    """Length in UTF-16 units, which are what Qt counts positions in."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf16_slice(text: str, start: int, end: int) -> str:
    """The part of a text between two positions in UTF-16 units; a pair that is cut in half is dropped."""
    if text.isascii():
        return text[start:end]
    return text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end].decode("utf-16-le", "ignore")
