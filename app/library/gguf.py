"""What a model file is, told from its header alone, without an engine."""

from dataclasses import field
from pathlib import Path

from app.core.gguf import TYPE_NAMES, Header, read_header
from app.core.models import QUANTIZATIONS, digest, recommended
from app.core.params import Value
from app.core.record import record


@record(kw_only=True)
class ModelFile:
    """What a file's header says. Missing values are 0 or ""."""

    path: Path
    file_bytes: int
    version: int
    name: str
    architecture: str
    parameters: int
    quantization: str
    context_length: int  # that the model was trained on
    layers: int
    embedding_length: int
    heads: int
    kv_heads: int
    vocabulary: int
    tensors: int
    chat_template: str
    recommended: dict[str, Value]
    licence: str
    size_label: str  # "7B", as the file writes it
    header: Header = field(repr=False)  # for core/fit, and for whoever shows all of it
    digest: str


def read(path: Path) -> ModelFile:
    """Read and check a file's header.

    Raises:
        ModelFileError: it is missing, a folder, unreadable, empty, no GGUF, of another version, damaged or cut short.
    """
    header = read_header(path)
    architecture = header.architecture
    heads = header.number(f"{architecture}.attention.head_count")
    return ModelFile(
        path=path,
        file_bytes=header.file_bytes,
        version=header.version,
        name=header.text("general.name") or path.stem,
        architecture=architecture,
        parameters=sum(tensor.values for tensor in header.tensors),
        quantization=QUANTIZATIONS.get(header.number("general.file_type", -1)) or _most_frequent_type(header),
        context_length=header.number(f"{architecture}.context_length"),
        layers=header.number(f"{architecture}.block_count"),
        embedding_length=header.number(f"{architecture}.embedding_length"),
        heads=heads,
        kv_heads=header.number(f"{architecture}.attention.head_count_kv") or heads,
        vocabulary=header.vocabulary,
        tensors=len(header.tensors),
        chat_template=header.text("tokenizer.chat_template"),
        recommended=recommended(header.metadata),
        licence=header.text("general.license"),
        size_label=header.text("general.size_label"),
        header=header,
        digest=digest(path),
    )


def _most_frequent_type(header: Header) -> str:
    counts: dict[int, int] = {}
    for tensor in header.tensors:
        counts[tensor.kind] = counts.get(tensor.kind, 0) + tensor.values
    return TYPE_NAMES.get(max(counts, key=lambda kind: counts[kind], default=-1), "")
