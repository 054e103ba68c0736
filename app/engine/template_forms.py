"""Repairs of a conversation for templates that refuse it as it is: each form says what was changed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from app.core.language import tr
from app.core.protocol import Turn
from app.core.record import record

Step = Callable[[Sequence[Turn]], list[Turn]]


@record
class Form:
    """A conversation as a template may accept it, and in sentences what was repaired for that."""

    turns: tuple[Turn, ...]
    repaired: tuple[str, ...] = ()


def forms(turns: Sequence[Turn]) -> Iterator[Form]:
    """The conversation as it is, then repaired more and more; no form comes twice."""
    seen: set[tuple[Turn, ...]] = set()
    for repairs in REPAIRS:
        for system in SYSTEM:
            form = Form(tuple(turns))
            for step in (*system, *repairs):
                changed = tuple(step(form.turns))
                if changed != form.turns:
                    form = Form(changed, (*form.repaired, _sentence(step)))
            if form.turns not in seen:
                seen.add(form.turns)
                yield form


def system_into_user(turns: Sequence[Turn]) -> list[Turn]:
    """System turns become the beginning of the user turn that follows them."""
    result: list[Turn] = []
    waiting = ""
    for turn in turns:
        if turn.role == "system":
            waiting = f"{waiting}{turn.text}\n\n" if turn.text else waiting
        elif turn.role == "user" and waiting:
            result.append(replace(turn, text=waiting + turn.text))
            waiting = ""
        else:
            result.append(turn)
    if waiting:
        result.append(Turn("user", waiting.removesuffix("\n\n")))
    return result


def later_system_into_user(turns: Sequence[Turn]) -> list[Turn]:
    """The same, but for system turns that come first: they become one."""
    first = next((index for index, turn in enumerate(turns) if turn.role != "system"), len(turns))
    return [*neighbours_merged(turns[:first]), *system_into_user(turns[first:])]


def neighbours_merged(turns: Sequence[Turn]) -> list[Turn]:
    """Turns of one role that follow each other become one."""
    result: list[Turn] = []
    for turn in turns:
        if result and result[-1].role == turn.role:
            before = result[-1]
            result[-1] = Turn(turn.role, _joined(before.text, turn.text), _joined(before.thinking, turn.thinking))
        else:
            result.append(turn)
    return result


def without_empty_answers(turns: Sequence[Turn]) -> list[Turn]:
    """Answers without a word are left out."""
    return [turn for turn in turns if turn.role != "assistant" or turn.text.strip()]


def begun_by_user(turns: Sequence[Turn]) -> list[Turn]:
    """An empty user turn before an assistant turn that comes first."""
    first = next((index for index, turn in enumerate(turns) if turn.role != "system"), len(turns))
    if first < len(turns) and turns[first].role == "assistant":
        return [*turns[:first], Turn("user", ""), *turns[first:]]
    return list(turns)


def begun_by_system(turns: Sequence[Turn]) -> list[Turn]:
    """An empty system turn where none comes first."""
    return list(turns) if turns and turns[0].role == "system" else [Turn("system", ""), *turns]


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)


def _sentence(step: Step) -> str:
    """What a person is told of a repair."""
    sentences: dict[Step, str] = {
        later_system_into_user: tr("A second system message joins the first one, or the user message that follows."),
        system_into_user: tr("The template has no place for a system message; its text begins the user message."),
        neighbours_merged: tr("Messages of one role that followed each other became one."),
        without_empty_answers: tr("Empty answers are left out."),
        begun_by_system: tr("An empty system message stands in front, because the template insists on one."),
        begun_by_user: tr("An empty user message stands before the answer that came first."),
    }
    return sentences[step]


SYSTEM: tuple[tuple[Step, ...], ...] = ((), (later_system_into_user,), (system_into_user,), (begun_by_system,))
REPAIRS: tuple[tuple[Step, ...], ...] = (
    (),
    (neighbours_merged,),
    (without_empty_answers, neighbours_merged),
    (neighbours_merged, begun_by_user),
    (without_empty_answers, neighbours_merged, begun_by_user),
)
