"""The model file that comes with Fireside: belongs to the present text, is complete, and answers."""

from pathlib import Path

import pytest
from evaluate import MODEL, Judge, Question, ask_all, engine, examples
from topics import Reply, fingerprint, read

from app.core.protocol import Turn

FIELDS = (
    "general.name",
    "general.author",
    "general.license",
    "general.description",
    "general.languages",
    "general.size_label",
    "general.file_type",
    "general.sampling.temp",
    "llama.context_length",
    "tokenizer.ggml.pre",
    "tokenizer.chat_template",
)
SMOKE = (
    Question("en", "What does temperature do?", ("temperature",)),
    Question("en", "how do i start a new conversation", ("new_chat",)),
    Question("en", "hello", ("greeting",)),
    Question("en", "who are you?", ("who_are_you",)),
    Question("en", "what is gguf", ("gguf",)),
    Question("en", "how do I change it?", ("top_k",), after="top_k"),
    Question("en", "what is the capital of france?", ("too_small",)),
    Question("zh", "温度有什么用？", ("temperature",)),
    Question("zh", "怎么新建对话", ("new_chat",)),
    Question("zh", "你好", ("greeting",)),
    Question("zh", "默认值是多少？", ("top_p",), after="top_p"),
    Question("zh", "法国的首都是哪里？", ("too_small",)),
)


@pytest.fixture(scope="module")
def replies() -> list[Reply]:
    return read()


@pytest.fixture(scope="module")
def fields() -> dict[str, object]:
    from gguf import GGUFReader

    return {name: field.contents() for name, field in GGUFReader(MODEL).fields.items()}


def test_the_model_was_trained_on_the_present_text(fields: dict[str, object], replies: list[Reply]) -> None:
    assert fields["fireside.guide.text"] == fingerprint(replies), "train again: python models/guide/train.py"


def test_the_file_is_small_and_says_all_about_itself(fields: dict[str, object]) -> None:
    assert MODEL.stat().st_size <= 10_000_000
    assert all(fields.get(name) not in (None, "") for name in FIELDS)
    assert fields["general.architecture"] == "llama"
    assert fields["general.license"] == "mit"
    context = fields["llama.context_length"]
    assert isinstance(context, int)
    assert context >= 2048


def test_the_template_is_chatml(fields: dict[str, object]) -> None:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    turns = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]
    template = ImmutableSandboxedEnvironment().from_string(str(fields["tokenizer.chat_template"]))
    assert template.render(messages=turns, add_generation_prompt=True) == (
        "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n"
    )


def test_it_answers_on_topic_through_the_engine(replies: list[Reply]) -> None:
    judge = Judge(replies)
    with engine(MODEL) as answer:
        results = list(ask_all(SMOKE, judge, answer))
        turns = [Turn("system", "You are a helpful assistant.")]
        for question in (SMOKE[0], SMOKE[8], SMOKE[2], SMOKE[4]) * 4:
            said = judge.first[question.topics[0], question.lang].answer
            turns += [Turn("user", question.ask), Turn("assistant", said)]
        late = answer([*turns, Turn("user", SMOKE[1].ask)])
    missed = [(result.question.ask, result.answer) for result in results if result.topic not in result.question.topics]
    assert not missed
    assert judge.topic(late, SMOKE[1].topics)[0] == "new_chat", late


def test_it_answers_what_the_welcome_page_offers_in_any_order(replies: list[Reply]) -> None:
    with engine(MODEL) as answer:
        results = list(examples(replies, Judge(replies), answer, orders=6))
    assert len(results) == 2 * 6 * 4
    assert not [
        (result.question.ask, result.answer) for result in results if result.topic not in result.question.topics
    ]


def test_the_file_lies_where_the_application_looks() -> None:
    assert Path(MODEL).parts[-2:] == ("models", "guide.gguf")
