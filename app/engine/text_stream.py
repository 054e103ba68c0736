"""From the bytes of tokens to text that may be shown: whole characters, and nothing of a stop text."""

import codecs
from collections.abc import Iterable


class TextStream:
    """Takes pieces in, gives text out; holds back what may still turn out to begin a stop text.

    Bytes that are no UTF-8 come out as U+FFFD.
    """

    def __init__(self, stop: Iterable[str] = ()) -> None:
        self._stop = [text for text in dict.fromkeys(stop) if text]
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.stopped = False  # a stop text appeared; nothing more comes out

    def feed(self, piece: bytes) -> str:
        """Text that is ready now."""
        return self._pass(self._decoder.decode(piece))

    def finish(self) -> str:
        """What was held back: at the end it can begin nothing any more."""
        rest = self._pass(self._decoder.decode(b"", True))
        rest, self._held = rest + self._held, ""
        return rest

    def copy(self) -> "TextStream":
        """Another stream at the same place."""
        other = TextStream(self._stop)
        other._decoder.setstate(self._decoder.getstate())
        other._held, other.stopped = self._held, self.stopped
        return other

    def _pass(self, text: str) -> str:
        if not self._stop or self.stopped:
            return "" if self.stopped else text
        text = self._held + text
        found = [place for stop in self._stop if (place := text.find(stop)) >= 0]
        if found:
            self.stopped, self._held = True, ""
            return text[: min(found)]
        ready = len(text) - max(_begins(text, stop) for stop in self._stop)
        self._held = text[ready:]
        return text[:ready]


def _begins(text: str, stop: str) -> int:
    """Length of the longest end of `text` with which `stop` begins."""
    for length in range(min(len(stop) - 1, len(text)), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
