"""Which turns the model gets to see: all of them, or the newest that fit the context."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.core.protocol import Turn
from app.core.tree import Message

TURN_TOKENS = 16  # what a template may add around one turn
TEMPLATE_TOKENS = 256  # what a template may add to the whole, such as the date or a default system prompt
LONGEST_TOKEN = 128  # bytes; vocabularies hold long runs of spaces, hardly anything longer


@dataclass(frozen=True, slots=True)
class Prompt:
    """The turns that the model gets, and how many did not fit."""

    turns: tuple[Turn, ...]
    left_out: int = 0


def turns_of(system: str, branch: Iterable[Message]) -> tuple[Turn, ...]:
    """The branch turn by turn; answers without text are left out."""
    first = (Turn("system", system),) if system.strip() else ()
    said = (Turn(message.role, message.text) for message in branch if message.role != "assistant" or message.text)
    return (*first, *said)


def joined(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """The turns as the template sees them.

    Neighbours of one role become one, because many templates insist that user and model take turns. It is done after
    `fitting`: a message that was too long to be answered must not keep the next one from being answered.
    """
    result: list[Turn] = []
    for turn in turns:
        if result and result[-1].role == turn.role:
            result[-1] = Turn(turn.role, f"{result[-1].text}\n\n{turn.text}")
        else:
            result.append(turn)
    return tuple(result)


def fitting(turns: Sequence[Turn], room: int, count: Callable[[Turn], int], step: int = 1) -> Prompt:
    """Leave out the oldest exchanges until the rest counts at most `room` tokens.

    The system prompt and everything from the newest user turn on always stay. An exchange is a user turn and what
    follows it; it goes as a whole. What must go is rounded up to a multiple of `step`: with a large one the prompt
    begins with the same exchange for many messages, so that the model need not read all of it anew each time.
    """
    system = tuple(turns[:1]) if turns and turns[0].role == "system" else ()
    rest = turns[len(system) :]
    surplus = sum(count(turn) for turn in turns) - room
    surplus = -(-surplus // step) * step
    first = 0
    for start in (number for number, turn in enumerate(rest) if number and turn.role == "user"):
        if surplus <= 0:
            break
        surplus -= sum(count(turn) for turn in rest[first:start])
        first = start
    return Prompt((*system, *rest[first:]), first)


def most_tokens(turns: Iterable[Turn]) -> int:
    """More tokens than the turns can have: no tokenizer makes more than one of a byte."""
    return TEMPLATE_TOKENS + sum(len(turn.text.encode("utf-8", "replace")) + TURN_TOKENS for turn in turns)


def fewest_tokens(turns: Iterable[Turn]) -> int:
    """Fewer tokens than the turns can have."""
    return sum(len(turn.text.encode("utf-8", "replace")) // LONGEST_TOKEN for turn in turns)
