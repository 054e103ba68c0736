"""What a fence says of a block of code, and the name under which the block is saved."""

import pytest

from app.core.code import file_name, is_svg, read_fence


@pytest.mark.parametrize(
    ("info", "language", "file"),
    [
        ("", "", ""),
        ("python", "python", ""),
        ("c++ extra words", "c++", ""),
        ("python:src/app.py", "python", "app.py"),
        ("main.rs", "rs", "main.rs"),
        ("ts src/list.test.ts", "ts", "list.test.ts"),
        ('js title="web/index.js" {3}', "js", "index.js"),
        ("{.haskell .numbers}", "haskell", ""),
        (r"bat file=C:\run\all.bat", "bat", "all.bat"),
        ("x" * 90, "x" * 40, ""),
    ],
)
def test_what_a_fence_says(info: str, language: str, file: str) -> None:
    assert read_fence(info) == (language, file)


@pytest.mark.parametrize(
    ("language", "code", "given", "name"),
    [
        ("python", "x = 1", "", "code.py"),
        ("python", "# src/main.py\nx = 1", "", "main.py"),
        ("js", "// file: a b.js\n", "", "a b.js"),
        ("html", "<!-- page.html -->\n<p>", "", "page.html"),
        ("css", "/* style.css */", "", "style.css"),
        ("python", "# ends with a word.\n", "", "code.py"),
        ("python", "# other.py", "given.py", "given.py"),
        ("", "plain", "", "code.txt"),
        ("Rust", "fn main() {}", "", "code.rs"),
        ("dockerfile", "FROM x", "", "Dockerfile"),
        ("../../etc", "x", "", "code.txt"),
        ("c", "// con.c", "", "code.c"),
    ],
)
def test_the_name_of_a_saved_block(language: str, code: str, given: str, name: str) -> None:
    assert file_name(language, code, given) == name


@pytest.mark.parametrize(
    ("language", "text", "is_one"),
    [
        ("svg", "<svg/>", False), ("svg", "<svg />", True), ("SVG", "\n<svg viewBox='0 0 1 1'>", True), ("xml", "<?xml version='1.0'?>\n<svg >", True),
        ("html", "<html><svg ></svg></html>", False), ("", "<!-- a -->\n<svg\n", True), ("python", "<svg >", False), ("xml", "<svgs >", False),
    ],
)  # fmt: skip
def test_which_code_is_a_drawing(language: str, text: str, is_one: bool) -> None:
    assert is_svg(language, text) is is_one
