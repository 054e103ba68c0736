"""What the header of a model says, as far as lists and verdicts need it; a model in several parts as one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from app.core.gguf import Header, Tensor, read_header
from app.core.network import Network, checked_network
from app.core.record import record
from app.core.text import shortened
from app.library.gguf import ModelFile, read

Kind = Literal["chat", "embedding", "projector", "adapter", "other"]

EMBEDDERS = frozenset((
    "bert", "eurobert", "gemma-embedding", "jina-bert-v2", "jina-bert-v3", "llama-embed", "modern-bert", "neo-bert",
    "nomic-bert", "nomic-bert-moe", "t5encoder",
))  # fmt: skip
"""Architectures that make embeddings (llama.cpp, src/llama-arch.cpp)."""

LONGEST = 200  # characters of a name
OTHERS = ("imatrix", "dataset", "t5")  # types and architectures that nobody chats with


@record(kw_only=True)
class Description:
    """Missing values are 0 or ""."""

    kind: Kind
    name: str
    architecture: str
    parameters: int
    quantization: str
    context_length: int  # that the model was trained on
    layers: int
    embedding_length: int
    experts: int
    experts_used: int
    vocabulary: int
    has_template: bool
    licence: str
    size_label: str
    file_bytes: int  # of all parts
    digest: str
    network: Network


def described(parts: Sequence[Path]) -> Description:
    """Read the headers of a model's files, the first one first.

    Raises:
        ModelFileError: one is missing, damaged, cut short, or says what ends llama.cpp.
    """
    first = read(parts[0])
    others = [read_header(path) for path in parts[1:]]
    further = [tensor for header in others for tensor in header.tensors]
    return _described(first, others, further)


def _described(first: ModelFile, others: list[Header], further: list[Tensor]) -> Description:
    header = first.header
    kind = _kind(header, bool(first.tensors or further))
    architecture = first.architecture
    return Description(
        kind=kind,
        name=_line(first.name) or first.path.stem,
        architecture=_line(architecture),
        parameters=first.parameters + sum(tensor.values for tensor in further),
        quantization=first.quantization,
        context_length=max(0, first.context_length),
        layers=max(0, first.layers),
        embedding_length=max(0, first.embedding_length),
        experts=max(0, header.number(f"{architecture}.expert_count")),
        experts_used=max(0, header.number(f"{architecture}.expert_used_count")),
        vocabulary=max(0, first.vocabulary),
        has_template=bool(first.chat_template),
        licence=_line(first.licence),
        size_label=_line(first.size_label),
        file_bytes=first.file_bytes + sum(other.file_bytes for other in others),
        digest=first.digest,
        network=checked_network(header, further) if kind in ("chat", "embedding") else _nothing(),
    )


def _line(text: str) -> str:
    """On one line that a list can show; a file may say a megabyte."""
    return shortened(" ".join(text[: 2 * LONGEST].split()), LONGEST)


def _kind(header: Header, has_tensors: bool) -> Kind:
    architecture, type_ = header.architecture, header.text("general.type")
    if architecture == "clip" or type_ == "mmproj":
        return "projector"
    if type_ == "adapter" or "adapter.type" in header.metadata:
        return "adapter"
    if type_ in OTHERS or architecture in OTHERS or not has_tensors:  # the last: a vocabulary alone
        return "other"
    causal = header.metadata.get(f"{architecture}.attention.causal")
    pooled = header.number(f"{architecture}.pooling_type") > 0
    return "embedding" if causal is False or pooled or architecture in EMBEDDERS else "chat"


def _nothing() -> Network:
    """Of a file that is not loaded by itself."""
    return Network(
        layers=(), input_bytes=0, output_bytes=0, tied=False, vocabulary=0, width=0, heads=0, head=0, kv_heads=0,
        feed=0, inner=0, trained_context=0,
    )  # fmt: skip
