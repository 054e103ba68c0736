"""What a model file says of itself, in this application's words: quantization names, recommended sampling, a digest."""

from collections.abc import Mapping
from pathlib import Path

from app.core.errors import InputError, ModelFileError
from app.core.language import tr
from app.core.params import Sampling, Value, clean, rows

MAGIC = b"GGUF"

QUANTIZATIONS = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS",
    21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
    39: "NVFP4", 40: "Q1_0", 41: "Q2_0",
}  # fmt: skip
"""`general.file_type` to the name that people know (llama.h, enum llama_ftype)."""

RECOMMENDED = {
    "general.sampling.temp": "temperature",
    "general.sampling.top_k": "top_k",
    "general.sampling.top_p": "top_p",
    "general.sampling.min_p": "min_p",
    "general.sampling.xtc_probability": "xtc_probability",
    "general.sampling.xtc_threshold": "xtc_threshold",
    "general.sampling.penalty_last_n": "repeat_last_n",
    "general.sampling.penalty_repeat": "repeat_penalty",
    "general.sampling.mirostat": "mirostat",
    "general.sampling.mirostat_tau": "mirostat_tau",
    "general.sampling.mirostat_eta": "mirostat_eta",
}
"""Metadata keys by which a file recommends a row of `Sampling`."""

HEAD, TAIL = 1 << 20, 1 << 16


def recommended(metadata: Mapping[str, object]) -> dict[str, Value]:
    """The rows of `Sampling` that a file asks for; what is unreadable or out of range is left out."""
    known = rows(Sampling)
    result: dict[str, Value] = {}
    for key, name in RECOMMENDED.items():
        if key in metadata:
            value = metadata[key]
            # Files hold 32-bit floats: 0.95 comes as 0.949999988.
            number = round(value, 6) if isinstance(value, float) else value
            try:
                result[name] = clean(known[name], number)
            except InputError:
                continue
    return result


def count(parameters: int) -> str:
    """As people write it: "8.0B", "350M"."""
    if parameters >= 999_500_000:
        return f"{parameters / 1e9:,.1f}B"
    return f"{parameters / 1e6:,.0f}M" if parameters >= 999_500 else f"{parameters / 1e6:,.1f}M"


def digest(path: Path) -> str:
    """Tells model files apart without reading gigabytes: hash of size, first megabyte and the last 64 KiB."""
    from hashlib import blake2b  # brings OpenSSL along: 4 MB that a window does without

    size = path.stat().st_size
    state = blake2b(size.to_bytes(8, "little"), digest_size=16)
    with path.open("rb") as file:
        state.update(file.read(HEAD))
        if size > HEAD:
            file.seek(max(HEAD, size - TAIL))
            state.update(file.read(TAIL))
    return state.hexdigest()


def checked_size(path: Path) -> int:
    """The file's size in bytes, after the checks that need neither an engine nor its header.

    Raises:
        ModelFileError: it is missing, a folder, unreadable, empty or no GGUF.
    """
    try:
        if path.is_dir():
            raise ModelFileError(tr("“{file}” is a folder.").format(file=path.name), tr("Choose a GGUF model file."))
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
    except FileNotFoundError:
        raise ModelFileError(
            tr("The model file “{file}” is not there.").format(file=path.name),
            tr("Choose a model file, or use the built-in model."),
            str(path),
        ) from None
    except (OSError, ValueError) as error:
        raise ModelFileError(
            tr("The model file “{file}” cannot be read.").format(file=path.name),
            tr("Check that you may read it and that its disk is connected."),
            str(error),
        ) from None
    if not start:
        raise ModelFileError(tr("“{file}” is empty.").format(file=path.name), tr("Download the file again."))
    if not start.startswith(MAGIC):
        raise ModelFileError(
            tr("“{file}” is not a GGUF model file.").format(file=path.name),
            tr("Choose a GGUF model file."),
        )
    return size
