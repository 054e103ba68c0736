"""Formulas as MathML, which browsers set themselves: for web pages, where there is no process to set them."""

import re
import warnings
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from app.typeset.formula import Key
from app.typeset.worker import DEPTH, nesting, rewritten

_ELEMENTS = re.compile(
    "math|mrow|mi|mn|mo|mtext|mspace|mfrac|msqrt|mroot|msub|msup|msubsup|munder|mover|munderover|mtable|mtr|mtd|mstyle"
    "|mpadded|mphantom|menclose|mmultiscripts|mprescripts|none"
)
_ATTRIBUTES = re.compile(
    "display|displaystyle|scriptlevel|mathvariant|mathcolor|mathsize|stretchy|fence|form|separator|accent|accentunder"
    "|lspace|rspace|width|height|depth|voffset|linethickness|movablelimits|minsize|maxsize|symmetric|largeop"
    "|columnalign|columnlines|rowlines|rowspacing|columnspacing|notation"
)
_HARMLESS = re.compile(r"[\w\s.,#%+-]*")
_COMMAND = re.compile(r"\\[A-Za-z]")


def mathml(key: Key) -> str:
    """LaTeX and whether it stands on lines of its own, as an element with the LaTeX in it to be copied; "" where it cannot
    be said in MathML as its author meant it."""
    latex, display = key
    if nesting(latex) > DEPTH:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a library about its own code
            from ziamath.tex import tex2mml
        tree = ElementTree.fromstring(tex2mml(rewritten(latex), inline=not display))
    except Exception:  # noqa: BLE001  # two libraries' ways to say that a formula is wrong
        return ""
    if not all(_cleaned(element) for element in tree.iter()):
        return ""
    inner = Element("mrow")
    inner.extend(list(tree))
    top = Element("math", {"display": "block" if display else "inline"})
    semantics = ElementTree.SubElement(top, "semantics")
    semantics.append(inner)
    source = ElementTree.SubElement(semantics, "annotation", {"encoding": "application/x-tex"})
    source.text = latex
    return ElementTree.tostring(top, encoding="unicode")


def _cleaned(element: Element) -> bool:
    """Take away what is no attribute of a formula; false for what is no part of one, or was not understood."""
    element.tag = element.tag.rpartition("}")[2]
    for name, value in list(element.attrib.items()):
        if not _ATTRIBUTES.fullmatch(name) or not _HARMLESS.fullmatch(value):
            del element.attrib[name]
    understood = element.tag == "mtext" or not _COMMAND.search(element.text or "")
    return bool(_ELEMENTS.fullmatch(element.tag)) and understood
