"""The text in the bytes of a file: UTF-8, UTF-16, and what programs wrote before these."""

import codecs

from app.core.errors import InputError
from app.core.language import tr
from app.core.regex import regex

_MARKED = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNATURES = (b"%PDF-", b"\x89PNG", b"PK\x03\x04", b"GIF8", b"\xff\xd8\xff", b"\x7fELF", b"GGUF", b"\x1f\x8b", b"RIFF")
_CONTROL = regex(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_OLDER = ("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1251", "koi8_r", "cp1250", "cp1252")
_LOOKED_AT = 200_000  # bytes that tell the encoding

# The letters that are met most often. A text read in the wrong encoding has few of them.
_OFTEN = frozenset(
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手"
    "這個國來說們為時後麼發開對過還沒學會經與點現長車門見問間東話請買電"
    "のはにをたがでてとしれさあいるかなりもうらすくこそだっまよきつ"
    "이다는에을가의지고하로도한은를기사인있서대시자아어나라리정수"
    "оеаинтсрвлкмдпуяыьгзбчйхжшю"
    "àâäçéèêëîïôöùûüßáíóúñåæøąćęłńśźżčďěňřšťůžőűșț“”‘’–—…•©®°«»€£ÄÖÜÉ"
)


def decoded(data: bytes, name: str) -> str:
    """The text of a file called `name`, line ends as \\n.

    Raises:
        InputError: it is no text.
    """
    text = _read(data)
    if text is None:
        raise InputError(
            tr("{name} is not a text file.").format(name=name), tr("Attach a text file, or paste the text itself.")
        )
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _read(data: bytes) -> str | None:
    for mark, encoding in _MARKED:
        if data.startswith(mark):
            return _strictly(data, encoding)
    if data.startswith(_SIGNATURES):
        return None
    if wide := _wide(data[:_LOOKED_AT]):
        return _strictly(data, wide)
    if len(_CONTROL.findall(data[:_LOOKED_AT])) * 200 > len(data[:_LOOKED_AT]) or b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _older(data)


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: every other byte of Latin letters is zero."""
    if len(head) < 4 or len(head) % 2:
        return ""
    even, odd, half = head[::2].count(0), head[1::2].count(0), len(head) // 2
    if odd > half * 0.7 and even < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.7 and odd < half * 0.05 else ""


def _older(data: bytes) -> str | None:
    """The encoding in which most of what is not ASCII are letters that are met often."""
    best, share = "cp1252", 0.0
    for encoding in _OLDER:
        text = _strictly(data[:_LOOKED_AT], encoding, whole=len(data) <= _LOOKED_AT)
        letters = [letter for letter in text or "" if letter > "\x7f"]
        found = sum(letter in _OFTEN for letter in letters) / max(1, len(letters))
        if found > share + 0.02:
            best, share = encoding, found
    return data.decode(best, "replace")


def _strictly(data: bytes, encoding: str, whole: bool = True) -> str | None:
    """The text, or None where the bytes are none in this encoding; the end of a part may be cut in a letter."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data, whole)
    except UnicodeDecodeError:
        return None
