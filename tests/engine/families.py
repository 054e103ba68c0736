"""Short templates of our own, one for each way in which families of models write their messages and their thinking."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """A template, its markers, and how prompts end behind the user's text: as it likes, thinking on, thinking off.

    `begun` is the end with the answer "P" begun, `thought` the same with "T" thought before it and thinking on.
    """

    name: str
    template: str
    controls: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    auto: str = ""
    on: str = ""
    off: str = ""
    begun: str = ""
    thought: str = ""
    opened: bool = False  # thinking is on, and the prompt has begun it


IM = ("<|im_start|>", "<|im_end|>")
IM_MESSAGES = (
    "{%- for m in messages %}{{- '<|im_start|>' + m.role + '\\n' }}"
    "{%- if m.role == 'assistant' and m.reasoning_content is string and loop.last %}"
    "{{- '<think>\\n' + m.reasoning_content + '\\n</think>\\n\\n' }}{%- endif %}"
    "{{- m.content + '<|im_end|>\\n' }}{%- endfor %}"
)
OPEN = "<|im_end|>\n<|im_start|>assistant\n"

FAMILIES = (
    Family(
        "switch closes",
        IM_MESSAGES
        + "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}"
        + "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}"
        + "{%- endif %}{%- endif %}",
        IM,
        ("<think>", "</think>"),
        auto=OPEN,
        on=OPEN,
        off=OPEN + "<think>\n\n</think>\n\n",
        begun=OPEN + "P",
        thought=OPEN + "<think>\nT\n</think>\n\nP",
    ),
    Family(
        "switch opens",
        IM_MESSAGES
        + "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}"
        + "{{- '<think>\\n' if enable_thinking is not defined or enable_thinking else '<think>\\n\\n</think>\\n\\n' }}"
        + "{%- endif %}",
        (*IM, "<think>", "</think>"),
        auto=OPEN + "<think>\n",
        on=OPEN + "<think>\n",
        off=OPEN + "<think>\n\n</think>\n\n",
        begun=OPEN + "<think>\n\n</think>\n\nP",
        thought=OPEN + "<think>\nT\n</think>\n\nP",
        opened=True,
    ),
    Family(
        "always opens",
        "{{- bos_token }}{%- for m in messages %}"
        "{%- if m.role == 'assistant' %}{{- '<｜A｜>' + m.content.split('</think>')[-1] + eos_token }}"
        "{%- elif m.role == 'user' %}{{- '<｜U｜>' + m.content }}{%- else %}{{- m.content }}{%- endif %}{%- endfor %}"
        "{%- if add_generation_prompt %}{{- '<｜A｜><think>\\n' }}{%- endif %}",
        ("<｜A｜>", "<｜U｜>"),
        auto="<｜A｜><think>\n",
        on="<｜A｜><think>\n",
        off="<｜A｜><think>\n\n</think>\n\n",
        begun="<｜A｜><think>\n\n</think>\n\nP",
        thought="<｜A｜><think>\nT\n</think>\n\nP",
        opened=True,
    ),
    Family(
        "only the end",
        "{%- for m in messages %}{{- '<|' + m.role + '|>' }}"
        "{%- if m.role == 'assistant' %}{{- '<think>' + m.reasoning_content + '</think>' if m.reasoning_content is string "
        "else '</think>' }}{%- endif %}{{- m.content }}{%- endfor %}"
        "{%- if add_generation_prompt %}{{- '<|assistant|>' + ('<think>' if thinking else '</think>') }}{%- endif %}",
        ("<|user|>", "<|assistant|>", "<|system|>"),
        ("<think>", "</think>"),
        auto="<|assistant|></think>",
        on="<|assistant|><think>",
        off="<|assistant|></think>",
        begun="<|assistant|></think>P",
        thought="<|assistant|><think>T</think>P",
        opened=True,
    ),
    Family(
        "no switch",
        "{%- for m in messages %}{{- '[' + m.role + ']' }}{%- if m.role == 'assistant' %}{{- '<think></think>' }}"
        "{%- endif %}{{- m.content + '[end]' }}{%- endfor %}{%- if add_generation_prompt %}{{- '[assistant]' }}{%- endif %}",
        ("[end]",),
        auto="[end][assistant]",
        on="[end][assistant]",
        off="[end][assistant]<think></think>",
        begun="[end][assistant]P",
        thought="[end][assistant]<think>T</think>P",
    ),
    Family(
        "words of effort",
        "{%- set t = ':x' %}{%- if reasoning_effort is not defined %}{%- set reasoning_effort = 'no_think' %}"
        "{%- elif reasoning_effort not in ['high', 'no_think'] %}{{- raise_exception('what effort?') }}{%- endif %}"
        "{%- for m in messages %}{{- '<{}>'.format(m.role) + m.content }}{%- endfor %}"
        "{{- '<assistant><think{}>'.format(t) + ('' if reasoning_effort == 'high' else '</think{}>'.format(t)) }}",
        ("<think:x>", "</think:x>"),
        auto="<assistant><think:x></think:x>",
        on="<assistant><think:x>",
        off="<assistant><think:x></think:x>",
        begun="<assistant><think:x></think:x>P",
        thought="<assistant><think:x>T</think:x>P",
        opened=True,
    ),
    Family(
        "words in messages",
        "{%- set ns = namespace(think=true) %}"
        "{%- for m in messages %}{%- if '/no_think' in m.content %}{%- set ns.think = false %}{%- endif %}"
        "{{- '<' + m.role + '>' + m.content.replace('/no_think', '').strip() }}{%- endfor %}"
        "{{- '<assistant><think>\\n' if ns.think else '<assistant><think></think>' }}",
        auto="<assistant><think>\n",
        on="<assistant><think>\n",
        off="<assistant><think></think>",
        begun="<assistant><think>\n\n</think>\n\nP",
        thought="<assistant><think>\nT\n</think>\n\nP",
        opened=True,
    ),
    Family(
        "budget",
        "{%- for m in messages %}{{- '<seed:bos>' + m.role + '\\n' + m.content + '<seed:eos>' }}{%- endfor %}"
        "{{- '<seed:bos>assistant\\n' }}"
        "{%- if thinking_budget is defined and thinking_budget == 0 %}{{- '<seed:think></seed:think>' }}{%- endif %}",
        ("<seed:bos>", "<seed:eos>"),
        auto="<seed:eos><seed:bos>assistant\n",
        on="<seed:eos><seed:bos>assistant\n",
        off="<seed:eos><seed:bos>assistant\n<seed:think></seed:think>",
        begun="<seed:eos><seed:bos>assistant\nP",
        thought="<seed:eos><seed:bos>assistant\n<seed:think>T</seed:think>P",
    ),
    Family(
        "channels",
        "{{- '<|start|>system<|message|>Reasoning: ' + (reasoning_effort if reasoning_effort is defined else 'medium') }}"
        "{{- '# channels: analysis, final.<|end|>' }}"
        "{%- for m in messages %}{%- if m.role == 'assistant' %}"
        "{%- if '<|channel|>' in m.content %}{{- raise_exception('no channels in a text') }}{%- endif %}"
        "{{- '<|start|>assistant<|channel|>final<|message|>' }}"
        "{%- else %}{{- '<|start|>' + m.role + '<|message|>' }}{%- endif %}{{- m.content + '<|end|>' }}{%- endfor %}"
        "{%- if add_generation_prompt %}{{- '<|start|>assistant' }}{%- endif %}",
        ("<|start|>", "<|message|>", "<|channel|>", "<|return|>"),
        ("<|end|>",),
        auto="<|end|><|start|>assistant",
        on="<|end|><|start|>assistant",
        off="<|end|><|start|>assistant<|channel|>final<|message|>",
        begun="<|end|><|start|>assistant<|channel|>final<|message|>P",
        thought="<|end|><|start|>assistant<|channel|>analysis<|message|>T<|end|>"
        "<|start|>assistant<|channel|>final<|message|>P",
    ),
    Family(
        "recipients",
        "{%- for m in messages %}{%- if m.get('reasoning_content') %}"
        "{{- '<|start|>assistant to=self<|message|>' + m.reasoning_content + '<|eom|>' }}{%- endif %}"
        "{{- '<|start|>' + m.role + (' to=user' if m.role == 'assistant' else '') + '<|message|>' }}"
        "{{- m.content + '<|eot|>' }}{%- endfor %}{{- '<|start|>assistant' }}",
        ("<|start|>", "<|message|>", "<|eom|>", "<|eot|>"),
        auto="<|eot|><|start|>assistant",
        on="<|eot|><|start|>assistant",
        off="<|eot|><|start|>assistant to=user<|message|>",
        begun="<|eot|><|start|>assistant to=user<|message|>P",
        thought="<|eot|><|start|>assistant to=self<|message|>T<|eom|><|start|>assistant to=user<|message|>P",
    ),
    Family(
        "open and close",
        "{%- set thinking = true if thinking is undefined else thinking %}"
        "{%- macro tag(word, name) %}{{- '<|' + word + '|>' + name + '<|sep|>' }}{%- endmacro %}"
        "{%- for m in messages %}{{- tag('open', m.role) + m.content + tag('close', m.role) }}{%- endfor %}"
        "{{- tag('open', 'think' if thinking else 'response') }}",
        ("<|open|>", "<|close|>", "<|sep|>"),
        auto="<|close|>user<|sep|><|open|>think<|sep|>",
        on="<|close|>user<|sep|><|open|>think<|sep|>",
        off="<|close|>user<|sep|><|open|>response<|sep|>",
        begun="<|close|>user<|sep|><|open|>think<|sep|><|close|>think<|sep|><|open|>response<|sep|>P",
        thought="<|close|>user<|sep|><|open|>think<|sep|>T<|close|>think<|sep|><|open|>response<|sep|>P",
        opened=True,
    ),
    Family(
        "contents",
        "{%- for m in messages %}{{- '<|begin|>' + m.role + '<|content|>' + m.content + '<|end|>' }}{%- endfor %}"
        "{{- '<|begin|>assistant' }}{%- if reasoning_effort == 'minimal' %}{{- '<|begin|>assistant<|think|><|end|>'[18:] }}"
        "{%- endif %}",
        ("<|begin|>", "<|content|>", "<|think|>", "<|end|>"),
        auto="<|end|><|begin|>assistant",
        on="<|end|><|begin|>assistant",
        off="<|end|><|begin|>assistant<|think|><|end|>",
        begun="<|end|><|begin|>assistant<|content|>P",
        thought="<|end|><|begin|>assistant<|think|>T<|end|><|begin|>assistant<|content|>P",
    ),
    Family(
        "a channel of thought",
        "{{- bos_token }}{%- for m in messages %}{{- '<|turn>' + m.role + '\\n' }}"
        "{{- '<|think|>' if loop.first and enable_thinking }}{{- m.content | trim + '<turn|>\\n' }}{%- endfor %}"
        "{{- '<|turn>model\\n' }}{%- if not enable_thinking | default(false) %}{{- '<|channel>thought\\n<channel|>' }}"
        "{%- endif %}",
        ("<|turn>", "<turn|>"),
        ("<|channel>", "<channel|>"),
        auto="<turn|>\n<|turn>model\n<|channel>thought\n<channel|>",
        on="<turn|>\n<|turn>model\n",
        off="<turn|>\n<|turn>model\n<|channel>thought\n<channel|>",
        begun="<turn|>\n<|turn>model\n<|channel>thought\n<channel|>P",
        thought="<turn|>\n<|turn>model\n<|channel>thought\nT<channel|>P",
    ),
    Family(
        "steps",
        "{%- for m in messages %}{{- '<|' + m.role + '|>\\n' + m.content.split('[BEGIN FINAL RESPONSE]')[-1] }}{%- endfor %}"
        "{{- '<|assistant|>\\nHere are my reasoning steps:\\n' }}",
        ("<|assistant|>", "<|user|>"),
        auto="<|assistant|>\nHere are my reasoning steps:\n",
        on="<|assistant|>\nHere are my reasoning steps:\n",
        off="<|assistant|>\nHere are my reasoning steps:\n\n[BEGIN FINAL RESPONSE]\n",
        begun="<|assistant|>\nHere are my reasoning steps:\n\n[BEGIN FINAL RESPONSE]\nP",
        thought="<|assistant|>\nHere are my reasoning steps:\nT\n[BEGIN FINAL RESPONSE]\nP",
        opened=True,
    ),
)
NAMES = [family.name for family in FAMILIES]
