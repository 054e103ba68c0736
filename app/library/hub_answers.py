"""What the client of the Hub gives back, in the words of this application. Nothing in it is taken on trust."""

from typing import TYPE_CHECKING, Any

from app.library.quantizations import order, quantization_in
from app.library.repository import RemoteFile

if TYPE_CHECKING:  # only `hub` imports it
    from huggingface_hub.hf_api import ModelInfo, RepoSibling


def about(info: "ModelInfo") -> dict[str, Any]:
    """The values of `Found`."""
    if not isinstance(info.id, str):
        raise TypeError("no name")
    tags = [each for each in info.tags or () if isinstance(each, str)]
    gguf = info.gguf if isinstance(info.gguf, dict) else {}
    licence = next((each.removeprefix("license:") for each in tags if each.startswith("license:")), "")
    card = info.card_data
    names = [quantization_in(each.rfilename) for each in info.siblings or () if _is_model(each.rfilename)]
    return dict(
        repository=info.id,
        downloads=int(info.downloads or 0),
        likes=int(info.likes or 0),
        modified=info.last_modified,
        parameters=int(gguf.get("total") or 0),
        architecture=str(gguf.get("architecture") or ""),
        context_length=int(gguf.get("context_length") or 0),
        licence=str(getattr(card, "license_name", None) or getattr(card, "license", None) or licence),
        languages=texts(getattr(card, "language", None)) or tuple(each for each in tags if _is_language(each)),
        gated=bool(info.gated),
        quantizations=tuple(sorted({name for name in names if name}, key=order)),
    )


def _is_model(path: str) -> bool:
    low = path.lower()
    return low.endswith(".gguf") and "mmproj" not in low and "imatrix" not in low


def _is_language(tag: str) -> bool:
    return len(tag) == 2 and tag.isalpha() and tag.islower()


def texts(value: object) -> tuple[str, ...]:
    """What a card writes as a word or as a list of words."""
    if isinstance(value, str):
        return (value,)
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def remote_file(sibling: "RepoSibling") -> RemoteFile:
    if sibling.lfs is not None:
        return RemoteFile(path=sibling.rfilename, size=int(sibling.lfs.size), digest=f"sha256:{sibling.lfs.sha256}")
    digest = f"git:{sibling.blob_id}" if sibling.blob_id else ""
    return RemoteFile(path=sibling.rfilename, size=int(sibling.size or 0), digest=digest)


def without_head(text: str) -> str:
    """A card without the YAML between its first two lines of dashes."""
    lines = text.splitlines()
    if lines and lines[0].strip() == "---" and "---" in (rest := [line.strip() for line in lines[1:]]):
        lines = lines[rest.index("---") + 2 :]
    return "\n".join(lines).strip()
