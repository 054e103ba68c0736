"""How the model files of tests are written: a shape, a vocabulary, the header of a GGUF file and the names of its tensors."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gguf

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a network of the llama architecture; `tied` has no output matrix beside the embeddings."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    feed_forward: int
    context: int
    rope_base: float = 10000.0
    tied: bool = False

    def tensors(self, vocabulary: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name without ".weight" and shape (rows, columns) of each tensor, in the order of the file."""
        kv_width = self.width // self.heads * self.kv_heads
        yield "token_embd", (vocabulary, self.width)
        yield "output_norm", (self.width,)
        if not self.tied:
            yield "output", (vocabulary, self.width)
        for layer in range(self.layers):
            prefix = f"blk.{layer}."
            yield prefix + "attn_norm", (self.width,)
            yield prefix + "ffn_norm", (self.width,)
            yield prefix + "attn_q", (self.width, self.width)
            yield prefix + "attn_k", (kv_width, self.width)
            yield prefix + "attn_v", (kv_width, self.width)
            yield prefix + "attn_output", (self.width, self.width)
            yield prefix + "ffn_gate", (self.feed_forward, self.width)
            yield prefix + "ffn_up", (self.feed_forward, self.width)
            yield prefix + "ffn_down", (self.width, self.feed_forward)


@dataclass(frozen=True, slots=True)
class Words:
    """A byte-level BPE vocabulary. The ids of the control tokens begin at `control_at`, in the order of CONTROL."""

    tokens: tuple[str, ...]
    merges: tuple[str, ...]
    control_at: int
    controls: int  # how many control tokens there are from there on
    splitter: str  # the name of llama.cpp's pre-tokenizer

    def control(self, text: str) -> int:
        return self.control_at + CONTROL.index(text)


@cache
def byte_characters() -> tuple[str, ...]:
    """GPT-2's printable stand-in for each byte, as GGUF vocabularies write them."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return tuple(chr(byte) if byte in printable else chr(next(others)) for byte in range(256))


def begin_file(
    path: Path,
    shape: Shape,
    words: Words,
    *,
    name: str,
    file_type: gguf.LlamaFileType,
    template: str | None = CHATML,
    architecture: str = "llama",
) -> gguf.GGUFWriter:
    """A writer that has all of the header; tensors and whatever else is wanted are added by the caller."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name(name)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_file_type(file_type)
    writer.add_vocab_size(len(words.tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(words.splitter)
    writer.add_token_list(list(words.tokens))
    types = [gguf.TokenType.NORMAL] * len(words.tokens)
    types[words.control_at : words.control_at + words.controls] = [gguf.TokenType.CONTROL] * words.controls
    writer.add_token_types(types)
    writer.add_token_merges(list(words.merges))
    writer.add_bos_token_id(words.control("<|endoftext|>"))
    writer.add_eos_token_id(words.control("<|im_end|>"))
    writer.add_add_bos_token(False)
    if template is not None:
        writer.add_chat_template(template)
    return writer
