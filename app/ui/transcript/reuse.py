"""Pieces that are laid out already, found again by what they show."""

from collections.abc import Sequence

from app.core.markdown import Block
from app.ui.transcript.headed import CodeView, Headed
from app.ui.transcript.pieces import Piece


class Known:
    """Each piece is given away once."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._by_look: dict[object, list[Piece]] = {}
        for piece in reversed(pieces):
            self._by_look.setdefault(_look(piece.block), []).append(piece)

    def take(self, block: Block, view: CodeView | None) -> Piece | None:
        """A piece that shows this block, however far it stands from the one above; code also in the same way."""
        found = self._by_look.get(_look(block)) if self._by_look else None
        for piece in reversed(found or ()):
            if not isinstance(piece, Headed) or piece.view is view:
                assert found is not None
                found.remove(piece)
                piece.block = block
                return piece
        return None


def _look(block: Block) -> object:
    return (
        block.kind, block.spans, block.level, block.inset, block.marker, block.language, block.file, block.rows, block.aligns,
    )  # fmt: skip
