"""Strategies for whole conversations, with everything that they can hold."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from app.core.listing import COLOURS, clean_name, clean_tags
from app.core.protocol import Candidate, Timing
from app.core.tree import Conversation, Message, Sent

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
dates = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
floats = st.floats(0, 1e6)
counts = st.integers(0, 2**40)
values = st.one_of(
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.lists(texts, max_size=3).map(tuple),
)
settings = st.dictionaries(st.sampled_from(["temperature", "stop", "top_k", "later"]), values, max_size=3)
timings = st.builds(
    Timing, counts, counts, counts, floats, floats, floats, counts, counts, counts, counts, floats
)  # fmt: skip
candidates = st.lists(st.builds(Candidate, texts, st.floats(allow_nan=False)), max_size=3).map(tuple)


@st.composite
def conversations(draw: st.DrawFn, most: int = 4) -> tuple[Conversation, list[Message]]:
    """A conversation with messages numbered from 1, parents first."""
    messages = [
        Message(
            id=number,
            conversation=0,
            parent=draw(st.sampled_from([None, *range(1, number)])),
            role=draw(st.sampled_from(["system", "user", "assistant"])),
            text=draw(texts),
            status=draw(st.sampled_from(["done", "stopped", "failed"])),
            created=draw(dates),
            model=draw(texts),
            model_digest=draw(texts),
            sampling=draw(settings),
            finish_reason=draw(st.sampled_from([None, "end", "stop_text", "length", "context_full", "stopped"])),
            timing=draw(st.none() | timings),
            error=draw(texts),
            edited=draw(st.booleans()),
            thinking=draw(texts),
            thinking_s=draw(floats),
            candidates=draw(candidates),
            summary=draw(texts),
            pinned=draw(st.booleans()),
            note=draw(texts),
            sent=draw(st.none() | st.builds(Sent, counts, counts, counts, counts, counts, counts)),
        )
        for number in range(1, draw(st.integers(1, most)) + 1)
    ]
    conversation = Conversation(
        id=0,
        title=draw(texts),
        created=draw(dates),
        updated=draw(dates),
        leaf=draw(st.sampled_from([None, *range(1, len(messages) + 1)])),
        pinned=draw(st.booleans()),
        system_prompt=draw(texts),
        sampling=draw(settings),
        overflow=draw(st.sampled_from(["ask", "without", "summarise"])),
        titled=draw(st.booleans()),
        folder=clean_name(draw(texts)),
        tags=clean_tags(draw(st.lists(texts, max_size=3))),
        colour=draw(st.sampled_from(COLOURS)),
        archived=draw(st.booleans()),
    )
    return conversation, messages
