"""Files as text: the encodings that are met, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.encodings import decoded
from app.core.errors import InputError

GERMAN = "Über den Flüssen, schöne Grüße an alle – das ist größer als 5 €.\n"
CHINESE = "这个问题的答案是什么？我们可以在一起看一下，然后把它写下来。\n"
TRADITIONAL = "這個問題的答案是什麼？我們可以一起看看，然後把它寫下來。\n"
JAPANESE = "これはテストです。日本語の文章を書いて、それを読むことができますか。\n"
KOREAN = "이것은 한국어로 쓴 글입니다. 우리는 그것을 읽을 수 있습니다.\n"
RUSSIAN = "Это простой текст на русском языке, и его можно прочитать.\n"
POLISH = "Zażółć gęślą jaźń, proszę państwa, i żegnajcie mile.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"), (GERMAN, "utf-8-sig"), (GERMAN, "utf-16"), (GERMAN, "utf-32"), (GERMAN, "utf-16-le"), (GERMAN, "utf-16-be"),
        (GERMAN, "cp1252"), (CHINESE, "utf-8"), (CHINESE, "gb18030"), (CHINESE, "gbk"), (CHINESE, "utf-16"), (TRADITIONAL, "big5"),
        (JAPANESE, "shift_jis"), (JAPANESE, "euc_jp"), (KOREAN, "euc_kr"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8_r"), (POLISH, "cp1250"),
    ],
)  # fmt: skip
def test_encodings_are_told(text: str, encoding: str) -> None:
    assert decoded((text * 3).encode(encoding), "a.txt") == text * 3


@pytest.mark.parametrize(
    "head", [b"%PDF-1.7\n", b"\x89PNG\r\n", b"PK\x03\x04", b"GGUF", b"abc\0def", bytes(range(256)) * 4]
)
def test_what_is_no_text(head: bytes) -> None:
    with pytest.raises(InputError) as caught:
        decoded(head + b"more", "a.bin")
    assert caught.value.message == "a.bin is not a text file."


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300))
def test_utf_8_is_never_mistaken(text: str) -> None:
    assert decoded(b"#" + text.encode(), "a") == "#" + text


@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        text = decoded(data, "a")
    except InputError:
        return
    assert "\r" not in text
    assert "\0" not in text


def test_line_ends() -> None:
    assert decoded(b"a\r\nb\rc\n", "a") == "a\nb\nc\n"


def test_a_letter_that_is_cut_where_we_stop_looking() -> None:
    text = "a" * 199_999 + CHINESE * 20
    assert decoded(text.encode("gb18030"), "a").startswith("a" * 1000)
