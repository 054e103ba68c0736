"""What can be done with a message, and the quiet line below it that offers it."""

from typing import Literal

from app.chat.changes import Entry
from app.core.language import tr, trn
from app.core.record import record

BETWEEN = " · "  # two figures

Name = Literal[
    "copy", "regenerate", "edit", "continue", "delete", "candidates", "previous", "next", "retry", "reason", "seen_from", "thinking", "code",
    "more", "pin", "note", "received", "details", "link", "regenerate_with",
]  # fmt: skip


@record
class Action:
    """One button: `icon` is a drawing's name; `label` is its tooltip, menu text and accessible name.

    With `told` the label stands beside the icon.
    """

    name: Name
    icon: str
    label: str
    enabled: bool = True
    told: bool = False


def actions(entry: Entry) -> list[Action]:
    """The buttons of a message from left to right; none while it is being written."""
    message = entry.message
    if message.status == "streaming" or message.role == "system":
        return []
    answer = message.role == "assistant"
    found = [Action("copy", "copy", tr("Copy"))] if message.text else []
    if answer and message.status == "failed":
        found.append(Action("retry", "refresh", tr("Try again"), told=True))
        if entry.detail:
            found.append(Action("reason", "info", tr("Details"), told=True))
    elif answer:
        found.append(Action("regenerate", "refresh", tr("Regenerate")))
    found.append(Action("edit", "edit", tr("Edit")))
    if answer and message.text and can_continue(entry):
        found.append(Action("continue", "continue", tr("Continue")))
    found.append(Action("delete", "trash", tr("Delete")))
    found.append(Action("more", "more", tr("More")))
    if (count := len(message.candidates)) > 1:
        found.append(Action("candidates", "text", trn("{count} candidate", "{count} candidates", count), told=True))
    if entry.versions > 1:
        found.append(Action("previous", "chevron-left", tr("Previous version"), entry.version > 1))
        found.append(Action("next", "chevron-right", tr("Next version"), entry.version < entry.versions))
    return found


def can_continue(entry: Entry) -> bool:
    """Did the answer end before its end?"""
    message = entry.message
    return message.status == "stopped" or (
        message.status == "done" and message.finish_reason in ("length", "stopped", "stop_text")
    )


def figures(entry: Entry) -> list[str]:
    """How the answer came about: speed, waiting time, and why it ended where that is worth a word."""
    message = entry.message
    parts = [message.model] if entry.versions > 1 and message.model else []
    if message.status == "stopped":
        parts.append(tr("Stopped"))
    elif message.finish_reason == "length":
        parts.append(tr("Reached the length limit"))
    elif message.finish_reason == "context_full":
        parts.append(tr("The context is full"))
    if message.edited:
        parts.append(tr("Edited"))
    timing = message.timing
    if timing and timing.tokens_per_second:
        parts.append(tr("{rate} tokens/s").format(rate=f"{timing.tokens_per_second:,.1f}"))
        parts.append(tr("first token {seconds} s").format(seconds=f"{timing.time_to_first_token_s:.2f}"))
    if timing and timing.restored_tokens:
        parts.append(
            tr("restored {tokens} tokens in {seconds} s").format(
                tokens=f"{timing.restored_tokens:,}",
                seconds=f"{timing.restore_s:.{1 if timing.restore_s >= 0.1 else 2}f}",
            )
        )
    return parts


def details(entry: Entry) -> str:
    """The tooltip of the figures: the model and the counts."""
    message = entry.message
    lines = [message.model] if message.model else []
    if timing := message.timing:
        lines.append(trn("{count} token in the prompt", "{count} tokens in the prompt", timing.prompt_tokens))
        lines.append(trn("{count} token in the answer", "{count} tokens in the answer", timing.completion_tokens))
        if timing.thinking_tokens:
            lines.append(trn("{count} token of it thought", "{count} tokens of it thought", timing.thinking_tokens))
    if shown := figures(entry):
        lines.append(BETWEEN.join(shown))
    return "\n".join(lines)
