"""Full-text search over titles, messages and notes, in any script."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from heapq import merge
from itertools import chain

from app.core.listing import Place, Summary
from app.core.passage import fold, passage
from app.core.record import record
from app.store.statements import Statements

SUMMARY = "c.id, c.title, c.updated, c.pinned, c.folder, c.tags, c.colour, c.archived"
TAGS = "iif(json_valid(c.tags), c.tags, NULL)"
SHORTEST = 3  # characters that the trigram index can find; of shorter words its terms are looked through
PLACES = 3  # passages that are shown of one conversation
PAGE = 400  # messages that are asked for at once
ALL = 1 << 62  # no message has so high a number
READ = 6000  # messages at most that are read one by one
NEWEST, FREQUENT = 1000, 50  # a word that so many of the newest messages have is soon found without the index
NOTED = "m.note <> ''"  # for which there is an index
LAST = chr(0x10FFFF)  # stands behind every other character

Values = list[object]


@record
class Wanted:
    """What is looked for, with the full names of tags, folders and models. Empty is anything."""

    words: tuple[str, ...] = ()
    tags: tuple[tuple[str, ...], ...] = ()  # one of each
    folders: tuple[str, ...] = ()  # one of them
    models: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    before: date | None = None  # said before this day
    after: date | None = None  # said on this day or later


@record
class Hit:
    """A conversation that was found, and where in it; nowhere when its title holds the words, or there are none."""

    conversation: Summary
    places: tuple[Place, ...] = ()


def search(database: Statements, wanted: Wanted, limit: int) -> list[Hit]:
    """Conversations that fit, those whose titles hold every word first, then those in which all were said last.

    Without words they are in the order of the list. What lies in the trash is not found, the archive is.
    """
    found: dict[int, list[int]] = {number: [] for number in _titles(database, wanted, limit)}
    if wanted.words:
        for message, conversation in merge(_messages(database, wanted), _notes(database, wanted), reverse=True):
            if conversation not in found:
                if len(found) == limit:
                    break
                found[conversation] = []
            if len(found[conversation]) < PLACES and message not in found[conversation]:  # text and note may both fit
                found[conversation].append(message)
    numbers = _list(found)
    rows = {
        row[0]: Summary._make(row)
        for row in database.rows(f"SELECT {SUMMARY} FROM conversation c WHERE c.id IN ({numbers})")
    }
    said = database.rows(f"SELECT id, text, note FROM message WHERE id IN ({_list(chain(*found.values()))})")
    texts = {number: text if not note or _holds(text, wanted.words) else note for number, text, note in said}
    return [
        Hit(
            rows[number],
            tuple(Place(rows[number], each, passage(texts[each], wanted.words)) for each in messages),
        )
        for number, messages in found.items()
    ]


def _titles(database: Statements, wanted: Wanted, limit: int) -> list[int]:
    """Conversations whose title holds the words and that have a message as it is wanted."""
    conditions, values = _of_conversation(wanted)
    said, said_values = _of_message(wanted)
    if wanted.before or wanted.after:
        exists = " AND ".join(["m.conversation = c.id", *said])
        conditions.append(f"EXISTS (SELECT 1 FROM message m WHERE {exists})")
        values += said_values
    elif said:  # from an index alone
        conditions.append(f"c.id IN (SELECT m.conversation FROM message m WHERE {' AND '.join(said)})")
        values += said_values
    held, held_values = _holding(wanted.words, "c.id", "title_index", "c.title")
    where = " AND ".join([*conditions, *held])
    order = "c.archived, c.pinned DESC, c.updated DESC, c.id DESC"
    rows = database.rows(
        f"SELECT c.id FROM conversation c WHERE {where} ORDER BY {order} LIMIT ?", (*values, *held_values, limit)
    )
    return [row[0] for row in rows]


def _messages(database: Statements, wanted: Wanted) -> Iterator[tuple[int, int]]:
    """Messages that hold every word, the newest first, each with its conversation."""
    conditions, values = _of_message(wanted)
    narrowed = bool(conditions or wanted.folders or wanted.tags)
    conditions.append("m.conversation NOT IN (SELECT id FROM conversation WHERE deleted IS NOT NULL)")
    if wanted.folders or wanted.tags:
        inside, inside_values = _of_conversation(wanted)
        rows = database.rows(f"SELECT c.id FROM conversation c WHERE {' AND '.join(inside)}", inside_values)
        # as numbers: SQLite would ask the question anew for each message
        conditions.append(f"m.conversation IN ({_list(row[0] for row in rows)})")
    if narrowed and _few(database, conditions, values):
        yield from _read_through(database, conditions, values, wanted.words)
        return
    long = [word for word in wanted.words if len(word) >= SHORTEST]
    short = [word for word in wanted.words if len(word) < SHORTEST]
    like, like_values = _like(short, "m.text")
    if long:
        # what else is asked of a message is in a narrow index; its text is read only for short words
        source = "message_index i CROSS JOIN message m" + ("" if short else " INDEXED BY message_place")
        matching = ["m.id = i.rowid", "i.message_index MATCH ?", *conditions, *like]
        below = _newest(database, conditions, values) + 1 if narrowed else ALL
        yield from _pages(database, source, "i.rowid", matching, [_match(long), *values, *like_values], below)
        return
    conditions += ["m.status <> 'streaming'", *like]
    values += like_values
    word = max(short, key=len)
    if _frequent(database, word):
        yield from _pages(database, "message m", "m.id", conditions, values)
        return
    numbers = _holders(database, word)
    for at in range(0, len(numbers), PAGE):
        some = [f"m.id IN ({_list(numbers[at : at + PAGE])})", *conditions]
        yield from _pages(database, "message m", "m.id", some, values)


def _notes(database: Statements, wanted: Wanted) -> Iterator[tuple[int, int]]:
    """Messages whose note holds every word, the newest first, each with its conversation. Few have one."""
    conditions, values = _of_message(wanted)
    inside, inside_values = _of_conversation(wanted)
    conditions.append(f"m.conversation IN (SELECT c.id FROM conversation c WHERE {' AND '.join(inside)})")
    where = " AND ".join([NOTED, *conditions])
    source = "message m INDEXED BY message_noted"  # left to itself, SQLite goes through all conversations
    rows = database.rows(
        f"SELECT m.id, m.conversation, m.note FROM {source} WHERE {where} ORDER BY m.id DESC", (*values, *inside_values)
    )
    yield from ((number, conversation) for number, conversation, note in rows if _holds(note, wanted.words))


def _holds(text: str, words: Sequence[str]) -> bool:
    held = fold(text)
    return all(fold(word) in held for word in words)


def _newest(database: Statements, conditions: Sequence[str], values: Sequence[object]) -> int:
    """The newest message that may be meant: passing over newer ones in the text index costs far more than here."""
    where = " AND ".join(conditions)
    rows = database.rows(
        f"SELECT m.id FROM message m INDEXED BY message_place WHERE {where} ORDER BY m.id DESC LIMIT 1", values
    )
    return int(rows[0][0]) if rows else 0


def _few(database: Statements, conditions: Sequence[str], values: Sequence[object]) -> bool:
    """Whether the messages that may be meant are so few that reading them is quicker than the index."""
    place = f"SELECT 1 FROM message m WHERE {' AND '.join(conditions)} LIMIT {READ + 1}"
    return bool(database.rows(f"SELECT count(*) <= {READ} FROM ({place})", values)[0][0])


def _read_through(
    database: Statements, conditions: Sequence[str], values: Sequence[object], words: Sequence[str]
) -> Iterator[tuple[int, int]]:
    """Messages whose text holds all the words, the newest first."""
    like, like_values = _like([word for word in words if word.isascii()], "m.text", cased=False)
    meant = f"SELECT m.id FROM message m WHERE {' AND '.join(conditions)}"  # from an index alone
    where = " AND ".join([f"m.id IN ({meant})", "m.status <> 'streaming'", *like])
    rows = database.rows(f"SELECT m.id, m.conversation, m.text FROM message m WHERE {where}", [*values, *like_values])
    for number, conversation, text in sorted(rows, reverse=True):
        if _holds(text, words):
            yield number, conversation


def _pages(
    database: Statements,
    source: str,
    number: str,
    conditions: Sequence[str],
    values: Sequence[object],
    below: int = ALL,
) -> Iterator[tuple[int, int]]:
    """Rows of a query from the highest number down, read as far as they are wanted."""
    size = PAGE
    while True:
        where = " AND ".join([*conditions, f"{number} < ?"])
        rows = database.rows(
            f"SELECT m.id, m.conversation FROM {source} WHERE {where} ORDER BY {number} DESC LIMIT ?",
            (*values, below, size),
        )
        yield from rows
        if len(rows) < size:
            return
        below, size = rows[-1][0], size * 4


def _frequent(database: Statements, word: str) -> bool:
    """Whether many of the newest messages hold a short word."""
    like, values = _like([word], "text")
    newest = f"SELECT text FROM message ORDER BY id DESC LIMIT {NEWEST}"
    return bool(database.rows(f"SELECT count(*) > {FREQUENT} FROM ({newest}) WHERE {like[0]}", values)[0][0])


def _holders(database: Statements, word: str) -> list[int]:
    """Messages that hold a word of one or two characters, the newest first.

    Some term of the index begins with the word, unless it stands at the very end of a text.
    """
    found: set[int] = set()
    for form in {word.lower(), word.casefold()}:
        terms = (form, form + LAST)
        found.update(
            row[0] for row in database.rows("SELECT doc FROM message_terms WHERE term >= ? AND term < ?", terms)
        )
    ends = "SELECT id FROM message WHERE status <> 'streaming' AND"
    for form in _forms(word):
        if len(word) > 1:
            found.update(row[0] for row in database.rows(f"{ends} substr(text, -2) = ?", (form,)))
        else:
            found.update(row[0] for row in database.rows(f"{ends} substr(text, -1) = ?", (form,)))
            before = (form, form + LAST)
            found.update(
                row[0] for row in database.rows(f"{ends} substr(text, -2) >= ? AND substr(text, -2) < ?", before)
            )
    return sorted(found, reverse=True)


# ── conditions, each with its values ──────────────────────────────────────────────────────────────────────


def _of_conversation(wanted: Wanted) -> tuple[list[str], Values]:
    conditions, values = ["c.deleted IS NULL"], Values()
    if wanted.folders:
        conditions.append(f"c.folder IN ({_marks(wanted.folders)})")
        values += wanted.folders
    for names in wanted.tags:
        conditions.append(f"EXISTS (SELECT 1 FROM json_each({TAGS}) WHERE value IN ({_marks(names)}))")
        values += names
    if wanted.tags:
        conditions.append("c.tags <> ''")  # for which there is an index
    if wanted.before:
        conditions.append("c.created < ?")
        values.append(_moment(wanted.before))
    if wanted.after:
        conditions.append("c.updated >= ?")
        values.append(_moment(wanted.after))
    return conditions, values


def _of_message(wanted: Wanted) -> tuple[list[str], Values]:
    conditions, values = [], Values()
    roles = wanted.roles or (("assistant",) if wanted.models else ())
    for column, names in (("m.role", roles), ("m.model", wanted.models)):
        if names:
            conditions.append(f"{column} IN ({_marks(names)})")
            values += names
    if wanted.before:
        conditions.append("m.created < ?")
        values.append(_moment(wanted.before))
    if wanted.after:
        conditions.append("m.created >= ?")
        values.append(_moment(wanted.after))
    return conditions, values


def _holding(words: Sequence[str], number: str, index: str, column: str) -> tuple[list[str], Values]:
    """ "Holds every word": the index for long words, LIKE for short ones."""
    conditions, values = _like([word for word in words if len(word) < SHORTEST], column)
    if long := [word for word in words if len(word) >= SHORTEST]:
        conditions.append(f"{number} IN (SELECT rowid FROM {index} WHERE {index} MATCH ?)")
        values.append(_match(long))
    return conditions, values


def _match(words: Sequence[str]) -> str:
    return " ".join('"' + word.replace('"', '""') + '"' for word in words)


def _like(words: Sequence[str], column: str, cased: bool = True) -> tuple[list[str], Values]:
    conditions, values = [], Values()
    for word in words:
        forms = _forms(word) if cased else [word]
        conditions.append("(" + " OR ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(forms)) + ")")
        values += ["%" + form.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" for form in forms]
    return conditions, values


def _forms(word: str) -> list[str]:
    """A short word in upper and lower case: SQLite knows them in ASCII only."""
    forms = [""]
    for sign in word:
        forms = [form + each for form in forms for each in dict.fromkeys((sign, sign.lower(), sign.upper()))]
    return forms


def _moment(day: date) -> str:
    """The first moment of a day here, as on disk."""
    return datetime.combine(day, time()).astimezone(UTC).isoformat(timespec="microseconds")


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))
