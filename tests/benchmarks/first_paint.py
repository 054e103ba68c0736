"""The process that `window_start.py` measures: the application, and a look at the clock after its first paint.

Imports nothing that the application would not import by itself.
"""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.main import open_window

if TYPE_CHECKING:
    from app.ui.window import Window

SETTLE_MS = 1000


def opened(window: "Window", _session: object) -> None:
    """The window is shown, its events have not run yet."""
    from PySide6.QtCore import QTimer

    figures: dict[str, float] = {}

    def painted() -> None:
        figures["first_paint_s"] = time.monotonic() - float(sys.argv[1])
        figures["cpu_s"] = time.process_time()  # what a machine with nothing else to do would need at most
        figures["messages"] = len(window.session.entries)
        QTimer.singleShot(SETTLE_MS, end)

    def end() -> None:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                figures["rss_mb"] = int(line.split()[1]) / 1024
        print(repr(figures).replace("'", '"'))
        window.close()

    window.painted.connect(painted)


if __name__ == "__main__":  # the model process imports this file too
    open_window(opened)
