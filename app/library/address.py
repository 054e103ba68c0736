"""What somebody typed or pasted, read as the address of a model at the Hub."""

import re
from urllib.parse import unquote, urlsplit

from app.core.errors import InputError
from app.core.language import tr
from app.core.record import record
from app.library.quantizations import normal, quantization_in

DEFAULT_ENDPOINT = "https://huggingface.co"
_HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co", "hf-mirror.com")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_REPOSITORY = re.compile(rf"{_NAME}/{_NAME}")
_OTHER_KINDS = ("datasets", "spaces", "collections", "papers", "docs", "blog", "models", "settings", "organizations")
_PAGES = ("blob", "resolve", "raw", "tree", "blame", "commits", "edit")


@record(kw_only=True)
class Address:
    """A repository, and what was said to be meant of it. What was not said is ""."""

    repository: str
    revision: str = ""
    file: str = ""
    quantization: str = ""


def read_address(text: str, endpoint: str = DEFAULT_ENDPOINT) -> Address | None:
    """The address that `text` is; None where it is anything else, such as words to look for.

    Raises:
        InputError: it leads to something at the Hub that is no model.
    """
    text = text.strip()
    if not text or len(text) > 2000 or any(each.isspace() or not each.isprintable() for each in text):
        return None
    if text.lower().startswith("hf://"):
        return _short(text[5:].removeprefix("models/"))
    hosts = (*_HOSTS, (urlsplit(endpoint).netloc or endpoint).lower())
    scheme, separator, rest = text.partition("://")
    host, _, path = (rest if separator else text).partition("/")
    if separator and scheme.lower() not in ("http", "https"):
        return None
    if host.lower() in hosts:
        return _page(path)
    return None if separator else _short(text)


def _page(path: str) -> Address | None:
    """What stands behind the name of the host."""
    path = unquote(path.partition("?")[0].partition("#")[0]).strip("/")
    parts = path.split("/")
    if parts[0] in _OTHER_KINDS:
        raise InputError(
            tr("This address leads to no model."),
            tr("Paste the address of a model's page, such as {example}.").format(
                example=f"{DEFAULT_ENDPOINT}/owner/name"
            ),
        )
    if len(parts) > 2 and parts[2] in _PAGES:
        name, revision, file = "/".join(parts[:2]), "/".join(parts[3:4]), "/".join(parts[4:])
        if not _REPOSITORY.fullmatch(name):
            return None
        if parts[2] == "tree":  # a folder; one of split files is often named after its quantization
            return Address(repository=name, revision=revision, quantization=quantization_in(file))
        return Address(repository=name, revision=revision, file=file)
    return _short("/".join(parts[:2])) if len(parts) >= 2 else None


def _short(text: str) -> Address | None:
    """owner/name, with :QUANTIZATION, @revision or /file behind it."""
    name, _, quantization = text.partition(":")
    name, _, revision = name.partition("@")
    parts = name.strip("/").split("/")
    repository, file = "/".join(parts[:2]), "/".join(parts[2:])
    if not _REPOSITORY.fullmatch(repository) or (file and not file.lower().endswith(".gguf")):
        return None
    if quantization.lower() == "latest":  # as other programs write it
        quantization = ""
    if not re.fullmatch(r"[A-Za-z0-9_.-]*", quantization):
        return None
    return Address(repository=repository, revision=revision, file=file, quantization=normal(quantization))
