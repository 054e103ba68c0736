"""Model files that hold a vocabulary and nothing else, with whatever special tokens a test wants."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import gguf

from tests.model_file import byte_characters

BLANK = "▁"


def write_vocabulary(
    path: Path,
    controls: Sequence[str] = (),
    added: Sequence[str] = (),
    *,
    template: str | None = None,
    kind: Literal["gpt2", "llama"] = "gpt2",
) -> Path:
    """Write the file and return its path.

    Args:
        controls: spellings of control tokens; the first begins a text, the second ends it.
        added: spellings of tokens that every text yields.
        kind: bytes that merge (gpt2), or SentencePiece, which puts a blank before a text (llama).
    """
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Words")
    writer.add_context_length(64)
    writer.add_embedding_length(8)
    writer.add_block_count(1)
    writer.add_feed_forward_length(8)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    unknown, control, byte = gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.BYTE
    if kind == "llama":
        words = [("<unk>", unknown), *((text, control) for text in controls)]
        words += [(f"<0x{number:02X}>", byte) for number in range(256)]
        words += [(text, gguf.TokenType.NORMAL) for text in (BLANK, *"abcdefgh<>/|s", "ab", BLANK + "a")]
        begin = 1
    else:
        words = [(text, control) for text in controls]
        words += [(text, gguf.TokenType.NORMAL) for text in byte_characters()]
        begin = 0
    words += [(text, gguf.TokenType.USER_DEFINED) for text in added]
    writer.add_vocab_size(len(words))
    writer.add_tokenizer_model(kind)
    if kind == "gpt2":
        writer.add_tokenizer_pre("gpt-2")
        writer.add_token_merges(["a b"])
    writer.add_token_list([text for text, _ in words])
    writer.add_token_scores([float(-number) for number, _ in enumerate(words)])
    writer.add_token_types([type_ for _, type_ in words])
    if controls:
        writer.add_bos_token_id(begin)
        writer.add_eos_token_id(begin + min(1, len(controls) - 1))
    writer.add_add_bos_token(bool(controls))
    if template is not None:
        writer.add_chat_template(template)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
