"""How one written question becomes many: synonyms, politeness, fillers, typing slips, case, punctuation."""

import random
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
WIDE = re.compile(r"[\u3400-\u9fff]")


@cache
def wording() -> dict[str, Any]:
    return tomllib.loads((HERE / "variation.toml").read_text(encoding="utf-8"))


@cache
def _synonyms(lang: str) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for group in wording()["synonyms"][lang]:
        for word in group:
            result.setdefault(word, []).extend(other for other in group if other != word)
    return result


@cache
def _known(lang: str) -> re.Pattern[str]:
    words = sorted(_synonyms(lang), key=len, reverse=True)
    body = "|".join(re.escape(word) for word in words)
    return re.compile(rf"(?<![\w])(?:{body})(?![\w])" if lang == "en" else body, re.IGNORECASE)


@cache
def _neighbours() -> dict[str, str]:
    result: dict[str, str] = {}
    for row in KEYBOARD:
        for place, letter in enumerate(row):
            result[letter] = row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
    return result


def vary(question: str, lang: str, rng: random.Random, strength: float = 0.55) -> str:
    """One of the many ways in which people would type this question."""

    def chance(share: float) -> bool:
        return rng.random() < share * strength

    if chance(0.35):
        question = _replace(question, lang, rng)
    if chance(0.15):
        question = rng.choice(wording()["polite"]["before"][lang]) + question
    if chance(0.12):
        end = question[len(question.rstrip("?？.。!！")) :]
        question = question[: len(question) - len(end)] + rng.choice(wording()["polite"]["after"][lang]) + end
    if chance(0.1):
        question = _filled(question, lang, rng)
    if chance(0.08):
        question = _shortened(question, lang, rng)
    if chance(0.2):
        question = _slipped(question, lang, rng)
    return _dressed(question, lang, rng)


def _replace(question: str, lang: str, rng: random.Random) -> str:
    def other(match: re.Match[str]) -> str:
        if rng.random() < 0.5:
            return match[0]
        return rng.choice(_synonyms(lang).get(match[0].lower()) or _synonyms(lang).get(match[0]) or [match[0]])

    return _known(lang).sub(other, question)


def _filled(question: str, lang: str, rng: random.Random) -> str:
    """A filler between two words."""
    filler = rng.choice(wording()["filler"][lang])
    if lang == "zh":
        place = rng.randrange(len(question) + 1)
        inside = 0 < place < len(question) and WIDE.match(question[place - 1]) and WIDE.match(question[place])
        return question[:place] + filler + question[place:] if inside else filler + question
    words = question.split(" ")
    words.insert(rng.randrange(len(words) + 1), filler)
    return " ".join(words)


def _shortened(question: str, lang: str, rng: random.Random) -> str:
    """One short word left out of a long question."""
    if lang == "zh":
        return question
    words = question.split(" ")
    short = [place for place, word in enumerate(words) if len(word) <= 4 and word.isalpha()]
    if len(words) < 5 or not short:
        return question
    del words[rng.choice(short)]
    return " ".join(words)


def _slipped(question: str, lang: str, rng: random.Random) -> str:
    """Typing slips in words of four letters and more; in Chinese a character doubled, dropped or swapped."""
    if lang == "zh" and WIDE.search(question):
        return _slipped_wide(question, rng)
    words = question.split(" ")
    places = [place for place, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    for place in rng.sample(places, min(len(places), rng.choice((1, 1, 1, 2, 2, 3)))):
        word = words[place]
        at = rng.randrange(1, len(word) - 1)
        match rng.randrange(5):
            case 0:
                word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            case 1:
                word = word[:at] + word[at + 1 :]
            case 2:
                word = word[:at] + word[at] + word[at:]
            case 3:
                word = word[:at] + (rng.choice(_neighbours().get(word[at].lower()) or word[at])) + word[at + 1 :]
            case 4:
                near = _neighbours().get(word[at].lower()) or word[at]
                word = word[:at] + rng.choice(near) + word[at:]
        words[place] = word
    if len(words) > 2 and rng.random() < 0.1:
        at = rng.randrange(len(words) - 1)
        words[at : at + 2] = [words[at] + words[at + 1]]
    return " ".join(words)


def _slipped_wide(question: str, rng: random.Random) -> str:
    if len(question) < 5:
        return question
    at = rng.randrange(1, len(question) - 1)
    match rng.randrange(4):
        case 0:
            return question[:at] + question[at] + question[at:]
        case 1:
            return question[:at] + question[at + 1 :] if len(question) > 6 else question
        case 2:
            return question[:at] + question[at + 1] + question[at] + question[at + 2 :]
    return question[:at] + " " + question[at:]


def _dressed(question: str, lang: str, rng: random.Random) -> str:
    """Case, punctuation and spaces as people type them."""
    question = question.strip()
    if lang == "zh":
        bare = question.rstrip("?？。")
        draw = rng.random()
        question = bare if draw < 0.4 else bare + "？" if draw < 0.75 else bare + "?" if draw < 0.82 else question
        return question.lower() if rng.random() < 0.1 else question
    bare = question.rstrip("?.!")
    draw = rng.random()
    question = (
        bare
        if draw < 0.4
        else bare + "?"
        if draw < 0.75
        else bare + rng.choice((".", "??", " ?", "!", "..."))
        if draw < 0.83
        else question
    )
    draw = rng.random()
    if draw < 0.35:
        question = question.lower()
    elif draw < 0.75:
        question = question[:1].upper() + question[1:]
    elif draw < 0.76:
        question = question.upper()
    if rng.random() < 0.2:
        question = question.replace("'", rng.choice(("", "’")))
    return question
