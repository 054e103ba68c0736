"""Chat templates that stand in where a file has none that works, chosen by the vocabulary's special tokens."""

from collections.abc import Collection

from app.core.record import record


@record
class KnownTemplate:
    """A format of a family of models; it is theirs if the vocabulary has all of `needs`."""

    name: str
    needs: tuple[str, ...]
    text: str


def _each(turn: str, generation: str, begin: str = "", roles: str = "", refuse: str = "") -> str:
    """A template that writes each message as `turn` does.

    `roles` is a jinja2 mapping of role names that are not the usual ones; `refuse` is a condition on a message.
    """
    named = f"{{%- set role = {{{roles}}}.get(m.role, m.role) %}}"
    refused = f"{{%- if {refuse} %}}{{{{ raise_exception('not a message for this format') }}}}{{% endif %}}"
    return (
        f"{begin}{{%- for m in messages %}}{refused if refuse else ''}{named}{turn}{{%- endfor %}}"
        f"{{%- if add_generation_prompt %}}{generation}{{%- endif %}}"
    )


def _written(text: str) -> str:
    """A jinja2 expression that writes the text; {role} and {content} are the message's."""
    quoted = text.replace("\n", "\\n").replace("{role}", "' ~ role ~ '").replace("{content}", "' ~ m.content ~ '")
    return "{{- '" + quoted + "' }}"


BEGIN = "{{- bos_token }}"
CHATML = _each(_written("<|im_start|>{role}\n{content}<|im_end|>\n"), _written("<|im_start|>assistant\n"))

KNOWN = (
    KnownTemplate(
        "Phi 4",
        ("<|im_start|>", "<|im_sep|>", "<|im_end|>"),
        _each(_written("<|im_start|>{role}<|im_sep|>{content}<|im_end|>"), _written("<|im_start|>assistant<|im_sep|>")),
    ),
    KnownTemplate("ChatML", ("<|im_start|>", "<|im_end|>"), CHATML),
    KnownTemplate(
        "Llama 3",
        ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        _each(
            _written("<|start_header_id|>{role}<|end_header_id|>\n\n{content}<|eot_id|>"),
            _written("<|start_header_id|>assistant<|end_header_id|>\n\n"),
            BEGIN,
        ),
    ),
    KnownTemplate(
        "Llama 4",
        ("<|header_start|>", "<|header_end|>", "<|eot|>"),
        _each(
            _written("<|header_start|>{role}<|header_end|>\n\n{content}<|eot|>"),
            _written("<|header_start|>assistant<|header_end|>\n\n"),
            BEGIN,
        ),
    ),
    KnownTemplate(
        "Gemma",
        ("<start_of_turn>", "<end_of_turn>"),
        _each(
            _written("<start_of_turn>{role}\n{content}<end_of_turn>\n"),
            _written("<start_of_turn>model\n"),
            BEGIN,
            "'assistant': 'model'",
            "m.role == 'system'",
        ),
    ),
    KnownTemplate(
        "Gemma 4",
        ("<|turn>", "<turn|>"),
        _each(_written("<|turn>{role}\n{content}<turn|>\n"), _written("<|turn>model\n"), BEGIN, "'assistant': 'model'"),
    ),
    KnownTemplate(
        "Harmony",
        ("<|start|>", "<|channel|>", "<|message|>", "<|end|>"),
        _each(
            _written("<|start|>{role}<|message|>{content}<|end|>"),
            _written("<|start|>assistant"),
            roles="'system': 'developer', 'assistant': 'assistant<|channel|>final'",
        ),
    ),
    KnownTemplate(
        "Mistral",
        ("[INST]", "[/INST]"),
        BEGIN
        + "{%- for m in messages %}"
        + "{%- if m.role == 'system' %}{{ raise_exception('not a message for this format') }}{% endif %}"
        + "{{- '[INST]' ~ m.content ~ '[/INST]' if m.role == 'user' else m.content ~ eos_token }}"
        + "{%- endfor %}",
    ),
    KnownTemplate(
        "DeepSeek",
        ("<｜User｜>", "<｜Assistant｜>"),
        BEGIN
        + "{%- for m in messages %}"
        + "{{- {'user': '<｜User｜>', 'assistant': '<｜Assistant｜>'}.get(m.role, '') ~ m.content }}"
        + "{{- eos_token if m.role == 'assistant' }}{%- endfor %}"
        + "{%- if add_generation_prompt %}{{- '<｜Assistant｜>' }}{%- endif %}",
    ),
    KnownTemplate(
        "Command R",
        ("<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>", "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>"),
        _each(
            _written("<|START_OF_TURN_TOKEN|>{role}{content}<|END_OF_TURN_TOKEN|>"),
            _written("<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>"),
            BEGIN,
            "'system': '<|SYSTEM_TOKEN|>', 'user': '<|USER_TOKEN|>', 'assistant': '<|CHATBOT_TOKEN|>'",
        ),
    ),
    KnownTemplate(
        "Granite",
        ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"),
        _each(
            _written("<|start_of_role|>{role}<|end_of_role|>{content}<|end_of_text|>\n"),
            _written("<|start_of_role|>assistant<|end_of_role|>"),
        ),
    ),
    KnownTemplate(
        "GLM",
        ("[gMASK]", "<sop>", "<|user|>", "<|assistant|>"),
        _each(_written("<|{role}|>\n{content}"), _written("<|assistant|>\n"), "{{- '[gMASK]<sop>' }}"),
    ),
    KnownTemplate(
        "Phi",
        ("<|user|>", "<|assistant|>", "<|end|>"),
        _each(_written("<|{role}|>\n{content}<|end|>\n"), _written("<|assistant|>\n")),
    ),
    KnownTemplate(
        "Zephyr",
        ("<|user|>", "<|assistant|>"),
        _each("{{- '<|' ~ role ~ '|>\\n' ~ m.content ~ eos_token ~ '\\n' }}", _written("<|assistant|>\n")),
    ),
)


def fitting(markers: Collection[str]) -> KnownTemplate:
    """The first one whose special tokens are all among `markers`; ChatML, as plain text, where none is."""
    fits = (known for known in KNOWN if all(marker in markers for marker in known.needs))
    return next(fits, KnownTemplate("ChatML", (), CHATML))
