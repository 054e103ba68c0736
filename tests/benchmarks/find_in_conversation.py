"""How soon the search in a conversation of 10,000 messages shows something, and how long it takes to the end.

python -m tests.benchmarks.find_in_conversation [messages]
"""

import gc
import sys
from time import perf_counter, thread_time

from PySide6.QtWidgets import QApplication

from app.chat.finding import Finding
from app.core.find import Literally, Matcher, Query
from app.ui.patterns import Pattern
from app.ui.transcript import Transcript
from tests.ui.transcript.conftest import talk

SLICE = 0.006


def measure(view: Transcript, finding: Finding, name: str, matcher: Matcher) -> None:
    """Print the time to the first match in view, to the end, and of the longest slice (on the processor), in ms."""
    begun = perf_counter()
    finding.begin(matcher, view.found.start())
    first = worst = 0.0
    more = True
    while more:
        slice_begun, used = perf_counter(), thread_time()
        more = finding.work(slice_begun + SLICE)
        view.found.show(finding.matches_in, finding.current)
        now = perf_counter()
        worst = max(worst, thread_time() - used)
        first = first or (now - begun if finding.current else 0.0)
    whole = perf_counter() - begun
    print(
        f"{name:28} first {first * 1e3:6.1f}  all {whole * 1e3:7.0f}  slice {worst * 1e3:5.1f}  found {finding.count:,}"
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    app = QApplication([])
    gc.freeze()  # as the program does,
    gc.set_threshold(700, 10, 1_000_000_000)  # and `app/ui/tidying`
    view = Transcript()
    view.resize(800, 600)
    view.show()
    entries = talk(count)
    view.show_entries(entries, key=1)
    app.processEvents()
    finding = Finding(view.found.passages)
    messages = [entry.message for entry in entries]
    begun = perf_counter()
    finding.show(messages, frozenset(message.id for message in messages))
    print(f"{count:,} messages taken over in {(perf_counter() - begun) * 1e3:.1f} ms")
    for name, matcher in (
        ("a rare word, first time", Literally(Query("answer 78."))),
        ("a common word, first time", Literally(Query("words"))),
        ("a common word, once more", Literally(Query("words that"))),
        ("one letter", Literally(Query("a"))),
        ("a regular expression", Pattern(Query(r"para\w+ of (several|no) lines", regex=True))),
    ):
        measure(view, finding, name, matcher)


if __name__ == "__main__":
    main()
