"""What fits where: parses the rows of `Loading` that say how a model is spread, and estimates the memory it takes."""

from app.core.errors import InputError
from app.core.language import tr


def shares(text: str, most: int) -> list[float]:
    """The shares of the graphics cards: "3,1" is [3.0, 1.0]; empty where none are given.

    Raises:
        InputError: it is no list of numbers of 0 and more, more than `most`, or all are 0.
    """
    if not text.strip():
        return []
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if (
        not numbers
        or len(numbers) > most
        or not all(0 <= number < float("inf") for number in numbers)
        or not any(numbers)
    ):
        raise InputError(
            tr("“{text}” does not say the shares of the graphics cards.").format(text=text),
            tr("Write a number for each card, such as 3,1, or leave it empty."),
        )
    return numbers


def first_numbers(count: int) -> str:
    """A regular expression for the whole numbers from 0 to `count` - 1; one for each digit where the numbers part."""
    last = str(count - 1)
    shorter = ["[1-9]" + "[0-9]" * (digits - 1) for digits in range(2, len(last))]
    smaller = []
    for place, digit in enumerate(last):
        low = 1 if place == 0 and len(last) > 1 else 0  # no leading zero
        if int(digit) > low:
            smaller.append(f"{last[:place]}[{low}-{int(digit) - 1}]" + "[0-9]" * (len(last) - place - 1))
    alternatives = (["[0-9]"] if len(last) > 1 else []) + shorter + smaller + [last]
    return f"({'|'.join(alternatives)})"
