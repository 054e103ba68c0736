"""Which piece shows a block, how far it stands from the left edge and from the block above."""

from app.core.markdown import Block
from app.typeset.formula import Key
from app.ui.transcript.attachment_piece import AttachmentPiece
from app.ui.transcript.code import CodePiece
from app.ui.transcript.headed import CodeView, Headed
from app.ui.transcript.highlights import Marked
from app.ui.transcript.look import Look
from app.ui.transcript.math_piece import MathPiece
from app.ui.transcript.picture_piece import PicturePiece
from app.ui.transcript.pieces import Piece, RulePiece, TextPiece
from app.ui.transcript.wide import TablePiece

Plate = Headed | AttachmentPiece  # what has deeds of its own


def formula_at(piece: Piece, x: int, y: int) -> Marked:
    """The part of a piece's text that is the formula at a point."""
    return piece.formula_at(x, y) if isinstance(piece, TextPiece | TablePiece | MathPiece) else None


def formula_around(piece: Piece, position: int) -> Marked:
    """The part of a piece's text that is the formula which a position is inside of."""
    found = []
    if isinstance(piece, TextPiece) and piece.lines.math:
        found = [source for _, source in piece.lines.math.sources()]
    elif isinstance(piece, MathPiece) and piece.formula_at(0, 0):
        found = [(0, piece.length)]
    return next((source for source in found if source[0] < position < source[1]), None)


def lay_out(look: Look, block: Block, width: int) -> Piece:
    """The piece that shows a block."""
    match block.kind:
        case "code":
            return CodePiece(look, block, width)
        case "attachment":
            return AttachmentPiece(look, block, width)
        case "table":
            return TablePiece(look, block, width)
        case "math":
            return MathPiece(look, block, width)
        case "rule":
            return RulePiece(look, block, width)
        case _:
            return TextPiece(look, block, width)


def plate(look: Look, block: Block, width: int, view: CodeView, growing: bool = False) -> CodePiece | PicturePiece:
    """Code, or the picture that it draws where that is wanted and there is one."""
    drawing = view.drawing
    if view.picture and drawing is not None and drawing.text == block.text:
        return PicturePiece(look, block, width, view, drawing)
    return CodePiece(look, block, width, view, growing)


def waiting(piece: Piece) -> set[Key]:
    """The formulas whose source a piece shows."""
    return piece.waiting if isinstance(piece, TextPiece | TablePiece | MathPiece) else set()


def gap(look: Look, above: Block, block: Block) -> int:
    """What is left free between two blocks."""
    if block.tight:
        return look.px(4)
    if block.kind == "heading":
        return look.px(26 if block.level < 3 else 20)
    if above.kind == "heading":
        return look.px(8)
    if "rule" in (block.kind, above.kind):
        return look.px(14)
    return look.gap
