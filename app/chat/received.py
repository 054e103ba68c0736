"""What the model received for an answer: the prompt once more, and how it may differ from the one that was sent."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from app.chat.branch import Branch
from app.chat.changes import Change, PromptSeen
from app.chat.model import ModelInUse
from app.chat.stored import usable
from app.core.errors import AppError, InputError
from app.core.language import tr
from app.core.params import Sampling, layered
from app.core.prompt import Part, as_sent, checksum, seen
from app.core.protocol import Event, Examined, Failed
from app.core.record import record
from app.core.tree import Message
from app.engine.base import Engine


@record
class Asked:
    """A question to the engine on its way."""

    answer: Message
    parts: tuple[Part, ...]
    branch: tuple[Message, ...]  # above the answer


class Received:
    """Asks the engine for the prompt of an answer; PromptSeen follows. The newest question alone is answered."""

    def __init__(
        self,
        engine: Engine,
        model: ModelInUse,
        branch: Callable[[], Branch],
        notify: Callable[[Change], None],
    ) -> None:
        self._engine, self._model, self._branch, self._notify = engine, model, branch, notify
        self._asked: dict[int, Asked] = {}

    def ask(self, message_id: int | None = None) -> int:
        """Ask for the prompt of an answer, the last one in view by default; returns its id.

        Raises:
            InputError: there is no such answer, or no model that could tell.
        """
        branch = self._branch()
        answer = branch.message(message_id, role="assistant")
        if self._model.state.model is None:
            raise InputError(
                tr("No model is loaded."), tr("Load a model, then ask again: its template makes the prompt.")
            )
        above = branch.tree.path(answer.parent)
        parts = as_sent(branch.conversation.system_prompt, above, answer)
        thought = answer.thinking[: max(0, answer.sent.thought)] if answer.sent else ""
        prefill = next((part.turn.text for part in parts if part.kind == "beginning"), "")
        said = tuple(part.turn for part in seen(parts) if part.kind != "beginning")
        thinking = layered(Sampling, usable(Sampling, answer.sampling)).thinking
        request = self._engine.examine(said, thinking, prefill, thought)
        self._asked[request] = Asked(answer, parts, tuple(above))
        return answer.id

    def handle(self, event: Event) -> bool:
        """Take in an event; False when it answers nothing that was asked here."""
        if not isinstance(event, Examined | Failed) or event.id not in self._asked:
            return False
        asked = self._asked.pop(event.id)
        if isinstance(event, Failed):
            self._tell_failure(asked, event.error)
            return True
        model = self._model.state.model
        parts = _counted(asked.parts, event)
        differences = tuple(self._differences(asked, event))
        self._notify(PromptSeen(asked.answer.id, event, parts, model.context_length if model else 0, differences))
        return True

    def _tell_failure(self, asked: Asked, error: AppError) -> None:
        self._notify(PromptSeen(asked.answer.id, error=error))

    def _differences(self, asked: Asked, prompt: Examined) -> Iterator[str]:
        """Why this is not, or may not be, what was sent."""
        answer, sent, model = asked.answer, asked.answer.sent, self._model.state.model
        if answer.edited:
            yield tr("You have written this answer over; this is what a model would be asked with in its place.")
            return
        other = model is not None and answer.model_digest != model.digest
        if not answer.model:
            yield tr("It is not known which model wrote this answer. This is the prompt for the model in use now.")
        elif other and model is not None:
            yield tr(
                "“{model}” wrote this answer. This is the prompt as “{now}”, which is in use now, would get it."
            ).format(model=answer.model, now=model.name)
        known = len(tuple(self._changes(asked)))
        yield from self._changes(asked)
        then, now = answer.timing.prompt_tokens if answer.timing else 0, len(prompt.ids)
        if other or known or not answer.model:
            return
        if not then:
            yield tr("How many tokens were sent is not known, so it cannot be said whether this is the same prompt.")
        elif then != now:
            counts = tr("{then} tokens were sent when the answer was written; now it would be {now}.")
            counts = counts.format(then=f"{then:,}", now=f"{now:,}")
            yield f"{counts} {_why_counts_differ() if sent else _not_noted()}"

    def _changes(self, asked: Asked) -> Iterator[str]:
        """What is known to have been otherwise."""
        sent = asked.answer.sent
        if sent is None:
            return
        if checksum(asked.parts) != sent.instructions:
            yield tr("The system prompt was another one when the answer was written.")
        if sent.summarised and all(part.kind != "summary" for part in asked.parts):
            yield tr("A summary of the earlier messages was sent as well; it has been removed since.")


def _counted(parts: tuple[Part, ...], prompt: Examined) -> tuple[Part, ...]:
    """The parts with the tokens of their own text."""
    counts = iter(prompt.turn_tokens)
    return tuple(part if part.left_out else replace(part, tokens=next(counts, 0)) for part in parts)


def _why_counts_differ() -> str:
    return tr("The date in the template, the summary, or the program itself may have changed since.")


def _not_noted() -> str:
    return tr("It was not noted then which messages were left out.")
