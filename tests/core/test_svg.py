"""Drawings that somebody wrote: what is kept of them, what is left out, and what is refused."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.svg import DEEPEST, LONGEST, MOST, LeftOut, Refused, Why, harmless

NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
BOX = f'<svg {NS} viewBox="0 0 100 50" width="100" height="50">'


def svg(inside: str, head: str = BOX) -> str:
    return f"{head}{inside}</svg>"


BILLION = (
    '<!DOCTYPE svg [<!ENTITY a "ha">' + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>" + svg("<text>&i;</text>")
)  # fmt: skip
DOUBLING = svg(
    "<defs>"
    + '<g id="a0"><rect width="1" height="1"/></g>'
    + "".join(f'<g id="a{n}"><use href="#a{n - 1}"/><use xlink:href="#a{n - 1}"/></g>' for n in range(1, 40))
    + '</defs><use href="#a39"/>'
)

REFUSED: dict[str, tuple[str, Why]] = {
    "entities that grow": (BILLION, "entities"),
    "an entity from a file": (
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + svg("<text>&x;</text>"),
        "entities",
    ),
    "a parameter entity": ('<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://a.b/c">%x;]>' + svg(""), "entities"),
    "an entity nobody knows": (svg("<text>&nbsp;</text>"), "malformed"),
    "doubling by reference": (DOUBLING, "too_many"),
    "a circle of references": (svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'), "too_many"),
    "itself within itself": (svg('<g id="a"><use href="#a"/></g>'), "too_many"),
    "a pattern of itself": (svg('<pattern id="p"><rect fill="url(#p)"/></pattern><rect fill="url(#p)"/>'), "too_many"),
    "a long chain of references": (
        svg("".join(f'<g id="a{n}"><use href="#a{n + 1}"/></g>' for n in range(9_000))),
        "too_many",
    ),
    "too deep": (svg("<g>" * DEEPEST + "</g>" * DEEPEST), "too_deep"),
    "too many": (svg("<rect/>" * (MOST + 1)), "too_many"),
    "too long": (svg("<!--" + "x" * LONGEST + "-->"), "too_long"),
    "not closed": (BOX + "<rect>", "malformed"),
    "no XML": ("graph TD; A-->B", "malformed"),
    "another language": ("<html><svg/></html>", "no_svg"),
    "nothing": ("", "malformed"),
    "endless": (svg("", f'<svg {NS} width="1e9" height="1e9">'), "size"),
    "a thread": (svg("", f'<svg {NS} viewBox="0 0 1 99999">'), "size"),
}

LEFT_OUT: dict[str, tuple[str, LeftOut]] = {
    "a script": ("<script>alert(1)</script>", "scripts"),
    "a script from elsewhere": ('<script xlink:href="http://a.b/c.js"/>', "scripts"),
    "what happens on a click": ('<rect onclick="steal()"/>', "scripts"),
    "in capitals": ('<rect OnLoad="steal()"/>', "scripts"),
    "a picture from the network": ('<image href="http://a.b/c.png" width="9" height="9"/>', "elsewhere"),
    "a picture from the disk": ('<image xlink:href="file:///etc/passwd" width="9" height="9"/>', "elsewhere"),
    "a picture beside it": ('<image href="c.png" width="9" height="9"/>', "elsewhere"),
    "an SVG within": ('<image href="data:image/svg+xml;base64,PHN2Zy8+" width="9" height="9"/>', "elsewhere"),
    "a shape from elsewhere": ('<use href="http://a.b/c.svg#d"/>', "elsewhere"),
    "a fill from elsewhere": ('<rect fill="url(http://a.b/c#d)"/>', "elsewhere"),
    "a fill in a style": ("<rect style=\"fill: url('//a.b/c#d')\"/>", "elsewhere"),
    "an import": ("<style>@import url(http://a.b/c.css); rect { fill: red }</style>", "elsewhere"),
    "a font": ("<style>@font-face { font-family: x; src: url(http://a.b/c.woff) }</style>", "elsewhere"),
    "letters in disguise": ("<style>rect { fill: u\\72l(http://a.b/c) }</style>", "elsewhere"),
    "an address in a style sheet": ("<style>rect { fill: URL( http://a.b/c ) }</style>", "elsewhere"),
    "a page": ("<foreignObject><iframe src='http://a.b'/></foreignObject>", "pages"),
    "movement": ('<rect><animate attributeName="x" to="9"/></rect>', "animations"),
    "a link that moves": ('<rect><set attributeName="href" to="javascript:x"/></rect>', "animations"),
    "a picture of a filter": ('<filter id="f"><feImage href="http://a.b/c"/></filter>', "elsewhere"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    text, why = REFUSED[name]
    with pytest.raises(Refused) as caught:
        harmless(text)
    assert caught.value.why == why


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_is_left_out(name: str) -> None:
    inside, what = LEFT_OUT[name]
    found = harmless(svg(inside + '<circle id="kept" r="5"/>'))
    assert found.left_out == (what,)
    assert 'id="kept"' in found.svg
    assert_harmless(found.svg)


def assert_harmless(text: str) -> None:
    """Nothing that acts, nothing that leads elsewhere."""
    for element in ElementTree.fromstring(text).iter():
        assert element.tag.rpartition("}")[2] not in ("script", "foreignObject", "animate", "set", "feImage", "iframe")
        for name, value in element.attrib.items():
            plain = name.rpartition("}")[2].lower()
            assert not plain.startswith("on")
            if plain == "href":
                assert value.startswith(("#", "data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp"))
            assert not re.search(r"url\s*\((?!\s*['\"]?#)", value, re.IGNORECASE)
        if element.tag.endswith("style"):
            assert not re.search(r"@|\\|url\s*\((?!\s*['\"]?#)", element.text or "", re.IGNORECASE)


def test_a_whole_drawing_stays_as_it_is() -> None:
    found = harmless(
        '<?xml version="1.0" encoding="UTF-16"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">\n'
        + svg(
            '<title>T</title><defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs>'
            "<style>.a { fill: url(#g); stroke: black } /* no */</style>"
            '<rect class="a" width="9" height="9" transform="rotate(3)"/><text x="1">A &amp; B <tspan>中</tspan></text>'
            '<image href="data:image/png;base64,iVBORw0KGgo=" width="1" height="1"/>'
            '<a href="http://a.b"><path d="M0 0L9 9"/></a>'
        )
    )
    assert (found.width, found.height, found.fills, found.left_out) == (100, 50, False, ())
    for kept in (
        "linearGradient",
        "fill: url(#g)",
        "A &amp; B <tspan>中</tspan>",
        "data:image/png",
        'd="M0 0L9 9"',
        "rotate(3)",
    ):
        assert kept in found.svg
    for gone in ("title", "a.b", "/*"):
        assert gone not in found.svg
    assert_harmless(found.svg)


@pytest.mark.parametrize(
    ("head", "size"),
    [
        ('<svg viewBox="0 0 24 12">', (24, 12, True)),
        ('<svg width="100%" height="100%" viewBox="0 0 24 12">', (24, 12, True)),
        ('<svg width="48" viewBox="0,0 24,12">', (48, 24, False)),
        ('<svg height="1in" viewBox="0 0 24 12">', (192, 96, False)),
        ('<svg width="10mm" height="10mm">', (96 / 2.54, 96 / 2.54, False)),
        ("<svg>", (0, 0, False)),
        ('<svg width="-5" height="nan" viewBox="a b c d">', (0, 0, False)),
        ('<svg:svg xmlns:svg="http://www.w3.org/2000/svg" width="5" height="6">', (5, 6, False)),
    ],
)
def test_sizes(head: str, size: tuple[float, float, bool]) -> None:
    name = "svg:svg" if "svg:svg" in head else "svg"
    found = harmless(f"{head}<rect/></{name}>")
    assert (found.width, found.height, found.fills) == (pytest.approx(size[0]), pytest.approx(size[1]), size[2])


def test_the_line_of_a_mistake() -> None:
    with pytest.raises(Refused) as caught:
        harmless(f"{BOX}\n<rect/>\n<text>R&D</text>\n</svg>")
    assert caught.value.line == 3


PARTS = st.sampled_from(
    ["<g>", "</g>", "<rect/>", '<use href="#a"/>', '<g id="a">', "<script>", "</script>", "<style>", "</style>", "url(", ")", "#a", "'", "&amp;",
     "<![CDATA[", "]]>", "<!--", "-->", "@import 'x';", "{", "}", "\\", '<rect style="fill:url(x)"/>', '<image href="data:image/png;base64,AA"/>',
     '<rect fill="url(#a) url(b)"/>', "<x:y xmlns:x='z'/>", "<?xml-stylesheet href='a'?>", "<a href='javascript:x'>", "</a>", "é", "\0"]
) | st.text(max_size=4)  # fmt: skip


@given(st.lists(PARTS, max_size=25).map("".join))
def test_whatever_is_drawn_is_harmless(inside: str) -> None:
    try:
        found = harmless(svg(inside))
    except Refused:
        return
    assert_harmless(found.svg)
