"""The stream of text: whole characters, stop texts cut off, nothing lost."""

from hypothesis import given
from hypothesis import strategies as some

from app.engine.text_stream import TextStream


def test_what_may_begin_a_stop_text_is_held_back() -> None:
    stream = TextStream(["END", "ENOUGH"])
    assert stream.feed(b"the E") == "the "
    assert stream.feed(b"N") == ""
    assert stream.feed(b"T") == "ENT"
    assert stream.feed(b"EN") == ""
    assert stream.finish() == "EN"
    assert not stream.stopped


def test_the_first_stop_text_ends_it() -> None:
    stream = TextStream(["b", "a b"])
    assert stream.feed(b"x a b y") == "x "
    assert stream.stopped
    assert stream.feed(b"more") == stream.finish() == ""


def test_a_stop_text_in_the_last_bytes() -> None:
    stream = TextStream(["\ufffd"])
    assert stream.feed(b"a\xe6") == "a"
    assert stream.finish() == ""
    assert stream.stopped


@given(some.text(alphabet="abé漢", max_size=30), some.text(alphabet="abé漢", min_size=1, max_size=4), some.data())
def test_cut_anywhere_it_is_the_text_before_the_stop_text(text: str, stop: str, data: some.DataObject) -> None:
    stream = TextStream([stop])
    rest, shown = text.encode(), ""
    while rest:
        size = data.draw(some.integers(1, 3))
        shown += stream.feed(rest[:size])
        assert text.startswith(shown)
        rest = rest[size:]
    shown += stream.finish()
    assert shown == text.partition(stop)[0]
    assert stream.stopped == (stop in text)


@given(some.binary(max_size=40), some.data())
def test_any_bytes_come_out_as_python_would_replace_them(data: bytes, draw: some.DataObject) -> None:
    stream, rest, shown = TextStream(), data, ""
    while rest:
        size = draw.draw(some.integers(1, 4))
        shown += stream.feed(rest[:size])
        rest = rest[size:]
    assert shown + stream.finish() == data.decode("utf-8", "replace")
