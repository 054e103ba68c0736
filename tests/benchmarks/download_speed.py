"""How fast a file comes from a server on this machine, hashed and written, beside curl, which only writes.

    .venv/bin/python -m tests.benchmarks.download_speed [--size MB] [--runs N]

A process of its own sends the same bytes to both with sendfile, over the loopback. In turn, each round begins with the other one.
Ours is the download as the application does it, with SHA-256 and the fsync at the end; curl writes a file and nothing else.
Hashing has a thread of its own: where other programs keep all cores busy, `ratio` says little, and `ratio_with_free_cores` compares
the processor time of curl with that of the busiest of our two threads.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import resource
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from app.library.download import Download
from app.library.hub import Hub
from app.library.source import Source
from app.library.wanted import Wanted
from tests.benchmarks.comparing import in_turn, ratio, summaries

PATH = "someone/Big-GGUF"
BLOCK = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1000, help="megabytes")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where files are written; a temporary folder if not given")
    options = parser.parse_args()
    if not shutil.which("curl"):
        raise SystemExit("curl is not installed")
    os.environ["NO_PROXY"] = "127.0.0.1,localhost"
    with TemporaryDirectory(dir=options.folder) as folder:
        file, digest = made(Path(folder) / "source.bin", options.size)
        size = file.stat().st_size
        with serving(file, digest) as endpoint:
            hub = Hub(endpoint=endpoint)
            source = Source(repository=PATH, commit="c" * 40, path="big.gguf", size=size, digest=f"sha256:{digest}")
            wanted = Wanted(source=source, target=Path(folder) / "ours.gguf")
            found = in_turn(
                options.runs,
                ours=lambda: by_us(hub, wanted),
                curl=lambda: by_curl(f"{endpoint}/storage", Path(folder) / "curl.bin", size),
            )
            hub.close()
    rate = "megabytes_per_second"
    figures = {
        "ratio": ratio(found["ours"][rate], found["curl"][rate]),
        "ratio_with_free_cores": ratio(found["curl"]["processor_s_per_gb"], found["ours"]["busiest_thread_s_per_gb"]),
    } | summaries(found)
    print(json.dumps({"benchmark": "download_speed", "megabytes": options.size, "runs": options.runs} | figures))


def by_us(hub: Hub, wanted: Wanted) -> dict[str, float]:
    begin, used, here = time.perf_counter(), time.process_time(), time.thread_time()
    Download(hub, wanted).run()
    passed, used, here = time.perf_counter() - begin, time.process_time() - used, time.thread_time() - here
    for path in wanted.target.parent.glob("ours.*"):
        path.unlink()
    gigabytes = wanted.source.size / 1e9
    return {
        "megabytes_per_second": gigabytes * 1000 / passed,
        "processor_s_per_gb": used / gigabytes,
        "busiest_thread_s_per_gb": max(here, used - here) / gigabytes,  # what it comes down to where two cores are free
    }


def by_curl(address: str, target: Path, size: int) -> dict[str, float]:
    begin, here, before = time.perf_counter(), time.thread_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["curl", "-s", "-o", str(target), address], check=True)
    with target.open("rb") as file:
        os.fsync(file.fileno())  # as ours does
    passed, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert target.stat().st_size == size
    target.unlink()
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime + time.thread_time() - here
    return {"megabytes_per_second": size / passed / 1e6, "processor_s_per_gb": used / size * 1e9}


def made(path: Path, megabytes: int) -> tuple[Path, str]:
    """A file of noise, and its digest."""
    block, state = os.urandom(10**6), hashlib.sha256()
    with path.open("wb") as file:
        for number in range(megabytes):
            piece = number.to_bytes(8, "little") + block[8:]
            file.write(piece)
            state.update(piece)
    return path, state.hexdigest()


@contextmanager
def serving(source: Path, digest: str) -> Iterator[str]:
    """The address of a server in a process of its own."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there, source, digest), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.kill()
        process.join()


def serve(told: Connection, source: Path, digest: str) -> None:
    """Answers one request after the other, each on a connection of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        told.send(port)
        while True:
            connection, _ = server.accept()
            with connection, source.open("rb") as file:
                head = connection.recv(65536)
                size = source.stat().st_size
                if head.startswith(b"HEAD"):
                    connection.sendall(
                        b"HTTP/1.1 302 Found\r\nLocation: http://localhost:%d/storage\r\nX-Linked-Size: %d\r\n"
                        b'X-Linked-Etag: "%s"\r\nX-Repo-Commit: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
                        % (port, size, digest.encode(), b"c" * 40)
                    )
                    continue
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % size)
                connection.sendfile(file)


if __name__ == "__main__":
    main()
