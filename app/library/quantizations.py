"""The names of quantizations: found in the names of files, and what each means in one line."""

import re

from app.core.language import tr

_NAME = re.compile(
    r"(?<![A-Za-z0-9])"
    r"((?:UD-)?(?:IQ[1-4]_(?:XXS|XS|NL|[SML])|TQ[12]_0|Q[1-8]_(?:K(?:_(?:XXL|XL|[SMLP]))?|[01](?:_[48]_[48])?))"
    r"|BF16|FP?16|FP?32|MXFP4(?:_MOE)?|NVFP4)"
    r"(?![A-Za-z0-9])",
    re.IGNORECASE,
)
PREFERRED = (
    "Q4_K_M", "UD-Q4_K_XL", "MXFP4", "MXFP4_MOE", "Q4_K_S", "IQ4_XS", "Q4_0", "IQ4_NL", "Q5_K_M", "UD-Q5_K_XL", "Q8_0",
    "Q6_K", "Q5_K_S", "Q3_K_M", "BF16", "F16",
)  # fmt: skip
"""What most people want, the likeliest first: about half a byte a weight, which is hardly worse than all of it."""


def quantization_in(path: str) -> str:
    """The quantization that a file's path names, as people write it ("Q4_K_M"); "" where it names none.

    The last name of the file counts, then that of a folder.
    """
    *folders, file = path.split("/")
    for part in (file, *reversed(folders)):
        if found := _NAME.findall(part):
            return normal(found[-1])
    return ""


def normal(name: str) -> str:
    """One way of writing for one quantization."""
    return name.strip().upper().replace("FP16", "F16").replace("FP32", "F32")


def order(name: str) -> tuple[int, str]:
    """Sorts names by how many bits a weight takes, few first; what is not known comes last."""
    plain = name.removeprefix("UD-")
    if plain.startswith(("MXFP4", "NVFP4")):
        return 40, name
    if plain in ("F16", "BF16", "F32"):
        return (320 if plain == "F32" else 160), name
    if not (digit := re.search(r"\d", plain)):
        return 999, name
    sizes = {"XXS": 1, "XS": 2, "S": 3, "0": 4, "NL": 4, "M": 5, "1": 6, "L": 7, "XL": 8, "XXL": 9}
    return int(digit[0]) * 10 + sizes.get(plain.rsplit("_", 1)[-1], 4), name


def meaning(name: str) -> str:
    """What a quantization is good for, in one translated line; "" where it is not known."""
    plain = name.removeprefix("UD-")
    said = _meanings().get(plain) or _families().get(plain.split("_")[0], "")
    if said and plain != name:
        return tr("{meaning} Bits are dealt out tensor by tensor (“dynamic”).").format(meaning=said)
    return said


def _meanings() -> dict[str, str]:
    larger = tr("Like {name}, with embeddings and output in 8 bits: a little larger, a little better.")
    return {
        "F32": tr("Unshrunk, 32 bits a weight. Only to make other sizes from."),
        "F16": tr("Unshrunk, 16 bits a weight. As good as the original, four times the size of Q4."),
        "BF16": tr("Unshrunk, 16 bits a weight with the range of 32. What most originals are."),
        "Q8_0": tr("8 bits. Not to be told from the original; slower than smaller ones."),
        "Q6_K": tr("6 bits. Very close to the original."),
        "Q6_K_L": larger.format(name="Q6_K"),
        "Q5_K_M": tr("5 bits. Close to the original, if there is memory for it."),
        "Q5_K_S": tr("5 bits, a little smaller than Q5_K_M."),
        "Q5_K_L": larger.format(name="Q5_K_M"),
        "Q5_0": tr("5 bits, an old way. Q5_K_M is better."),
        "Q5_1": tr("5 bits, an old way. Q5_K_M is better."),
        "Q4_K_M": tr("4 bits. The usual choice: a quarter of the size, and hardly worse."),
        "Q4_K_S": tr("4 bits, a little smaller and weaker than Q4_K_M."),
        "Q4_K_L": larger.format(name="Q4_K_M"),
        "Q4_0": tr("4 bits, an old way that is quick on processors. Q4_K_M is better."),
        "Q4_1": tr("4 bits, an old way. Q4_K_M is better."),
        "Q4_0_4_4": tr("4 bits, laid out for old programs on ARM. llama.cpp no longer reads it; take Q4_0."),
        "Q4_0_4_8": tr("4 bits, laid out for old programs on ARM. llama.cpp no longer reads it; take Q4_0."),
        "Q4_0_8_8": tr("4 bits, laid out for old programs on ARM. llama.cpp no longer reads it; take Q4_0."),
        "IQ4_XS": tr("4 bits. Smaller than Q4_K_S and about as good; slower on processors."),
        "IQ4_NL": tr("4 bits with uneven steps. About as good as Q4_K_S."),
        "MXFP4": tr("4 bits as floating point. For models that were trained in it, this is the original."),
        "MXFP4_MOE": tr("Experts in 4 bits of floating point, the rest in 8."),
        "NVFP4": tr("4 bits as floating point, made for new NVIDIA cards."),
        "Q3_K_L": tr("3 bits. Noticeably weaker than 4 bits."),
        "Q3_K_M": tr("3 bits. Noticeably weaker; for a model that would not fit otherwise."),
        "Q3_K_S": tr("3 bits, the smallest of them. Clearly weaker."),
        "Q3_K_XL": larger.format(name="Q3_K_L"),
        "IQ3_M": tr("3 bits. About as good as Q3_K_M, and smaller; slower on processors."),
        "IQ3_S": tr("3 bits. Better than Q3_K_S at its size; slower on processors."),
        "IQ3_XS": tr("3 bits, a little smaller than IQ3_S."),
        "IQ3_XXS": tr("3 bits, the smallest of them. Clearly weaker."),
        "Q2_K": tr("2 to 3 bits. Much weaker; only large models stay of use."),
        "Q2_K_S": tr("2 bits. Much weaker; only large models stay of use."),
        "Q2_K_L": larger.format(name="Q2_K"),
        "IQ2_M": tr("2 bits. Weak; the best that there is at this size."),
        "IQ2_S": tr("2 bits. Weak; only for very large models."),
        "IQ2_XS": tr("2 bits. Weak; only for very large models."),
        "IQ2_XXS": tr("2 bits. Very weak; only for very large models."),
        "IQ1_M": tr("Below 2 bits. Hardly of use."),
        "IQ1_S": tr("Below 2 bits. Hardly of use."),
        "Q1_0": tr("1 bit a weight, for models that were trained so."),
        "Q2_0": tr("2 bits a weight, for models that were trained so."),
        "TQ1_0": tr("Three values a weight, for models that were trained so."),
        "TQ2_0": tr("Three values a weight, for models that were trained so; quicker than TQ1_0."),
    }


def _families() -> dict[str, str]:
    """For names with an ending that is not known here."""
    bits = tr("{bits} bits a weight.")
    return {f"{kind}{number}": bits.format(bits=number) for kind in ("Q", "IQ") for number in range(1, 9)}
