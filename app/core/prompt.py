"""What the model gets to see: a plan of the system text, what was summarised or attached, and the turns that fit."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal
from zlib import crc32

from app.core.protocol import Turn
from app.core.record import record
from app.core.tree import Message

TURN_TOKENS = 16  # what a template may add around one turn
TEMPLATE_TOKENS = 256  # what a template may add to the whole, such as the date or a default system prompt
LONGEST_TOKEN = 128  # bytes; vocabularies hold long runs of spaces, hardly anything longer
LEAST_ANSWER = 16  # tokens that must be left for an answer to make sense
MOST_ANSWER = 4096  # tokens that are kept free for an answer without a limit of its own, where the context is large
STEPS = 4  # old exchanges are left out by this part of the room at once

PartKind = Literal["system", "summary", "attachment", "turn", "beginning"]
#   summary: of what was said before the turns that follow     beginning: of the answer that is to go on
LeftOut = Literal["", "no_room", "summarised"]

SUMMARY = "Summary of the conversation before this point:\n"


@record
class Part:
    """One part of what the model could see."""

    kind: PartKind
    turn: Turn
    tokens: int = 0  # of the context, with its share of what the template adds; 0 before they are counted
    message: int = 0  # id of the message that it is; 0 for parts that are none
    left_out: LeftOut = ""  # why the model does not get it; "" where it does


@record
class Plan:
    """What the model gets and what not, in the order of the conversation."""

    parts: tuple[Part, ...]
    room: int  # most tokens that the prompt may have
    reserve: int  # tokens kept free for the answer

    @property
    def seen(self) -> tuple[Part, ...]:
        """The parts that are in."""
        return seen(self.parts)

    @property
    def total(self) -> int:
        """Tokens of the parts that are in."""
        return sum(part.tokens for part in self.seen)

    @property
    def fits(self) -> bool:
        """Whether the prompt may be sent."""
        return self.total <= self.room

    @property
    def dropped(self) -> tuple[Part, ...]:
        """The parts for which there is no room."""
        return tuple(part for part in self.parts if part.left_out == "no_room")

    @property
    def whole(self) -> int:
        """Tokens of the prompt if nothing had been dropped."""
        return self.total + sum(part.tokens for part in self.dropped)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What the engine is asked with; the answer's beginning is not among it."""
        return joined(part.turn for part in self.seen if part.kind != "beginning")

    @property
    def summary(self) -> str:
        """What stands for the messages that were summarised; empty where none were."""
        text = next((part.turn.text for part in self.parts if part.kind == "summary"), "")
        return text.removeprefix(SUMMARY)

    def unseen(self, why: LeftOut) -> int:
        """How many messages are left out for that reason."""
        return sum(part.left_out == why and part.message > 0 for part in self.parts)

    @property
    def first_seen(self) -> int | None:
        """Id of the message from which on the model sees the conversation; None where it sees all of it."""
        if all(part.left_out == "" for part in self.parts if part.message):
            return None
        return next((part.message for part in self.seen if part.message), None)


def seen(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts that are in."""
    return tuple(part for part in parts if not part.left_out)


def parts_of(system: str, branch: Sequence[Message], beginning: str = "") -> tuple[Part, ...]:
    """A branch part by part, not counted yet; answers without text are no part.

    Messages up to the last one that carries a summary are left out; the summary takes their place.
    """
    last = max((number for number, message in enumerate(branch) if message.summary), default=-1)
    parts = [Part("system", Turn("system", system))] if system.strip() else []
    if last >= 0:
        parts.append(_summary(branch[last].summary))
    for number, message in enumerate(branch):
        if message.role != "assistant" or message.text:
            turn = Turn(message.role, message.text, message.thinking)
            parts.append(Part("turn", turn, 0, message.id, "summarised" if number <= last else ""))
    if beginning:
        parts.append(Part("beginning", Turn("assistant", beginning)))
    return tuple(parts)


def checksum(parts: Iterable[Part]) -> int:
    """Tells one system prompt from another; 0 where there is none."""
    return next((crc32(part.turn.text.encode("utf-8", "replace")) for part in parts if part.kind == "system"), 0)


def as_sent(system: str, branch: Sequence[Message], answer: Message) -> tuple[Part, ...]:
    """The parts that an answer below the branch was asked with, not counted, as far as that is known.

    Where nothing is known of it, they are what it would be asked with now. A summary that is gone leaves no part.
    """
    sent = answer.sent
    if sent is None:
        return parts_of(system, branch)
    parts = list(parts_of(system, [replace(message, summary="") for message in branch]))
    said = [number for number, part in enumerate(parts) if part.message]
    for place, number in enumerate(said[: max(0, sent.left_out)]):
        parts[number] = replace(parts[number], left_out="summarised" if place < sent.summarised else "no_room")
    if 0 < sent.summarised <= len(said):
        last = parts[said[sent.summarised - 1]].message
        if summary := next(message.summary for message in branch if message.id == last):
            parts.insert(said[0], _summary(summary))
    if beginning := answer.text[: max(0, sent.prefill)]:
        parts.append(Part("beginning", Turn("assistant", beginning)))
    return tuple(parts)


def with_summary(parts: Sequence[Part], summary: str) -> tuple[Part, ...]:
    """The parts with a summary in the place of those that were dropped, and of an earlier summary."""
    kept = [
        replace(part, left_out="summarised") if part.left_out == "no_room" and part.kind == "turn" else part
        for part in parts
        if part.kind != "summary"
    ]
    place = next((number for number, part in enumerate(kept) if part.kind != "system"), len(kept))
    return (*kept[:place], _summary(summary), *kept[place:])


def counted(parts: Sequence[Part], tokens: Sequence[int], total: int) -> tuple[Part, ...]:
    """The parts with their tokens: of the texts of those that are in, one by one, and of all with the template.

    What the template adds is shared out evenly, so that the parts that are in have `total` tokens together. Parts
    that are left out keep the count that they had.
    """
    if len(tokens) != len(seen(parts)):  # of an engine that counts the whole only
        tokens = [0] * len(seen(parts))
    if not tokens:
        return tuple(parts)
    share, rest = divmod(max(0, total - sum(tokens)), len(tokens))
    shares = iter([count + share + (number < rest) for number, count in enumerate(tokens)])
    return tuple(part if part.left_out else replace(part, tokens=next(shares)) for part in parts)


def answer_room(context: int, max_tokens: int) -> int:
    """Tokens that are kept free for an answer: its own limit, but not more than a quarter of the context."""
    quarter = min(context // 4, MOST_ANSWER)
    return min(quarter, max_tokens) if max_tokens > 0 else quarter


def plan(parts: Sequence[Part], context: int, reserve: int, steps: int = 1) -> Plan:
    """Leave out the oldest exchanges until the rest leaves `reserve` of `context` tokens free.

    The system text, the summary, the answer's beginning and everything from the newest user turn on always stay. An
    exchange is a user turn and what follows it; it goes as a whole. Attachments go after the last exchange that can.
    What must go is rounded up to one of so many `steps` of the room: with few of them the prompt begins with the same
    exchange for many messages, so that the model need not read all of it anew each time.

    Where what always stays leaves less free than asked for, the answer gets what there is; a plan that leaves it
    fewer than LEAST_ANSWER tokens does not fit.
    """
    room = context - reserve
    step = max(room // max(steps, 1), 1) if steps > 1 else 1
    surplus = sum(part.tokens for part in seen(parts)) - room
    surplus = -(-surplus // step) * step
    gone: set[int] = set()
    for unit in _droppable(parts):
        if surplus <= 0:
            break
        surplus -= sum(parts[number].tokens for number in unit)
        gone.update(unit)
    planned = tuple(replace(part, left_out="no_room") if n in gone else part for n, part in enumerate(parts))
    needed = sum(part.tokens for part in seen(planned))
    room = max(room, min(needed, context - LEAST_ANSWER))
    return Plan(planned, room, context - room)


def _droppable(parts: Sequence[Part]) -> list[list[int]]:
    """What may be left out, in the order in which it goes: places of parts that go together."""
    exchanges: list[list[int]] = []
    for number, part in enumerate(parts):
        if part.kind != "turn" or part.left_out:
            continue
        if not exchanges or part.turn.role == "user":
            exchanges.append([])
        exchanges[-1].append(number)
    attached = [[n] for n, part in enumerate(parts) if part.kind == "attachment" and not part.left_out]
    return [*exchanges[:-1], *attached]


def newest(parts: Sequence[Part]) -> tuple[Part, ...]:
    """What can never be left out."""
    gone = {number for unit in _droppable(parts) for number in unit}
    return tuple(part for number, part in enumerate(parts) if number not in gone and not part.left_out)


def joined(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """The turns as the template sees them.

    Neighbours of one role become one, because many templates insist that user and model take turns. It is done after
    planning: a message that was too long to be answered must not keep the next one from being answered.
    """
    result: list[Turn] = []
    for turn in turns:
        if result and result[-1].role == turn.role:
            before = result[-1]
            thinking = "\n\n".join(filter(None, (before.thinking, turn.thinking)))
            result[-1] = Turn(turn.role, f"{before.text}\n\n{turn.text}", thinking)
        else:
            result.append(turn)
    return tuple(result)


def most_tokens(turns: Iterable[Turn]) -> int:
    """More tokens than the turns can have: no tokenizer makes more than one of a byte."""
    sizes = (len((turn.text + turn.thinking).encode("utf-8", "replace")) for turn in turns)
    return TEMPLATE_TOKENS + sum(size + TURN_TOKENS for size in sizes)


def fewest_tokens(turns: Iterable[Turn]) -> int:
    """Fewer tokens than the turns can have."""
    return sum(len(turn.text.encode("utf-8", "replace")) // LONGEST_TOKEN for turn in turns)


def _summary(text: str) -> Part:
    return Part("summary", Turn("system", SUMMARY + text))
