"""What the model gets to see: the system prompt and the newest turn always, the oldest exchanges go first."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.prompt import fewest_tokens, fitting, joined, most_tokens, turns_of
from app.core.protocol import Turn
from app.core.tree import Message
from tests.core.samples import NOW


def message(role: str, text: str) -> Message:
    return Message(id=0, conversation=1, parent=None, role=role, text=text, created=NOW)


turns = st.lists(
    st.builds(Turn, st.sampled_from(["user", "assistant"]), st.text(min_size=1, max_size=20)), min_size=1, max_size=12
)
systems = st.sampled_from([(), (Turn("system", "Be kind."),)])


@given(systems, turns, st.integers(-10, 300))
def test_the_newest_fit_and_nothing_is_torn_apart(system: tuple[Turn, ...], rest: list[Turn], room: int) -> None:
    def count(turn: Turn) -> int:
        return len(turn.text)

    given_turns = (*system, *rest)
    prompt = fitting(given_turns, room, count)
    kept = prompt.turns[len(system) :]
    assert prompt.turns[: len(system)] == system
    assert kept == tuple(rest[prompt.left_out :])
    users = [number for number, turn in enumerate(rest) if turn.role == "user"]
    if users:
        assert prompt.left_out <= users[-1]
    if prompt.left_out:
        assert kept[0].role == "user"  # whole exchanges go
    if sum(map(count, given_turns)) <= room:
        assert prompt.left_out == 0
    elif users and prompt.left_out < users[-1]:
        assert sum(map(count, prompt.turns)) <= room
    assert fitting(prompt.turns, room, count).left_out == 0


@given(systems, turns, st.integers(0, 300))
def test_as_much_as_possible_is_kept(system: tuple[Turn, ...], rest: list[Turn], room: int) -> None:
    prompt = fitting((*system, *rest), room, lambda turn: len(turn.text))
    starts = [number for number, turn in enumerate(rest) if turn.role == "user" or number == 0]
    earlier = [number for number in starts if number < prompt.left_out]
    if earlier:
        one_more = (*system, *rest[earlier[-1] :])
        assert sum(len(turn.text) for turn in one_more) > room


def test_turns_of_a_branch() -> None:
    branch = [
        message("user", "One"),
        message("assistant", ""),  # failed before it said anything
        message("user", "Two"),
        message("assistant", "Answer"),
    ]
    assert turns_of(" ", branch) == (Turn("user", "One"), Turn("user", "Two"), Turn("assistant", "Answer"))
    assert joined(turns_of(" ", branch)) == (Turn("user", "One\n\nTwo"), Turn("assistant", "Answer"))
    assert turns_of("Be kind.", branch)[0] == Turn("system", "Be kind.")
    assert turns_of("", []) == ()


@given(turns)
def test_the_bounds_enclose_any_tokenizer(rest: list[Turn]) -> None:
    as_bytes = sum(len(turn.text.encode()) for turn in rest)  # a tokenizer that knows single bytes only
    assert fewest_tokens(rest) <= as_bytes <= most_tokens(rest)


@given(st.lists(st.integers(1, 20), min_size=20, max_size=60), st.integers(60, 200))
def test_with_steps_the_prompt_begins_with_the_same_turn_for_a_while(sizes: list[int], room: int) -> None:
    turns = [Turn("user", "x" * size) for size in sizes]
    firsts = []
    for end in range(1, len(turns) + 1):
        prompt = fitting(turns[:end], room, lambda turn: len(turn.text), room // 4)
        assert sum(len(turn.text) for turn in prompt.turns) <= room
        firsts.append(prompt.left_out)
    assert firsts == sorted(firsts)
    assert len(set(firsts)) <= 1 + -(-max(0, sum(sizes) - room) // (room // 4))
