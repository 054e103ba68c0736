"""Training rows: dialogues made at random from the replies, as token ids with a mark on what the guide has to say."""

import random
import tomllib
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path

from generated import frames
from tokenizer import SPECIAL, Tokenizer
from topics import LANGS, Reply
from variation import vary, wording

HERE = Path(__file__).resolve().parent
TOO_SMALL = "too_small"
TURN_START, TURN_END = 1, 2  # ids of the special tokens
SHARES = 0.62, 0.38  # of the languages: English, with its spellings and capitals, is learned more slowly
PART = 768  # tokens that are computed at once
# What a batch is made of: the kind of row, how many tokens it has at most, and its share of the tokens among its
# kind. Hurried dialogues cost a third of whole ones for each question, and there are questions at every place of the
# context in them; whole ones teach to say the answers to the end.
ASKING = (("single", 0, 0.35), ("hurried", 400, 0.48), ("hurried", 2048, 0.17))
SAYING = (("whole", 500, 0.75), ("whole", 2048, 0.25))
EXAMPLE, EXAMPLE_AGAIN = 0.03, 0.4  # how often the welcome page's questions are asked, and again after one of them
# The share of whole dialogues at some points of the training, 0 to 1; most when the answers can be learned by heart
# because the rate has begun to fall, and less when they are known.
SAID = ((0.0, 0.14), (0.4, 0.25), (0.5, 0.36), (0.8, 0.3), (0.85, 0.2), (1.0, 0.2))


@dataclass(slots=True)
class Row:
    """Token ids, for each whether the guide has to say it, and the numbers of the answers in their order."""

    ids: list[int] = field(default_factory=list)
    said: list[bool] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def add(self, ids: Sequence[int], said: bool) -> None:
        self.ids.extend(ids)
        self.said.extend([said] * len(ids))


def between(points: Sequence[tuple[float, float]], place: float) -> float:
    """The value at a place, on straight lines between the points."""
    for (left, low), (right, high) in pairwise(points):
        if place <= right:
            return low + (high - low) * (place - left) / (right - left)
    return points[-1][1]


class Corpus:
    """Makes questions and dialogues from the replies, with the random numbers of the caller."""

    def __init__(self, replies: Sequence[Reply], tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.fillers = tomllib.loads((HERE / "out_of_scope.toml").read_text(encoding="utf-8"))
        self.first = {lang: [r for r in replies if r.lang == lang and (r.asks or r.names)] for lang in LANGS}
        self.examples = {lang: [reply for reply in self.first[lang] if reply.example] for lang in LANGS}
        self.shares: dict[str, list[float]] = {}
        self.follows: defaultdict[tuple[str, str, str], list[Reply]] = defaultdict(list)
        for reply in replies:
            if reply.later:
                self.follows[reply.lang, reply.kind, reply.topic].append(reply)
        self.answers = {reply.answer: tokenizer.encode(reply.answer) for reply in replies}
        self.numbers = {answer: number for number, answer in enumerate(self.answers)}
        self.choices = self._choices(replies)  # by answer
        self.chosen = {(self.choices[reply.answer], reply.lang): reply for reply in reversed(replies)}
        self.blurred = 0.0  # the share of questions that are blurred, and answered as `guess` says
        self.guess: Callable[[list[int]], int] = lambda _asked: 0
        self.forks = self._forks()
        self.weigh([0.0] * len(self.answers))
        self._line_user = tokenizer.encode("user\n")
        self._line_assistant = tokenizer.encode("assistant\n")
        self._line_system = tokenizer.encode("system\n")
        self._line = tokenizer.encode("\n")

    def weigh(self, right: Sequence[float]) -> None:
        """Ask more for what is not yet known: `right` is the share of right choices by number of the answer."""
        for lang, replies in self.first.items():
            weights = (self._share(reply) * (1.3 - right[self.numbers[reply.answer]]) for reply in replies)
            self.shares[lang] = list(accumulate(weights))

    @staticmethod
    def _share(reply: Reply) -> float:
        """How often a reply is asked for: one share each, more where there is more to tell apart."""
        if reply.topic == TOO_SMALL:
            return 30.0
        return 0.3 if reply.part else 1.0 + min(len(reply.asks), 60) / 60

    @staticmethod
    def _choices(replies: Sequence[Reply]) -> dict[str, int]:
        """For each answer what is chosen with it, as a number that is the same in both languages."""
        numbers: dict[tuple[str, str, str], int] = {}
        result: dict[str, int] = {}
        for reply in replies:
            if reply.answer not in result:
                result[reply.answer] = numbers.setdefault((reply.kind, reply.topic, reply.part), len(numbers))
        return result

    def _forks(self) -> dict[str, int]:
        """For each answer, after how many tokens no other answer begins like it."""
        ordered = sorted(self.answers.items(), key=lambda item: item[1])
        shared = [0] * (len(ordered) + 1)
        for place in range(1, len(ordered)):
            left, right = ordered[place - 1][1], ordered[place][1]
            count = 0
            while count < min(len(left), len(right)) and left[count] == right[count]:
                count += 1
            shared[place] = count
        return {text: max(shared[place], shared[place + 1]) + 1 for place, (text, _) in enumerate(ordered)}

    # Questions

    def pick(self, lang: str, rng: random.Random) -> Reply:
        shares = self.shares[lang]
        return self.first[lang][bisect(shares, rng.random() * shares[-1])]

    def question(self, reply: Reply, rng: random.Random, later: bool = False) -> str:
        """A way to ask for the reply; `later` for a question that leans on the turn before."""
        lang = reply.lang
        if later and reply.later:
            return vary(rng.choice(reply.later), lang, rng, 0.5)
        if reply.topic == TOO_SMALL and rng.random() < 0.6:
            return vary(self._beyond(lang, rng), lang, rng)
        if reply.names and (not reply.asks or rng.random() < 0.33):
            wordings = frames()["name"]
            special = wordings[reply.kind][lang]
            frame = rng.choice(special if special and rng.random() < 0.45 else wordings["any"][lang])
            name = rng.choice(reply.names)
            if "the {x}" in frame:
                name = name.removeprefix("the ").removeprefix("a ").removeprefix("an ")
            return vary(frame.replace("{x}", name), lang, rng)
        return vary(rng.choice(reply.asks), lang, rng)

    def _beyond(self, lang: str, rng: random.Random) -> str:
        """Something that the guide is too small for."""
        filler = self.fillers[lang]
        text = str(rng.choice(filler["frames"]))
        while "{" in text:
            start, end = text.index("{"), text.index("}")
            text = text[:start] + rng.choice(filler[text[start + 1 : end]]) + text[end + 1 :]
        return text

    # Rows

    def single(self, rng: random.Random) -> Row:
        """One question; mostly only as much of the answer as shows which one it is: the rest is learned soon."""
        row = Row()
        lang = rng.choices(LANGS, SHARES)[0]
        reply = self.pick(lang, rng)
        if rng.random() < 0.05:
            self._system(row, rng)
        asked, reply = self._blur(self.asked(self.question(reply, rng), rng), reply, rng)
        self._exchange(row, asked, reply.answer, rng, rng.random() < 0.9)
        return row

    def dialogue(self, rng: random.Random, longest: int, hurried: bool = False) -> Row:
        """Several exchanges, at most `longest` tokens, with follow-ups and now and then another language.

        In a hurried one nearly every answer breaks off where it is clear which one it is, and the topic changes
        more often: the guide learns to look at the last question alone.
        """
        follow, switch, cut = (0.4, 0.2, 0.97) if hurried else (0.7, 0.12, 0.0)
        row = Row()
        lang = rng.choices(LANGS, SHARES)[0]
        if rng.random() < 0.12:
            self._system(row, rng)
        reply: Reply | None = None
        example = False
        while True:
            follows = self.follows[reply.lang, reply.kind, reply.topic] if reply else []
            later = bool(follows) and rng.random() < follow
            if reply and later:
                if rng.random() < 0.06:  # the follow-up in the other language
                    lang = LANGS[1 - LANGS.index(lang)]
                    follows = self.follows[lang, reply.kind, reply.topic] or follows
                reply, example = rng.choice(follows), False
            else:
                if rng.random() < switch:
                    lang = LANGS[1 - LANGS.index(lang)]
                example = bool(self.examples[lang]) and rng.random() < (EXAMPLE_AGAIN if example else EXAMPLE)
                reply = rng.choice(self.examples[lang]) if example else self.pick(lang, rng)
            part = Row()
            question = reply.example if example else self.question(reply, rng, later)
            asked = self.asked(question, rng)
            if not (later or example):
                asked, reply = self._blur(asked, reply, rng)
            self._exchange(part, asked, reply.answer, rng, rng.random() < cut)
            if len(row.ids) + len(part.ids) > longest:
                return row
            row.ids.extend(part.ids)
            row.said.extend(part.said)
            row.answers.extend(part.answers)
            lang = reply.lang

    def _system(self, row: Row, rng: random.Random) -> None:
        text = " ".join(rng.sample(wording()["system"]["texts"], rng.choice((1, 1, 2))))
        row.add([TURN_START, *self._line_system, *self.tokenizer.encode(text), TURN_END, *self._line], False)

    def asked(self, question: str, rng: random.Random) -> list[int]:
        """The question as tokens, at times cut unusually, with some left out, or with some that do not belong."""
        dropout = 0.1 if rng.random() < 0.15 else 0.0
        asked = self.tokenizer.encode(question, dropout, rng)
        if len(asked) > 4 and rng.random() < 0.2:  # so that no single word decides alone
            asked = [token for token in asked if rng.random() > 0.12]
        if rng.random() < 0.1:  # so that a word that was never seen does not decide at all
            for _ in range(rng.choice((1, 1, 2, 3))):
                asked.insert(rng.randrange(len(asked) + 1), rng.randrange(len(SPECIAL), len(self.tokenizer)))
        return asked

    def _blur(self, asked: list[int], reply: Reply, rng: random.Random) -> tuple[list[int], Reply]:
        """At times the question with tokens missing, in disorder or with those of another one in it, and the reply that its
        words are nearest to.

        Questions that nobody wrote ask in words that stand in no training text side by side.
        """
        if rng.random() >= self.blurred:
            return asked, reply
        other = self.asked(self.question(self.pick(reply.lang, rng), rng), rng)
        foreign = rng.choice((0.0, 0.0, 0.25, 0.5))
        kept = [token for token in asked if rng.random() > 0.3] + [token for token in other if rng.random() < foreign]
        kept = kept or asked
        if rng.random() < 0.3:
            rng.shuffle(kept)
        return kept, self.chosen.get((self.guess(kept), reply.lang), reply)

    def _exchange(self, row: Row, asked: list[int], answer: str, rng: random.Random, cut: bool) -> None:
        """Adds question and answer; with `cut` only as much of the answer as shows which one it is."""
        row.add([TURN_START, *self._line_user, *asked, TURN_END, *self._line], False)
        row.add([TURN_START, *self._line_assistant], False)
        row.answers.append(self.numbers[answer])
        ids = self.answers[answer]
        end = self.forks[answer] + rng.randint(0, 2)
        cut = cut and end < len(ids)
        row.add(ids[:end] if cut else ids, True)
        row.add([TURN_END], not cut)  # the guide never learns to break off
        row.add(self._line, False)

    def words(self, rng: random.Random, count: int) -> tuple[list[list[int]], list[int]]:
        """Questions alone, as tokens, and the numbers of their answers."""
        chosen = [self.pick(rng.choices(LANGS, SHARES)[0], rng) for _ in range(count)]
        asked = [self.asked(self.question(reply, rng), rng) for reply in chosen]
        return asked, [self.numbers[reply.answer] for reply in chosen]

    def _row(self, kind: str, longest: int, rng: random.Random) -> Row:
        if kind == "single":
            return self.single(rng)
        return self.dialogue(rng, rng.randint(longest // 4, longest), kind == "hurried")

    def batches(self, rng: random.Random, tokens: int, count: int, progress: float = 0.5) -> list[list[list[Row]]]:
        """About `count` batches of about `tokens` tokens, each in parts of rows of like length.

        `progress` is the share of the training that lies behind.
        """
        parts: list[list[Row]] = []
        said = between(SAID, progress)
        mix = [(*kind, 1 - said) for kind in ASKING] + [(*kind, said) for kind in SAYING]
        for kind, longest, share, part_of_all in mix:
            rows: list[Row] = []
            budget = tokens * count * share * part_of_all
            while budget > 0:
                rows.append(self._row(kind, longest, rng))
                budget -= len(rows[-1].ids)
            rows = sorted((row for row in rows if any(row.said)), key=lambda row: len(row.ids))
            while rows:
                part = [rows.pop()]
                while rows and len(part[0].ids) * (len(part) + 1) <= PART:
                    part.append(rows.pop())
                parts.append(part)
        rng.shuffle(parts)
        each = max(1, tokens // PART)
        batches = [parts[start : start + each] for start in range(0, len(parts), each)]
        # The largest part first, so that the workers end at nearly the same time.
        return [sorted(batch, key=lambda part: -len(part) * len(part[0].ids)) for batch in batches]
