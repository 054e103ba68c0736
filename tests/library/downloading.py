"""What tests of downloads share: a file at the stand-in of the Hub, and ways to fetch it."""

import random
from pathlib import Path
from typing import Any

import pytest

from app.library.download import Download, Progress
from app.library.hub import Hub, Timeouts
from app.library.line import Stopped
from app.library.source import source_file
from app.library.wanted import Wanted, received
from tests.library.hub_server import HubServer

NAME, FILE = "someone/Tiny-GGUF", "tiny-Q4_K_M.gguf"
DATA = random.Random(5).randbytes(600_000)
OTHER = random.Random(6).randbytes(500_000)
AT_ONCE = (0.0,)
PATIENT = Timeouts(connect=30, read=30)  # machines are busy


def fetch(hub: Hub, file: Wanted, **options: Any) -> Path:
    return Download(hub, file, backoff=options.pop("backoff", AT_ONCE), **options).run()


def starts(server: HubServer) -> list[int]:
    return [each.start for each in server.fetches]


def nothing_but(path: Path) -> bool:
    """No part and no part's source beside the file."""
    return sorted(each.name for each in path.parent.iterdir()) == [path.name, source_file(path).name]


def interrupt(server: HubServer, hub: Hub, file: Wanted, after: int) -> None:
    """Leave a part of so many bytes."""
    server.faults.cut_after = [after]
    download: Download

    def tell(progress: Progress) -> None:
        if progress.stage == "waiting":
            download.stop()

    download = Download(hub, file, tell=tell)
    with pytest.raises(Stopped):
        download.run()
    assert file.part.stat().st_size == after == received(file)
    assert not file.target.exists()
