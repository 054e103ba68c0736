"""What the model gets to see: never over the limit, what matters always in, old exchanges out as a whole."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.core.prompt import (
    LEAST_ANSWER,
    Part,
    Plan,
    answer_room,
    counted,
    fewest_tokens,
    joined,
    most_tokens,
    newest,
    parts_of,
    plan,
    with_summary,
)
from app.core.protocol import Turn
from app.core.tree import Message
from tests.core.samples import NOW


def message(role: str, text: str, number: int = 0, **more: object) -> Message:
    return Message(id=number, conversation=1, parent=None, role=role, text=text, created=NOW, **more)


def part(kind: str, tokens: int, role: str = "system", number: int = 0) -> Part:
    return Part(kind, Turn(role, "x" * tokens), tokens, number)


sizes = st.integers(1, 60)
turns = st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), st.text(min_size=1, max_size=20)), max_size=12)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Part, ...]:
    """System text, summary, attachments, turns of both roles in any order, perhaps the beginning of an answer."""
    parts = [part(kind, draw(sizes)) for kind in ("system", "summary") if draw(st.booleans())]
    parts += [part("attachment", size, "user") for size in draw(st.lists(sizes, max_size=3))]
    roles = draw(st.lists(st.sampled_from(["user", "assistant"]), max_size=12))
    parts += [part("turn", draw(sizes), role, number) for number, role in enumerate(roles, 1)]
    if draw(st.booleans()):
        parts.append(part("beginning", draw(sizes), "assistant"))
    return tuple(parts)


contexts = st.integers(LEAST_ANSWER + 1, 600)
reserves = st.integers(1, 100)


def always_in(parts: tuple[Part, ...]) -> list[Part]:
    """What no plan may leave out, found by another way than the plan's."""
    kept = [each for each in parts if each.kind in ("system", "summary", "beginning")]
    said = [each for each in parts if each.kind == "turn"]
    starts = [number for number, each in enumerate(said) if each.turn.role == "user"]
    return kept + said[starts[-1] if starts else 0 :]


@given(conversations(), contexts, reserves, st.integers(1, 4))
def test_nothing_is_torn_apart_or_lost(parts: tuple[Part, ...], context: int, reserve: int, steps: int) -> None:
    result = plan(parts, context, min(reserve, context // 2), steps)
    assert tuple(replace(each, left_out="") for each in result.parts) == parts  # all are there, in their order
    assert set(always_in(parts)) <= set(result.seen)
    said = [each for each in result.parts if each.kind == "turn"]
    gone = [each for each in said if each.left_out]
    assert gone == said[: len(gone)]  # the oldest go first
    if gone:
        assert said[len(gone)].turn.role == "user"  # whole exchanges
        assert result.first_seen == said[len(gone)].message
    assert result.unseen("no_room") == len(gone)
    assert result.total == sum(each.tokens for each in result.seen)
    assert result.whole == sum(each.tokens for each in parts)


@given(conversations(), contexts, reserves, st.integers(1, 4))
def test_never_over_the_limit(parts: tuple[Part, ...], context: int, reserve: int, steps: int) -> None:
    reserve = min(reserve, context // 2)
    result = plan(parts, context, reserve, steps)
    assert result.room + result.reserve == context
    if sum(each.tokens for each in parts) <= context - reserve:
        assert not result.dropped
        assert (result.room, result.reserve) == (context - reserve, reserve)
    least = sum(each.tokens for each in always_in(parts))
    assert result.fits == (least <= max(context - reserve, context - LEAST_ANSWER))
    if result.fits:
        assert result.total <= context - min(reserve, LEAST_ANSWER)
    if result.reserve < reserve:  # only where what must stay leaves no more
        assert list(result.seen) == [each for each in parts if each in always_in(parts)]


@given(conversations(), contexts, reserves)
def test_as_much_as_possible_is_kept(parts: tuple[Part, ...], context: int, reserve: int) -> None:
    reserve = min(reserve, context // 2)
    result = plan(parts, context, reserve)
    said = [each for each in result.parts if each.kind == "turn" and each.left_out]
    starts = [n for n, each in enumerate(said) if each.turn.role == "user" or n == 0]
    if starts and not any(each.kind == "attachment" for each in result.dropped):
        assert result.total + sum(each.tokens for each in said[starts[-1] :]) > context - reserve


@given(conversations(), contexts, reserves)
def test_attachments_outlive_old_exchanges(parts: tuple[Part, ...], context: int, reserve: int) -> None:
    result = plan(parts, context, min(reserve, context // 2))
    if any(each.kind == "attachment" for each in result.dropped):
        exchanges = {each.message for each in newest(parts) if each.kind == "turn"}
        assert {each.message for each in result.seen if each.kind == "turn"} == exchanges


@given(conversations(), contexts, reserves)
def test_a_plan_of_a_plan_changes_nothing(parts: tuple[Part, ...], context: int, reserve: int) -> None:
    reserve = min(reserve, context // 2)
    result = plan(parts, context, reserve)
    assert plan(result.parts, context, reserve).parts == result.parts


@given(st.lists(st.integers(1, 20), min_size=20, max_size=60), st.integers(60, 200))
def test_with_steps_the_prompt_begins_with_the_same_turn_for_a_while(tokens: list[int], room: int) -> None:
    parts = [part("turn", size, "user", number) for number, size in enumerate(tokens, 1)]
    context = room + LEAST_ANSWER
    firsts = []
    for end in range(1, len(parts) + 1):
        result = plan(parts[:end], context, LEAST_ANSWER, 4)
        assert result.total <= room
        firsts.append(result.unseen("no_room"))
    assert firsts == sorted(firsts)
    assert len(set(firsts)) <= 1 + -(-max(0, sum(tokens) - room) // (room // 4))


def test_parts_of_a_branch() -> None:
    branch = [
        message("user", "One", 1),
        message("assistant", "", 2),  # failed before it said anything
        message("user", "Two", 3),
        message("assistant", "Answer", 4, thinking="Hm."),
    ]
    parts = parts_of(" ", branch)
    assert [each.message for each in parts] == [1, 3, 4]
    everything = plan(parts, 1000, 10)
    assert everything.turns == (Turn("user", "One\n\nTwo"), Turn("assistant", "Answer", "Hm."))
    assert everything.first_seen is None
    assert parts_of("Be kind.", branch)[0] == Part("system", Turn("system", "Be kind."))
    assert parts_of("", []) == ()


def test_the_beginning_of_an_answer_is_counted_but_not_asked_with() -> None:
    parts = parts_of("", [message("user", "One", 1)], "It begins")
    assert parts[-1].kind == "beginning"
    assert plan(parts, 1000, 10).turns == (Turn("user", "One"),)


def test_a_summary_takes_the_place_of_what_it_sums_up() -> None:
    branch = [
        message("user", "One", 1, summary="An older one."),
        message("assistant", "Answer", 2, summary="They spoke of one."),
        message("user", "Two", 3),
    ]
    parts = parts_of("Be kind.", branch)
    result = plan(parts, 1000, 10)
    assert (result.unseen("summarised"), result.unseen("no_room"), result.first_seen) == (2, 0, 3)
    assert [turn.role for turn in result.turns] == ["system", "user"]
    assert result.turns[0].text.startswith("Be kind.\n\n")
    assert result.turns[0].text.endswith("They spoke of one.")
    assert "older" not in result.turns[0].text
    assert result.summary == "They spoke of one."


@given(conversations(), contexts, reserves)
def test_summarised_parts_are_in_no_prompt(parts: tuple[Part, ...], context: int, reserve: int) -> None:
    before = plan(parts, context, min(reserve, context // 2))
    after = with_summary(before.parts, "Short.")
    assert sum(each.kind == "summary" for each in after) == 1
    assert not [each for each in after if each.left_out == "no_room" and each.kind == "turn"]
    assert {each.message for each in after if each.left_out == "summarised"} == {
        each.message for each in before.dropped if each.kind == "turn"
    }
    kinds = [each.kind for each in after]
    assert kinds.index("summary") == kinds.count("system")


@given(conversations(), st.integers(0, 200))
def test_what_the_template_adds_is_shared_out_to_the_last_token(parts: tuple[Part, ...], added: int) -> None:
    tokens = [each.tokens for each in parts]
    total = sum(tokens) + added
    shared = counted(parts, tokens, total)
    if parts:
        assert sum(each.tokens for each in shared) == total
        assert all(after.tokens >= before.tokens for before, after in zip(parts, shared, strict=True))
    half = tuple(replace(each, left_out="no_room") if n % 2 else each for n, each in enumerate(parts))
    again = counted(half, tokens[::2], sum(tokens[::2]))
    assert [each.tokens for each in again] == tokens


def test_room_for_the_answer() -> None:
    assert answer_room(2000, -1) == 500
    assert answer_room(2000, 100) == 100
    assert answer_room(2000, 9000) == 500
    assert answer_room(131072, -1) == 4096


def test_a_message_that_is_too_long_does_not_fit() -> None:
    assert not plan([part("turn", 100, "user", 1)], 100, 20).fits
    result = plan([part("turn", 50, "user", 1), part("turn", 80, "user", 2)], 100, 40)
    assert result.fits
    assert (result.room, result.reserve) == (80, 20)  # the answer gets less than it was to have
    assert isinstance(result, Plan)


def test_neighbours_are_joined() -> None:
    turns = [Turn("user", "a"), Turn("user", "b"), Turn("assistant", "c", "1"), Turn("assistant", "d", "2")]
    assert joined(turns) == (Turn("user", "a\n\nb"), Turn("assistant", "c\n\nd", "1\n\n2"))


@given(turns)
def test_the_bounds_enclose_any_tokenizer(rest: list[Turn]) -> None:
    as_bytes = sum(len(turn.text.encode()) for turn in rest)  # a tokenizer that knows single bytes only
    assert fewest_tokens(rest) <= as_bytes <= most_tokens(rest)
