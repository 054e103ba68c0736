"""Paragraphs of tens of thousands of characters in parts that can be laid out one at a time."""

from collections.abc import Iterator

from app.core.markdown import PLAIN_CHUNK, Span, chunk_places, weight

LONG = 2 * PLAIN_CHUNK  # weight of a paragraph; a heavier one is cut

Spans = tuple[Span, ...]


def cut(spans: Spans, goes_on: bool = False) -> Iterator[Spans]:
    """The parts of a paragraph; `goes_on` says that parts of it stand above these spans."""
    if not goes_on and sum(weight(span.text) for span in spans) < LONG:
        yield spans
        return
    part: list[Span] = []
    size = 0
    for span in spans:
        for start, end in chunk_places(span.text):
            part.append(Span(span.text[start:end], span.style, span.link))
            size += weight(span.text[start:end])
            if size >= PLAIN_CHUNK or end < len(span.text):
                yield tuple(part)
                part, size = [], 0
    if part:
        yield tuple(part)


def settled(spans: Spans, goes_on: bool) -> tuple[int, Spans]:
    """How many of the parts stay as they are, whatever follows the spans; and what of these is in none of them."""
    if not goes_on and sum(weight(span.text) for span in spans) < LONG:
        return 0, spans
    places = [(number, *place) for number, span in enumerate(spans) for place in chunk_places(span.text)]
    count = size = 0
    rest = 0  # the place that the first part begins with that may still change
    for at, (number, start, end) in enumerate(places[:-1]):  # the last one may go on
        size += weight(spans[number].text[start:end])
        if size >= PLAIN_CHUNK or end < len(spans[number].text):
            count, size, rest = count + 1, 0, at + 1
    if not count:
        return 0, spans
    number, start, _ = places[rest]
    first = spans[number]
    return count, (Span(first.text[start:], first.style, first.link), *spans[number + 1 :])
