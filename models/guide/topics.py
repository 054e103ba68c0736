"""The guide's knowledge: topics read from `topics/*.toml`, with what the tables add to them.

A topic has one answer per language and a few follow-ups that make sense right after it. Every answer with its
questions becomes a `Reply`; the trainer and the evaluation know nothing else of the text.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import generated
from fill import TextError, fill, use

HERE = Path(__file__).resolve().parent
LANGS = ("en", "zh")
KINDS = ("parameter", "command", "page", "concept", "talk")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer in one language with the ways to ask for it."""

    topic: str
    part: str  # "" for the topic's own answer, else which follow-up
    lang: str
    kind: str
    answer: str
    asks: tuple[str, ...]  # whole questions that stand alone
    names: tuple[str, ...] = ()  # noun phrases for the frames of `kind`
    later: tuple[str, ...] = ()  # questions that are understood only right after the topic
    example: str = ""  # the welcome page's question for it; also one of `asks`


def read(folder: Path = HERE / "topics") -> list[Reply]:
    """Every reply of the guide, filled in and checked.

    Raises:
        TextError: a missing language, an unknown placeholder, a topic that is there twice; names file and topic.
    """
    found: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise TextError(f"{path.name}: {error}") from None
        for topic in data.get("topic", []):
            place = f"{path.name}, {topic.get('id', '?')}"
            key = topic["kind"], topic["id"]
            if key in found:
                raise TextError(f"{place}: the same topic is in {found[key][0]}")
            if topic["kind"] not in KINDS:
                raise TextError(f"{place}: unknown kind {topic['kind']}")
            found[key] = place, topic
    more = _phrasings(folder.parent / "phrasings.toml", set(found))
    replies: list[Reply] = []
    for lang in LANGS:
        use(lang)
        written = [reply for place, topic in found.values() for reply in _written(topic, lang, place)]
        taken = {ask.lower() for reply in written for ask in reply.asks}
        for number, reply in enumerate(written):
            added = more.get((reply.kind, reply.topic, lang), ()) if not reply.part else ()
            written[number] = replace(reply, asks=reply.asks + tuple(ask for ask in added if ask.lower() not in taken))
        replies.extend(_with_tables(written, lang))
    use("en")
    return replies


def _phrasings(path: Path, known: set[tuple[str, str]]) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Further questions by kind, topic and language."""
    result: dict[tuple[str, str, str], tuple[str, ...]] = {}
    if path.exists():
        for kind, found in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for topic, asks in found.items():
                if (kind, topic) not in known:
                    raise TextError(f"{path.name}: there is no {kind} {topic}")
                result |= {(kind, topic, lang): tuple(asks[lang]) for lang in LANGS}
    return result


def _written(topic: dict[str, Any], lang: str, place: str) -> Iterator[Reply]:
    """What the authors wrote about one topic."""

    def text(part: dict[str, Any], key: str) -> Any:
        value = part.get(key, {}).get(lang)
        if not value:
            raise TextError(f"{place}: {key}.{lang} is missing")
        if isinstance(value, str):
            return fill(value.strip(), lang, place)
        return tuple(fill(item.strip(), lang, place) for item in value)

    names = tuple(topic.get("names", {}).get(lang, ()))
    yield Reply(topic["id"], "", lang, topic["kind"], text(topic, "answer"), text(topic, "ask"), names)
    for number, follow in enumerate(topic.get("follow", ())):
        yield Reply(
            topic["id"],
            f"follow {number + 1}",
            lang,
            topic["kind"],
            text(follow, "answer"),
            (),
            (),
            text(follow, "ask"),
        )


def _with_tables(written: list[Reply], lang: str) -> Iterator[Reply]:
    """What the authors wrote, with what the tables add: change, default and values of a row, every command."""
    taken = {ask.lower() for reply in written for ask in reply.asks}
    names = {reply.topic: reply.names for reply in written if reply.kind == "parameter" and reply.names}
    examples = generated.examples()
    commands = {item.topic: item for item in generated.commands(lang) if item.part == ""}
    for reply in written:
        item = commands.pop(reply.topic, None) if (reply.kind, reply.part) == ("command", "") else None
        if item:
            reply = replace(reply, asks=reply.asks + tuple(ask for ask in item.asks if ask.lower() not in taken))
        if not reply.part and (example := examples.pop(reply.topic, "")):
            asks = dict.fromkeys((*reply.asks, example))
            reply = replace(reply, asks=tuple(asks), example=example)
        yield reply
    for name, item in commands.items():
        yield Reply(name, "", lang, "command", item.answer, item.asks)
    for item in generated.commands(lang):
        if item.part:
            yield Reply(item.topic, item.part, lang, "command", item.answer, (), (), item.later)
    for item in generated.parameters(lang, names):
        if item.topic in names:
            asks = tuple(ask for ask in item.asks if ask.lower() not in taken)
            yield Reply(item.topic, item.part, lang, "parameter", item.answer, asks, (), item.later)


def fingerprint(replies: list[Reply]) -> str:
    """The sha256 of the whole filled-in text; the model file carries it, so that a test sees when they drift apart."""
    text = json.dumps(
        [[r.topic, r.part, r.lang, r.answer, r.asks, r.names, r.later, r.example] for r in replies], ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()
