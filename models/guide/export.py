"""Writes the trained network as a GGUF file in Q8_0, with everything inside that an application needs to use it."""

from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, TokenType
from model import Guide
from tokenizer import END_OF_TEXT, SPECIAL, TURN_END, Tokenizer

NAME = "Fireside Guide"
TEXT_KEY = "fireside.guide.text"
TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def export(guide: Guide, tokenizer: Tokenizer, text: str, path: Path) -> None:
    """Write `guide` to `path`; `text` is the fingerprint of the text it was trained on."""
    shape = guide.shape
    writer = GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_name(NAME)
    writer.add_basename("fireside-guide")
    writer.add_author("The Fireside authors")
    writer.add_description("The model that comes with Fireside: it explains the application and the ideas behind it.")
    writer.add_license("mit")
    writer.add_license_name("MIT License")
    writer.add_languages(["en", "zh"])
    writer.add_tags(["fireside", "help", "offline"])
    size = sum(weights.numel() for weights in guide.parameters())  # without what only fills blocks up
    writer.add_size_label(f"{size / 1e6:.1f}M")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_float32("general.sampling.temp", 0.0)
    writer.add_string(TEXT_KEY, text)

    writer.add_vocab_size(shape.vocabulary)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(max(shape.feed_forward, shape.choices))
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.rope_base)

    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokenizer.shown())
    writer.add_token_types([TokenType.CONTROL] * len(SPECIAL) + [TokenType.NORMAL] * (len(tokenizer) - len(SPECIAL)))
    writer.add_token_merges(tokenizer.shown_merges())
    writer.add_bos_token_id(SPECIAL.index(END_OF_TEXT))
    writer.add_eos_token_id(SPECIAL.index(TURN_END))
    writer.add_eot_token_id(SPECIAL.index(TURN_END))
    writer.add_pad_token_id(SPECIAL.index(END_OF_TEXT))
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)

    for name, weights in guide.tensors().items():
        data = weights.float().cpu().numpy().astype(np.float32)
        if data.ndim == 1:
            writer.add_tensor(name, data)
        else:
            kind = GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(data, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
