"""Markdown as models write it and as nobody does: documents from a grammar of all constructs, for hypothesis."""

from hypothesis import strategies as st

WORD = st.sampled_from(
    ["word", "two", "a", "Ω", "naïve", "中文", "段落，", "שלום", "مرحبا", "👩‍👩‍👧", "🏳️‍🌈", "5", "$5", "x_1", "a*b", "1.", "-", "+", "#", ">"]
)  # fmt: skip
SAFE = st.sampled_from(["word", "two", "a", "Ω", "naïve", "中文", "שלום", "👩‍👩‍👧", "5"])


def joined(parts: st.SearchStrategy[str], most: int = 4) -> st.SearchStrategy[str]:
    return st.lists(parts, min_size=1, max_size=most).map(" ".join)


def styled(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Everything that can stand within a line."""
    words = joined(SAFE, 3)
    return st.one_of(
        WORD,
        inner.map(lambda text: f"**{text}**"),
        inner.map(lambda text: f"*{text}*"),
        inner.map(lambda text: f"_{text}_"),
        inner.map(lambda text: f"***{text}***"),
        inner.map(lambda text: f"~~{text}~~"),
        inner.map(lambda text: f"[{text}](https://a.example/b_(c))"),
        inner.map(lambda text: f'[{text}](</d e> "title")'),
        words.map(lambda text: f"`{text}`"),
        words.map(lambda text: f"``{text} ` {text}``"),
        words.map(lambda text: f"![{text}](https://a.example/p.png)"),
        st.sampled_from(
            [
                "https://a.example/x", "www.b.example", "c@d.example", "<https://e.example>", "<b>html</b>", "<br>", "&amp;", "&copy;",
                "\\*", "\\_", "\\[", "\\\\", "**", "*", "_", "`", "``", "~~", "[", "]", "](", "!", "<", "|", "&", "\\", "  \n", "\\\n", "\n",
            ]
        ),
    )  # fmt: skip


INLINE = joined(st.recursive(WORD, styled, max_leaves=5), 6)
LINE = INLINE.map(lambda text: text.replace("\n", " "))


def indented(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *((rest + line if line else line) for line in lines[1:])])


def fences() -> st.SearchStrategy[str]:
    code = st.lists(
        st.sampled_from(["x = 1", "", "  y", "```", "~~~", "\tz", "# no heading", "- no item", "$$", "中"]), max_size=5
    )

    def fence(mark: str, info: str, lines: list[str], closed: bool) -> str:
        return "\n".join([mark + info, *lines, *([mark] if closed else [])])

    return st.builds(
        fence, st.sampled_from(["```", "````", "~~~", " ```", "   ~~~~"]), st.sampled_from(["", "python", "js title='a.js'", " x"]),
        code, st.booleans() | st.just(True),
    )  # fmt: skip


def tables() -> st.SearchStrategy[str]:
    cell = LINE.map(lambda text: text.replace("|", "\\|"))

    def table(columns: int, aligns: list[str], rows: list[list[str]]) -> str:
        rule = "|" + "|".join(aligns[:columns]) + "|"
        lines = ["| " + " | ".join(row[: max(1, columns - len(row) % 2)]) + " |" for row in rows]
        lines[0] = "| " + " | ".join(rows[0][:columns]) + " |"
        return "\n".join([lines[0], rule, *lines[1:]])

    three = st.lists(cell, min_size=3, max_size=3)
    return st.builds(
        table, st.integers(1, 3), st.lists(st.sampled_from(["---", ":--", "--:", ":-:"]), min_size=3, max_size=3),
        st.lists(three, min_size=1, max_size=4) | st.builds(lambda row, n: [row] * n, three, st.integers(20, 30)),
    )  # fmt: skip


def leaves() -> st.SearchStrategy[str]:
    return st.one_of(
        INLINE,
        st.builds(lambda level, text: "#" * level + " " + text, st.integers(1, 7), LINE),
        st.builds(lambda text, line: f"{text}\n{line}", LINE, st.sampled_from(["===", "---", "-", "="])),
        st.sampled_from(["---", "***", "___", "* * *", "<div>\nhtml\n</div>", "<!-- note -->", "|", "> ", "-", "1.", "    code\n\n    more"]),
        fences(),
        tables(),
    )  # fmt: skip


def containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    blocks = st.lists(inner, min_size=1, max_size=3).map("\n\n".join)
    items = st.lists(blocks | st.sampled_from(["", "[ ] to do", "[x] done"]), min_size=1, max_size=4)

    def bulleted(items: list[str], mark: str, between: str) -> str:
        return between.join(indented(item, f"{mark} ", "  ") for item in items)

    def numbered(items: list[str], start: int, mark: str, between: str) -> str:
        firsts = [f"{start + number}{mark} " for number in range(len(items))]
        return between.join(indented(item, first, " " * len(first)) for item, first in zip(items, firsts, strict=True))

    between = st.sampled_from(["\n", "\n\n", "\n\n\n"])
    return st.one_of(
        blocks.map(lambda text: "\n".join(f"> {line}" for line in text.split("\n"))),
        st.builds(lambda first, more: f"> {first}\n{more}", LINE, LINE),  # a lazy line
        st.builds(bulleted, items, st.sampled_from("-*+"), between),
        st.builds(numbered, items, st.sampled_from([0, 1, 7, 99]), st.sampled_from(".)"), between),
    )


BLOCK = st.recursive(leaves(), containers, max_leaves=6)
NOTES = st.sampled_from(["Word[^1].", "[^1]: A note\n    goes on.\n\n    And on.", "[^2]: *other*", "[^2] and [^3]"])
MATH = st.sampled_from(
    [
        "$x^2$ is one", "so $\\alpha$, too", "$$\nx = 1\n$$", "$$y$$", "\\[\na\n\\]", "\\(b\\) there", "\\begin{align}\na &= b\n\\end{align}",
        "$$\n\nopen", "$5 and $6", "- \\[\n  z\n  \\]", "in $$a$$ line", "\\(", "$$",
    ]
)  # fmt: skip
LINKS = st.sampled_from(
    ["[one]: /first", '[two]: </second> "title"', "[one] and [two]", "[text][one]", "![p][two]", "[three]:\n/third"]
)

BETWEEN = st.sampled_from(["\n", "\n\n", "\n \n", "\n\n\n\n"])


def documents(parts: st.SearchStrategy[str], most: int = 5) -> st.SearchStrategy[str]:
    """Blocks below each other, apart by one line end or by more."""
    one = st.tuples(parts, BETWEEN).map("".join)
    return st.builds(lambda parts, end: "".join(parts) + end, st.lists(one, max_size=most), parts | st.just(""))


ARBITRARY = st.text(st.characters(codec=None, exclude_categories=[]), max_size=80)
SIGNS = st.text("ab*_`~-#>|+=1.:[]()!<&$\\ \t\r\n", max_size=80)
EVERYTHING = documents(st.one_of(BLOCK, BLOCK, BLOCK, NOTES, MATH, LINKS, ARBITRARY, SIGNS))
"""All constructs, and any text between them."""
MARKDOWN = documents(BLOCK)
"""What markdown-it itself understands: no formulas, no notes."""
