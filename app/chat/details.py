"""How an answer came about, as lines that a person reads."""

from collections.abc import Iterator

from app.chat.stored import usable
from app.core.language import tr, trn
from app.core.params import Sampling, rows, shown
from app.core.protocol import FinishReason, Timing
from app.core.record import record
from app.core.tree import Message


@record
class Detail:
    """One line under the heading `group`."""

    group: str
    label: str
    value: str


def details(answer: Message) -> list[Detail]:
    """All that is known of an answer; what is not known has no line."""
    return [*_origin(answer), *_settings(answer), *_figures(answer)]


def as_text(found: list[Detail]) -> str:
    """The lines as text, under their headings."""
    parts: list[str] = []
    group = ""
    for each in found:
        if each.group != group:
            group = each.group
            parts.append(f"\n{group}" if parts else group)
        parts.append(tr("{label}: {value}").format(label=each.label, value=each.value))
    return "\n".join(parts)


def ending(answer: Message) -> str:
    """Why the answer ended, in a sentence."""
    if answer.status == "streaming":
        return tr("It is still being written.")
    if answer.status == "failed":
        return answer.error or tr("It failed.")
    if answer.edited:
        return tr("You have written it over.")
    reasons: dict[FinishReason, str] = {
        "end": tr("The model ended its answer."),
        "stop_text": tr("One of the stop texts appeared."),
        "length": tr("It reached the longest length that the settings allow."),
        "context_full": tr("The context was full."),
        "stopped": tr("It was stopped."),
    }
    return reasons[answer.finish_reason] if answer.finish_reason else tr("That is not known.")


def _origin(answer: Message) -> Iterator[Detail]:
    group = tr("Answer")
    yield Detail(group, tr("Model"), answer.model or tr("not known"))
    yield Detail(group, tr("Written"), f"{answer.created.astimezone():%Y-%m-%d %H:%M:%S}")
    yield Detail(group, tr("Why it ended"), ending(answer))
    if (count := len(answer.candidates)) > 1:
        yield Detail(group, tr("Candidates"), f"{count:,}")
    sent = answer.sent
    if sent is None:
        return
    if sent.prefill or sent.thought:
        yield Detail(group, tr("Continues"), tr("an earlier version"))
    if sent.summarised:
        yield Detail(
            group,
            tr("Summarised"),
            trn("{count} earlier message", "{count} earlier messages", sent.summarised),
        )
    if unseen := sent.left_out - sent.summarised:
        yield Detail(group, tr("Left out"), trn("{count} earlier message", "{count} earlier messages", unseen))


def _settings(answer: Message) -> Iterator[Detail]:
    group = tr("Settings that differ from the defaults")
    known = rows(Sampling)
    found = False
    for name, value in usable(Sampling, answer.sampling).items():
        found = True
        yield Detail(group, tr(known[name].label), shown(known[name], value))
    if not found:
        yield Detail(group, tr("Settings"), tr("all at their defaults"))


def _figures(answer: Message) -> Iterator[Detail]:
    timing = answer.timing
    if timing is None:
        if answer.thinking_s:
            yield Detail(tr("Times"), tr("Thinking"), seconds(answer.thinking_s))
        return
    group = tr("Tokens")
    yield Detail(group, tr("Prompt"), f"{timing.prompt_tokens:,}")
    if fresh := timing.reused_tokens - timing.restored_tokens:
        yield Detail(group, tr("Of it known from before"), f"{fresh:,}")
    if timing.restored_tokens:
        yield Detail(
            group,
            tr("Of it restored from disk"),
            tr("{count} in {time}").format(count=f"{timing.restored_tokens:,}", time=seconds(timing.restore_s)),
        )
    yield Detail(group, tr("Answer"), f"{timing.completion_tokens:,}")
    if timing.thinking_tokens:
        yield Detail(group, tr("Of it thought"), f"{timing.thinking_tokens:,}")
    if answer.sent and answer.sent.context_length:
        yield Detail(group, tr("Context length"), f"{answer.sent.context_length:,}")
    yield from _times(answer, timing)


def _times(answer: Message, timing: Timing) -> Iterator[Detail]:
    group = tr("Times")
    if timing.completion_tokens:
        yield Detail(group, tr("To the first token"), seconds(timing.time_to_first_token_s))
    read = timing.prompt_tokens - timing.reused_tokens
    if timing.prompt_s > 0 and read > 0:
        rate = tr("{rate} tokens/s").format(rate=f"{read / timing.prompt_s:,.0f}")
        yield Detail(group, tr("Reading the prompt"), f"{seconds(timing.prompt_s)} · {rate}")
    if timing.generation_s > 0:
        rate = tr("{rate} tokens/s").format(rate=f"{timing.tokens_per_second:,.1f}")
        yield Detail(group, tr("Writing"), f"{seconds(timing.generation_s)} · {rate}")
    if answer.thinking_s:
        yield Detail(group, tr("Thinking"), seconds(answer.thinking_s))
    if timing.drafted:
        yield Detail(
            group,
            tr("Guessed ahead"),
            tr("{right} of {count} tokens right").format(right=f"{timing.accepted:,}", count=f"{timing.drafted:,}"),
        )


def seconds(time: float) -> str:
    """A duration with as many digits as tell something."""
    digits = 3 if time < 0.1 else 2 if time < 10 else 1
    return tr("{seconds} s").format(seconds=f"{time:,.{digits}f}")
