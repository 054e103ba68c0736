"""Code blocks as files: what a fence says beside its language, and the name under which a block is saved."""

import re

from app.core.regex import regex

_EXTENSIONS = {
    "assembly": "asm", "bash": "sh", "batch": "bat", "c#": "cs", "c++": "cpp", "clojure": "clj", "cmd": "bat", "cpp": "cpp",
    "csharp": "cs", "elixir": "ex", "erlang": "erl", "fish": "fish", "fortran": "f90", "golang": "go", "haskell": "hs",
    "javascript": "js", "julia": "jl", "kotlin": "kt", "latex": "tex", "markdown": "md", "matlab": "m", "mermaid": "mmd",
    "objective-c": "m", "objectivec": "m", "ocaml": "ml", "pascal": "pas", "perl": "pl", "powershell": "ps1", "python": "py",
    "python3": "py", "ruby": "rb", "rust": "rs", "shell": "sh", "typescript": "ts", "visualbasic": "vb", "yaml": "yml", "zsh": "zsh",
}  # fmt: skip
_LANGUAGES = {
    "bat": "batch", "cc": "cpp", "cfg": "ini", "cs": "csharp", "csv": "csv", "ex": "elixir", "h": "c", "hpp": "cpp", "hs": "haskell",
    "htm": "html", "jl": "julia", "js": "javascript", "kt": "kotlin", "log": "text", "md": "markdown", "mjs": "javascript",
    "mmd": "mermaid", "pl": "perl", "ps1": "powershell", "py": "python", "pyi": "python", "rb": "ruby", "rs": "rust", "sh": "bash",
    "tex": "latex", "ts": "typescript", "txt": "text", "yml": "yaml",
}  # fmt: skip
_PLAIN = ("text", "plaintext", "plain", "txt", "output", "console")
_WHOLE = {"dockerfile": "Dockerfile", "docker": "Dockerfile", "makefile": "Makefile", "make": "Makefile", "cmake": "CMakeLists.txt"}  # fmt: skip
_NAME = r"[\w@.+-][\w@. +-]{0,80}\.[A-Za-z0-9]{1,10}"
_NAMED = regex(rf"(?:title|file|filename|name)\s*=\s*[\"']?(?:[^\"'\s]*[/\\])?({_NAME})", re.IGNORECASE)
_BARE = regex(rf"(?:\S*[:/\\])?({_NAME})$")
_COMMENT = regex(
    rf"\s*(?:#|//|--|;|%|/\*|<!--|\(\*)\s*(?:file(?:name)?:\s*)?(?:\S*[/\\])?({_NAME})\s*(?:\*/|-->|\*\))?\s*$", re.IGNORECASE
)  # fmt: skip
_RESERVED = regex(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # no file of such a name on Windows
_DRAWING = regex(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>\s*)?(?:<!--.*?-->\s*)*<(?:svg:)?svg[\s>]", re.DOTALL
)
_LONGEST = 10_000_000  # characters; no drawing is so long


def read_fence(info: str) -> tuple[str, str]:
    """The language and the name of the file that the opening line of a fence gives, without folders; "" for none.

    Understood are `python title="app.py"` and its like, `python:src/app.py`, and `app.py` alone or as the second word.
    """
    words = info.split()[:2]
    if not words:
        return "", ""
    named = _NAMED.search(info)
    bare = [found[1] if (found := _BARE.match(word)) else "" for word in words]
    file = named[1] if named else bare[-1] or bare[0]
    language = words[0].strip("{}").lstrip(".").partition(":")[0]
    if not named and bare[0] and ":" not in words[0]:
        language = bare[0].rpartition(".")[2]
    return language[:40], file


def file_name(language: str, code: str, given: str = "") -> str:
    """Under which name a block is saved: the one given, else one in a comment on its first line, else by language."""
    first = code.split("\n", 1)[0][:200] if not given else ""
    found = _COMMENT.match(first) if first else None
    name = given or (found[1].strip() if found else "")
    if name and not _RESERVED.match(name) and name.strip(". "):
        return name
    tag = language.lower()
    if tag in _WHOLE:
        return _WHOLE[tag]
    known = _EXTENSIONS.get(tag) or ("txt" if tag in _PLAIN or not re.fullmatch(r"[a-z0-9]{1,10}", tag) else tag)
    return f"code.{known}"


def is_file_name(name: str) -> bool:
    """Does it look like the name of a file, without folders?"""
    return re.fullmatch(_NAME, name) is not None and not _RESERVED.match(name)


def language_of_file(name: str) -> str:
    """What a fence says of a file of that name; "text" where the name does not tell."""
    whole = next((tag for tag, known in _WHOLE.items() if known.lower() == name.lower()), "")
    ending = name.rpartition(".")[2].lower() if "." in name.strip(".") else ""
    return whole or _LANGUAGES.get(ending) or (ending if re.fullmatch(r"[a-z0-9+]{1,10}", ending) else "text")


def is_svg(language: str, text: str) -> bool:
    """Is a block of code a drawing, by its language and how it begins?"""
    if language.lower() not in ("svg", "xml", "html", "") or len(text) > _LONGEST:
        return False
    return _DRAWING.match(text[:2_000]) is not None
