"""Model files as small as they can be: a header with any keys, and tensors without weights behind it."""

import json
import struct
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.core.gguf import BLOCKS
from app.core.models import MAGIC
from app.library.header_cache import HeaderCache
from app.library.kept import Said
from app.library.on_disk import Entry, Listing, listed
from app.library.places import Place
from tests.model_file import Shape

U32, I32, F32, BOOL, STRING, ARRAY, U64 = 4, 5, 6, 7, 8, 9, 10
Tensor = tuple[str, tuple[int, ...], int]
WIDTH, LAYERS = 64, 2


def write_gguf(
    path: Path, keys: Mapping[str, Any], tensors: Sequence[Tensor] = (), *, version: int = 3, cut: int = 0
) -> Path:
    """Write the file and return its path; `cut`: so many bytes are missing at its end."""
    data = bytearray(MAGIC + struct.pack("<IQQ", version, len(tensors), len(keys)))
    for key, value in keys.items():
        data += _text(key) + _value(value)
    offset = 0
    for name, shape, kind in tensors:
        data += _text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
        per_block, block_bytes = BLOCKS[kind]
        count = 1
        for length in shape:
            count *= length
        offset += -(-(count // per_block * block_bytes) // 32) * 32
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.truncate(-(-len(data) // 32) * 32 + offset - cut if tensors else max(0, len(data) - cut))
    return path


def write_model(
    path: Path, name: str = "", *, layers: int = LAYERS, parts: tuple[int, int] | None = None, **keys: Any
) -> Path:
    """A model of the llama architecture, or one part of it."""
    known: dict[str, Any] = {
        "general.architecture": "llama",
        "general.name": name or path.stem,
        "general.file_type": 15,
        "llama.block_count": layers,
        "llama.context_length": 8192,
        "llama.embedding_length": WIDTH,
        "llama.attention.head_count": 4,
        "tokenizer.ggml.tokens": ["a", "b", "c"],
        "tokenizer.chat_template": "{{ messages }}",
    }
    tensors = [("token_embd.weight", (WIDTH, 3), 0), ("output_norm.weight", (WIDTH,), 0)]
    if parts is not None:
        number, count = parts
        known |= {"split.count": count, "split.no": number - 1}
        if number > 1:
            known = {key: value for key, value in known.items() if key.startswith("split.")}
            tensors = []
        tensors += [
            (f"blk.{layer}.attn_k.weight", (WIDTH, WIDTH), 0) for layer in range(layers) if layer % count == number - 1
        ]
    else:
        tensors += [(f"blk.{layer}.attn_k.weight", (WIDTH, WIDTH), 0) for layer in range(layers)]
    return write_gguf(path, known | {key.replace("__", "."): value for key, value in keys.items()}, tensors)


def write_header_only(path: Path, shape: Shape, words: int) -> Path:
    """A model as large as a real one, of which the disk has only the header."""
    keys = {
        "general.architecture": "llama", "llama.block_count": shape.layers, "llama.context_length": shape.context,
        "llama.embedding_length": shape.width, "llama.feed_forward_length": shape.feed_forward,
        "llama.attention.head_count": shape.heads, "llama.attention.head_count_kv": shape.kv_heads,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
    }  # fmt: skip
    tensors = [
        (f"{name}.weight", tuple(reversed(lengths)), 0 if name.endswith("_norm") else 1)
        for name, lengths in shape.tensors(words)
    ]
    return write_gguf(path, keys, tensors)


def write_split(folder: Path, stem: str, count: int = 3, **keys: Any) -> list[Path]:
    """A model in several parts."""
    return [
        write_model(folder / f"{stem}-{number:05}-of-{count:05}.gguf", layers=count, parts=(number, count), **keys)
        for number in range(1, count + 1)
    ]


def write_projector(path: Path, name: str = "", *, file_type: int = 1) -> Path:
    """What makes tokens of pictures."""
    keys = {"general.architecture": "clip", "general.file_type": file_type, "clip.has_vision_encoder": True}
    return write_gguf(path, keys | ({"general.name": name} if name else {}), [("v.patch_embd.weight", (8, 8), 0)])


def write_ollama(models: Path, name: Sequence[str], model: Path, projector: Path | None = None) -> Path:
    """A model as Ollama keeps it: blobs, and a manifest below the parts of its name; returns the model's blob."""
    layers = []
    for kind, source in (("model", model), ("projector", projector)):
        if source is not None:
            data = source.read_bytes()
            digest = sha256(data).hexdigest()
            blob = models / "blobs" / f"sha256-{digest}"
            blob.parent.mkdir(parents=True, exist_ok=True)
            blob.write_bytes(data)
            media = f"application/vnd.ollama.image.{kind}"
            layers.append({"mediaType": media, "digest": f"sha256:{digest}", "size": len(data)})
    manifest = models.joinpath("manifests", *name)
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps({"schemaVersion": 2, "layers": layers}))
    return models / "blobs" / layers[0]["digest"].replace(":", "-")


def listing(*folders: Path, said: Said | None = None) -> Listing:
    """What lies in folders that were added."""
    return listed([Place(folder, "added") for folder in folders], HeaderCache(None), said or Said())


def entries(*folders: Path) -> list[Entry]:
    """The models in them."""
    return list(listing(*folders).entries)


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    match value:
        case bool():
            return struct.pack("<IB", BOOL, value)
        case int() if value < 0:
            return struct.pack("<Ii", I32, value)
        case int() if value < 1 << 32:
            return struct.pack("<II", U32, value)
        case int():
            return struct.pack("<IQ", U64, value)
        case float():
            return struct.pack("<If", F32, value)
        case str():
            return struct.pack("<I", STRING) + _text(value)
        case list():
            items = [_value(item) for item in value]
            kind = items[0][:4] if items else struct.pack("<I", U32)
            return (
                struct.pack("<I", ARRAY) + kind + struct.pack("<Q", len(items)) + b"".join(item[4:] for item in items)
            )
    raise TypeError(value)
