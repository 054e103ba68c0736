"""An answer read aloud while it is being written: sentence by sentence, each once."""

from collections.abc import Iterator, Sequence

from app.core.language import tr, trn
from app.core.markdown import Block
from app.core.regex import regex

_END = regex(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？…]+[”’」』）]*|\n")
_NO_END = regex(r"(?:^|[\s(])(?:\w|[A-Z][a-z]|\d+|e\.g|i\.e|etc|vs|cf|Mrs)\.$")  # "Dr. No", "e.g. this"


class Aloud:
    """Knows what of an answer was said. A block is said in sentences; what is no prose is told of when it is whole."""

    def __init__(self) -> None:
        self._block = 0
        self._place = 0  # in that block's text

    def hear(self, blocks: Sequence[Block], ended: bool) -> list[str]:
        """What can be said now; `ended` says that nothing more will come."""
        return [text for text in self._hear(blocks, ended) if any(map(str.isalnum, text))]

    def _hear(self, blocks: Sequence[Block], ended: bool) -> Iterator[str]:
        while self._block < len(blocks):
            block = blocks[self._block]
            last = self._block == len(blocks) - 1
            whole = ended or not last
            if block.kind in ("paragraph", "heading"):
                yield from self._sentences(block, whole)
            elif whole and not self._place:
                yield description(block)
                self._place = max(1, len(block.text))
            if last:
                return
            self._block, self._place = self._block + 1, 0

    def _sentences(self, block: Block, whole: bool) -> Iterator[str]:
        text, start = block.text, self._place
        mark = marker(block) if not start else ""
        for end in [found.end() for found in _END.finditer(text, start)]:
            part = text[start:end].strip()
            if part and (text[end - 1] == "\n" or not _NO_END.search(part)):
                yield f"{mark}{part}"
                start, mark = end, ""
        if whole and (part := text[start:].strip()):
            yield f"{mark}{part}"
            start = len(text)
        self._place = start


def marker(block: Block) -> str:
    """How the mark of a list item is said, with a blank behind it; a bullet is not."""
    said = {"•": "", "☐": tr("To do:"), "☑": tr("Done:")}.get(block.marker, block.marker)
    return f"{said} " if said else ""


def code_told(label: str, lines: int) -> str:
    """What is said of code in this language, or of this file; "" where nothing is known of it."""
    if not label:
        return trn("Code, {count} line", "Code, {count} lines", lines)
    return trn("Code, {language}, {count} line", "Code, {language}, {count} lines", lines, language=label)


def description(block: Block) -> str:
    """What is said of a block that is no prose."""
    match block.kind:
        case "code":
            return code_told(block.file or block.language, block.text.count("\n") + 1)
        case "table":
            return trn("Table with {count} row", "Table with {count} rows", max(0, len(block.rows) - 1))
        case "math":
            return block.text
        case _:
            return ""
