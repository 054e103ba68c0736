"""Asks the built-in model questions through the real engine and prints the share answered on the right topic.

python models/guide/evaluate.py                                  the held-out questions
python models/guide/evaluate.py --questions models/guide/dev.toml --model other.gguf
python models/guide/evaluate.py --late                           late in conversations, in wordings of the training text
python models/guide/evaluate.py --examples                       the welcome page's examples, one after the other in every order
"""

import argparse
import json
import queue
import random
import re
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import permutations
from pathlib import Path

from topics import HERE, LANGS, Reply, read

from app.core.params import Sampling, layered
from app.core.protocol import Done, Event, Failed, Loaded, Piece, Turn
from app.engine.host import Host

MODEL = HERE.parent / "guide.gguf"
ALIKE = 0.8  # how similar an answer must be to a written one to count as it
PATIENCE = 120.0  # seconds for one answer
LATE = {"0": (0, 0), "1-12": (1, 12), "24": (24, 24)}  # exchanges before the question, fewest and most
LATE_QUESTIONS = 100  # for each of these

Answer = Callable[[Sequence[Turn]], str]


@dataclass(frozen=True, slots=True)
class Question:
    """One question with the topics whose answer is right."""

    lang: str
    ask: str
    topics: tuple[str, ...]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    question: Question
    answer: str
    topic: str  # of the nearest written answer, "none" when none is near
    exact: bool


def questions(path: Path) -> list[Question]:
    found = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    return [Question(q["lang"], q["ask"], (q["topic"], *q.get("also", ())), q.get("after", "")) for q in found]


@contextmanager
def engine(model: Path) -> Iterator[Answer]:
    """The application's own engine with the model loaded, asked with the sampling that the file recommends."""
    events: queue.Queue[Event] = queue.Queue()
    host = Host(events.put)

    def ended(request: int) -> tuple[Event, str]:
        text = ""
        while True:
            event = events.get(timeout=PATIENCE)
            if isinstance(event, Failed):
                raise event.error
            if isinstance(event, Piece) and event.id == request:
                text += event.text
            if isinstance(event, Loaded | Done) and event.id == request:
                return event, text

    try:
        loaded, _ = ended(host.load(model))
        assert isinstance(loaded, Loaded)
        sampling = layered(Sampling, loaded.model.recommended, {"max_tokens": 300})
        yield lambda turns: ended(host.generate(turns, sampling))[1]
    finally:
        host.close()


class Judge:
    """Knows every written answer and which topics it belongs to."""

    def __init__(self, replies: Sequence[Reply]) -> None:
        self.topics: defaultdict[str, set[str]] = defaultdict(set)
        self.first: dict[tuple[str, str], Reply] = {}
        self.trained = {_bare(ask) for reply in replies for ask in (*reply.asks, *reply.later)}
        for reply in replies:
            self.topics[reply.answer].add(reply.topic)
            if not reply.part:
                self.first.setdefault((reply.topic, reply.lang), reply)

    def unseen(self, question: Question) -> bool:
        """Whether nobody wrote the question into the training text in just these words."""
        return _bare(question.ask) not in self.trained

    def turns(self, question: Question) -> list[Turn]:
        """The conversation up to the question: where it comes after a topic, that topic's own first exchange."""
        if not question.after:
            return [Turn("user", question.ask)]
        before = self.first[question.after, question.lang]
        return [Turn("user", before.asks[0]), Turn("assistant", before.answer), Turn("user", question.ask)]

    def topic(self, answer: str, wanted: Sequence[str]) -> tuple[str, bool]:
        """The topic that the answer belongs to, and whether it is there word for word."""
        answer = answer.strip()
        exact = answer in self.topics
        nearest = answer if exact else self._nearest(answer)
        found = self.topics.get(nearest, {"none"})
        return next((topic for topic in wanted if topic in found), min(found)), exact

    def _nearest(self, answer: str) -> str:
        best, nearest = ALIKE, ""
        for text in self.topics:
            matcher = SequenceMatcher(None, text, answer, autojunk=False)
            if matcher.real_quick_ratio() >= best and matcher.quick_ratio() >= best and matcher.ratio() >= best:
                best, nearest = matcher.ratio(), text
        return nearest


def _bare(text: str) -> str:
    """Without case, punctuation and spaces."""
    return re.sub(r"[\W_]+", "", text.lower())


def ask_all(asked: Sequence[Question], judge: Judge, answer: Answer) -> Iterator[Result]:
    for question in asked:
        text = answer(judge.turns(question))
        yield Result(question, text, *judge.topic(text, question.topics))


def late(replies: Sequence[Reply], judge: Judge, answer: Answer, count: int) -> dict[str, float]:
    """The share of right answers after exchanges on other topics, in mixed languages; the questions are trained ones.

    Where it is right at once but not late, it is the conversation that misleads it and not the wording.
    """
    rng = random.Random(1)
    known = [reply for reply in replies if reply.asks and not reply.part]
    shares = {}
    for name, (fewest, most) in LATE.items():
        right = 0
        for _ in range(count):
            turns: list[Turn] = []
            *before, last = rng.sample(known, rng.randint(fewest, most) + 1)
            for reply in before:
                turns += [Turn("user", rng.choice(reply.asks)), Turn("assistant", reply.answer)]
            turns.append(Turn("user", rng.choice(last.asks)))
            right += judge.topic(answer(turns), [last.topic])[0] == last.topic
        shares[name] = round(right / count, 4)
    return shares


def examples(replies: Sequence[Reply], judge: Judge, answer: Answer, orders: int = 24) -> Iterator[Result]:
    """The welcome page's questions, in both languages, all in one conversation; `orders` of the 24 orders."""
    for lang in LANGS:
        offered = [reply for reply in replies if reply.example and reply.lang == lang]
        for order in list(permutations(offered))[:: 24 // orders]:
            turns: list[Turn] = []
            for reply in order:
                turns.append(Turn("user", reply.example))
                text = answer(turns)
                turns.append(Turn("assistant", text))
                yield Result(Question(lang, reply.example, (reply.topic,)), text, *judge.topic(text, [reply.topic]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--questions", type=Path, default=HERE / "questions.toml")
    parser.add_argument("--hide", action="store_true", help="only the shares, not the questions that were missed")
    parser.add_argument("--examples", action="store_true", help="what the welcome page offers to ask instead")
    parser.add_argument("--late", action="store_true", help="questions late in conversations instead")
    arguments = parser.parse_args()
    replies = read()
    judge = Judge(replies)
    begin = time.monotonic()
    if arguments.late:
        with engine(arguments.model) as answer:
            print(json.dumps({"exchanges before": late(replies, judge, answer, LATE_QUESTIONS)}))
        return
    if arguments.examples:
        with engine(arguments.model) as answer:
            asked = [result.topic in result.question.topics for result in examples(replies, judge, answer)]
        print(json.dumps({"questions": len(asked), "right": sum(asked)}))
        return
    with engine(arguments.model) as answer:
        results = list(ask_all(questions(arguments.questions), judge, answer))
    right = {result.question for result in results if result.topic in result.question.topics}
    for result in results if not arguments.hide else ():
        if result.question not in right:
            question = result.question
            after = f" (after {question.after})" if question.after else ""
            print(
                f"[{question.lang}] {question.ask}{after}: {question.topics[0]} was right, {result.topic} came: {result.answer[:60]}"
            )
    figures: dict[str, object] = {"model": arguments.model.name, "questions": len(results)}
    for lang in (*LANGS, "all"):
        those = [result for result in results if lang in (result.question.lang, "all")]
        if those:
            figures[f"right_{lang}"] = round(sum(result.question in right for result in those) / len(those), 4)
    unseen = [result for result in results if judge.unseen(result.question)]
    figures["unseen"] = len(unseen)  # short questions such as “hello” are in any training text; these are not
    figures["right_unseen"] = round(sum(result.question in right for result in unseen) / max(len(unseen), 1), 4)
    figures["word_for_word"] = round(sum(result.exact for result in results) / len(results), 4)
    figures["seconds"] = round(time.monotonic() - begin, 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # standard output is a TextIOWrapper here
    main()
