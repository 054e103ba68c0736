"""Pygments' lexers by the name on a fence, imported and prepared on a thread: the first use of one takes up to 60 ms."""

import re
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer

_OTHER_NAMES = {
    "c++": "cpp", "node": "js", "cjs": "js", "shell-script": "bash", "env": "bash", "dotenv": "bash", "terminal": "console",
    "shellsession": "console", "py3": "python", "ipython": "python", "ipynb": "json", "jsonc": "json", "docker-compose": "yaml",
    "svg": "xml", "plist": "xml", "svelte": "html", "ejs": "html", "jinja2": "jinja", "mdx": "markdown", "conf": "ini",
    "editorconfig": "ini", "gql": "graphql", "plsql": "sql", "sqlite": "sql", "vba": "vb.net", "vimscript": "vim", "viml": "vim",
    "assembly": "nasm", "x86asm": "nasm", "opencl": "c", "metal": "cpp", "m": "matlab", "mm": "objective-c++",
}  # fmt: skip
_PLAIN = ("", "text", "plain", "plaintext", "txt", "output", "none")


class Lexers:
    """Asked for a name it answers at once: the lexer, None where there is none, or `waiting` until it is there."""

    def __init__(self) -> None:
        self._known: dict[str, Lexer | None] = {}
        self._asked: set[str] = set()
        self._queue: SimpleQueue[str] = SimpleQueue()
        self._lock = Lock()  # held around the beginning and the end of the thread
        self._thread: Thread | None = None

    def waiting(self, language: str) -> bool:
        """Is it still to come? Asks for it the first time."""
        name = _name(language)
        if name in _PLAIN or name in self._known:
            return False
        if name not in self._asked:
            self._asked.add(name)
            self._queue.put(name)
            with self._lock:
                if self._thread is None:
                    self._thread = Thread(target=self._prepare, name="lexers", daemon=True)
                    self._thread.start()
        return True

    def of(self, language: str) -> "Lexer | None":
        """The lexer, if it is here and there is one."""
        return self._known.get(_name(language))

    def _prepare(self) -> None:
        while True:
            with self._lock:
                if self._queue.empty():
                    self._thread = None
                    return
            name = self._queue.get()
            lexer = _lexer(name)
            if lexer is None:
                self._known[name] = None
                continue
            for _ in lexer.get_tokens_unprocessed("a = 1\n"):  # others that it makes use of are prepared as well
                pass
            self._known[name] = lexer


def _name(language: str) -> str:
    name = re.split(r"[:{,]", language.strip().lower())[0]
    return _OTHER_NAMES.get(name, name)


def _lexer(name: str) -> "Lexer | None":
    """The one of this name, or of files that end so; fences are often marked with the ending."""
    from pygments.lexers import get_all_lexers, get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(name)
    except ClassNotFound:
        ending = f"*.{name}"
        found = (names[0] for _, names, files, _ in get_all_lexers(plugins=False) if names and ending in files)
        return get_lexer_by_name(known) if (known := next(found, None)) else None
