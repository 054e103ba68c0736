"""Trains Fireside's built-in model: from the topics to `models/guide.gguf`, with one command.

.venv/bin/pip install --group guide
python models/guide/train.py
"""

import argparse
import copy
import random
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from corpus import Corpus, Row
from export import export
from generated import frames
from model import Guide, Shape
from optimizer import Muon
from tokenizer import Tokenizer, train
from topics import HERE, Reply, fingerprint, read
from torch import Tensor, nn
from torch.nn import functional as F

SEED = 20_26
TOKENS = 3072  # in the dictionary
WARM_UP = 60  # steps
RATE, LAST_RATE = 2.5e-3, 2e-5
COOLING = 0.6  # the share of the steps, at the end, in which the rate falls
AVERAGE = 0.998
# A gate of the block that chooses opens by SHARP (ln p + OPEN), where p is how likely its answer is the right one.
SHARP, OPEN, LEVEL = 2.0, 2.5, 0.05
WORDS, ASKED = 0.3, 256  # weight of choosing by the words alone, and how many further questions for it in a step
# Before all else the words are learned alone: steps, questions in each, and the rate, which falls after a third.
FIRST_STEPS, FIRST_ASKED, FIRST_RATE = 600, 1024, 1e-2


@dataclass(frozen=True, slots=True)
class Phase:
    """What counts how much in a part of the training, beside saying the answers token by token."""

    begins: float  # at this share of the steps
    early: bool  # whether the right answer is to be chosen behind the first block already
    choice: float  # weight of choosing it
    first: float  # weight of an answer's first token
    blurred: float  # share of the questions that are blurred, and answered as their words alone are


# What a question asks for is learned first. Later the answers' first tokens weigh more, since most of those were said wrongly there
# that were chosen rightly.
PHASES = Phase(0.0, True, 0.5, 1.0, 0.2), Phase(0.4, False, 0.3, 3.0, 0.4)


def main() -> None:
    arguments = _arguments()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)  # each worker takes parts of a step as it gets to them; see Run.gradients
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    replies = read()
    checkpoint = work / "checkpoint.pt"
    known = torch.load(checkpoint, weights_only=False) if arguments.resume and checkpoint.exists() else None
    tokenizer = Tokenizer(known["merges"]) if known else train(_texts(replies), TOKENS)
    corpus = Corpus(replies, tokenizer)
    choices = len(set(corpus.choices.values()))
    guide = Guide(Shape(len(tokenizer), choices=choices + -choices % 32))
    size = sum(weights.numel() for weights in guide.parameters())
    print(
        f"{len({(r.kind, r.topic) for r in replies})} topics, {len(replies)} replies, {len(tokenizer)} tokens, {size:,} parameters"
    )
    run = Run(guide, corpus, arguments)
    if known:
        run.restore(known)
    else:
        run.learn_words()
    run.loop(checkpoint)
    export(run.averaged, tokenizer, fingerprint(replies), arguments.output)
    print(f"{arguments.output}: {arguments.output.stat().st_size:,} bytes")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=HERE.parent / "guide.gguf")
    parser.add_argument("--work", type=Path, default=HERE / "work", help="folder for the checkpoint")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--steps", type=int, default=9_800)
    parser.add_argument("--until", type=int, help="stop and export at this step, as if interrupted")
    parser.add_argument("--batch", type=int, default=3072, help="tokens in one step")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def _texts(replies: list[Reply]) -> list[str]:
    """What the dictionary is learned from: answers and questions, each once."""
    texts = dict.fromkeys(text for reply in replies for text in (reply.answer, *reply.asks, *reply.names, *reply.later))
    for kind in frames()["name"].values():
        texts |= dict.fromkeys(frame.replace("{x}", "") for lang in kind.values() for frame in lang)
    return list(texts)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows as tensors: ids and which places to predict from, (batch, length); what follows there."""

    ids: Tensor
    wanted: Tensor
    targets: Tensor
    begins: Tensor  # which of the places are the last before an answer
    answers: Tensor  # the number of the answer that begins there


@dataclass(frozen=True, slots=True)
class Words:
    """Questions without context: their tokens one after the other, where each begins, the numbers of the answers."""

    ids: Tensor
    begins: Tensor
    answers: Tensor


def tensors(rows: list[Row]) -> Part:
    length = max(len(row.ids) for row in rows)
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    said = torch.zeros(len(rows), length, dtype=torch.bool)
    for number, row in enumerate(rows):
        ids[number, : len(row.ids)] = torch.tensor(row.ids)
        said[number, : len(row.ids)] = torch.tensor(row.said)
    wanted = said[:, 1:]
    begins = (wanted & ~said[:, :-1])[wanted]
    answers = torch.tensor([number for row in rows for number in row.answers])
    return Part(ids[:, :-1], wanted, ids[:, 1:][wanted], begins, answers)


def words(corpus: Corpus, rng: random.Random, count: int) -> Words:
    asked, answers = corpus.words(rng, count)
    begins = list(accumulate((len(ids) for ids in asked[:-1]), initial=0))
    return Words(torch.tensor([token for ids in asked for token in ids]), torch.tensor(begins), torch.tensor(answers))


class Run:
    """One training run and all that a later one needs to go on from it."""

    def __init__(self, guide: Guide, corpus: Corpus, arguments: argparse.Namespace) -> None:
        self.guide, self.corpus, self.arguments = guide, corpus, arguments
        self.averaged = copy.deepcopy(guide).eval()
        self.choices = torch.tensor(list(corpus.choices.values()))  # by the number of the answer
        self.right = torch.full((len(corpus.answers),), 0.5)  # recent share of right answers by answer
        self.workers = ThreadPoolExecutor(arguments.threads)
        choice = guide.choosing.ffn_gate.weight
        inner = [weights for weights in guide.blocks.parameters() if weights.dim() == 2 and weights is not choice]
        vectors = [weights for weights in guide.parameters() if weights.dim() == 1]
        outer = [guide.token_embd.weight, guide.output.weight, choice]
        groups = [{"params": vectors}, {"params": outer, "weight_decay": 0.01}]
        self.optimizers: list[torch.optim.Optimizer] = [
            Muon(inner, RATE, self.workers.map),
            torch.optim.AdamW(groups, RATE, betas=(0.9, 0.98), weight_decay=0.0),
        ]
        self.rng = random.Random(SEED)
        self.step = 0
        self.seen = 0
        self.seconds = 0.0
        self.busy = 0.0  # seconds of all cores together

    def rate(self) -> float:
        steps = self.arguments.steps
        cooling = (steps - self.step) / (steps * COOLING)
        return max(LAST_RATE, RATE * min((self.step + 1) / WARM_UP, cooling, 1.0))

    def phase(self) -> Phase:
        return [phase for phase in PHASES if phase.begins <= self.step / self.arguments.steps][-1]

    def _guesser(self) -> Callable[[list[int]], int]:
        """The choice that fits the words of a question best, by what is known now."""
        with torch.no_grad():
            embeddings = F.rms_norm(self.guide.token_embd.weight, (self.guide.shape.width,)).clone()
            choice = self.guide.choosing.ffn_gate.weight.clone()
        return lambda asked: int((choice @ embeddings[asked].mean(0)).argmax())

    def loop(self, checkpoint: Path) -> None:
        last = min(self.arguments.until or self.arguments.steps, self.arguments.steps)
        begin, busy, saved = time.monotonic() - self.seconds, time.process_time() - self.busy, time.monotonic()
        figures: list[tuple[float, float, float]] = []
        pool: list[list[list[Row]]] = []
        while self.step < last:
            if not pool:
                self.corpus.weigh(self.right.tolist())
                self.corpus.blurred, self.corpus.guess = self.phase().blurred, self._guesser()
                pool = self.corpus.batches(self.rng, self.arguments.batch, 40, self.step / self.arguments.steps)
            figures.append(self._learn(pool.pop()))
            self.seconds, self.busy = time.monotonic() - begin, time.process_time() - busy
            if self.step % 50 == 0 or self.step == last:
                loss, chosen, said = (sum(column) / len(figures) for column in zip(*figures, strict=True))
                pace = f"{self.seconds / 60:.1f} min  {self.busy / 60:.1f} CPU min  {self.seen / self.seconds:,.0f} tokens/s"
                print(
                    f"step {self.step}/{last}  loss {loss:.4f}  chosen {chosen:.3f}  said {said:.3f}  {pace}",
                    flush=True,
                )
                figures.clear()
            if time.monotonic() - saved > 120 or self.step == last:
                self._save(checkpoint)
                saved = time.monotonic()

    def learn_words(self) -> None:
        """Before the first step: the embeddings and the choice, from questions as bags of words.

        That takes a minute and finds the answer to nearly every question that leans on no other. The network, which begins
        by averaging these embeddings, knows from its first steps which answer to say and has only to learn to say it.
        """
        torch.set_num_threads(self.arguments.threads)
        begin, busy = time.monotonic(), time.process_time()
        weights = [self.guide.token_embd.weight, self.guide.choosing.ffn_gate.weight]
        optimizer = torch.optim.AdamW(weights, FIRST_RATE, betas=(0.9, 0.98), weight_decay=0.01)
        right = 0.0
        for step in range(FIRST_STEPS):
            for group in optimizer.param_groups:
                group["lr"] = FIRST_RATE * min(1.0, (FIRST_STEPS - step) / FIRST_STEPS * 1.5)
            asked = words(self.corpus, self.rng, FIRST_ASKED)
            gates = self._by_words(asked)
            optimizer.zero_grad()
            (self._choose(gates, asked.answers) / FIRST_ASKED).backward()
            optimizer.step()
            right += self._right(gates, asked.answers).mean().item()
            if step % 100 == 99:
                print(f"words {step + 1}/{FIRST_STEPS}  chosen {right / 100:.3f}", flush=True)
                right = 0.0
        self.guide.gather_words()
        self.averaged.load_state_dict(self.guide.state_dict())
        torch.set_num_threads(1)
        self.seconds, self.busy = time.monotonic() - begin, time.process_time() - busy

    def _learn(self, batch: list[list[Row]]) -> tuple[float, float, float]:
        """One step on the parts of a batch; the mean loss, and the shares of answers chosen and said rightly."""
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.rate()
        parts = [tensors(rows) for rows in batch]
        places, answers = sum(len(part.targets) for part in parts), sum(len(part.answers) for part in parts)
        weights = list(self.guide.parameters())
        asked = words(self.corpus, self.rng, ASKED)
        phase = self.phase()
        pending = [self.workers.submit(self._gradients, part, weights, phase, places / answers) for part in parts]
        alone = self.workers.submit(self._words_alone, asked, weights, WORDS * places / ASKED)
        results = [result.result() for result in pending]
        summands = [gradients for *_, gradients in results] + [alone.result()]
        for place, weight in enumerate(weights):
            # Summed in the order of the parts, not of their completion, so that a seed gives the same model again.
            weight.grad = sum(gradients[place] for gradients in summands if gradients[place] is not None) / places
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self.step += 1
        self.seen += sum(part.ids.numel() for part in parts)
        keep = min(AVERAGE, self.step / (self.step + 10))
        with torch.no_grad():
            for slow, fast in zip(self.averaged.parameters(), self.guide.parameters(), strict=True):
                slow.lerp_(fast, 1 - keep)
        chosen, said = torch.cat([right for _, right, _ in results], 1)
        for number, right in zip(torch.cat([part.answers for part in parts]).tolist(), said.tolist(), strict=True):
            self.right[number] += (right - self.right[number]) * 0.05
        return sum(loss for loss, _, _ in results) / places, chosen.mean().item(), said.mean().item()

    def _gradients(
        self, part: Part, weights: list[nn.Parameter], phase: Phase, length: float
    ) -> tuple[float, Tensor, tuple[Tensor | None, ...]]:
        """Loss of the tokens, which answers were chosen and said rightly, and gradients, summed over one part.

        `length` is that of an answer in tokens, on average: a choice counts for as much as its tokens.

        Two workers with one thread each keep two cores busier than one with two threads when other programs run
        beside: neither waits for the other within a step.
        """
        torch.set_num_threads(1)
        stream, before = self.guide.followed(part.ids, part.wanted)
        logits = self.guide.logits(stream)
        losses = F.cross_entropy(logits, part.targets, reduction="none")
        loss = losses.sum()
        total = loss + (phase.first - 1) * losses[part.begins].sum()
        early, gates = (stream[part.begins] for stream in before)
        total = total + phase.choice * length * self._choose(gates, part.answers)
        if phase.early:
            total = total + phase.choice * length * self._choose(self._gates(early), part.answers)
        wrong = (logits.argmax(1) != part.targets).float()
        missed = torch.zeros(len(part.answers)).index_add_(0, part.begins.cumsum(0) - 1, wrong)
        right = torch.stack((self._right(gates, part.answers), (missed == 0).float()))
        return loss.item(), right, torch.autograd.grad(total, weights, allow_unused=True)

    def _choose(self, gates: Tensor, answers: Tensor) -> Tensor:
        """The loss of opening these gates, (questions, choices), where those of these answers should be open; the sum."""
        logits = gates / SHARP
        level = logits.logsumexp(1) - OPEN
        return F.cross_entropy(logits, self.choices[answers], reduction="sum") + LEVEL * level.square().sum()

    def _right(self, gates: Tensor, answers: Tensor) -> Tensor:
        return (gates.argmax(1) == self.choices[answers]).float()

    def _gates(self, stream: Tensor) -> Tensor:
        """How far each gate would open for this stream."""
        return self.guide.choosing.ffn_gate(F.rms_norm(stream, stream.shape[-1:]))  # type: ignore[no-any-return]  # as above

    def _by_words(self, asked: Words) -> Tensor:
        """How well each answer fits the mean of the words' embeddings, as attention sees them; (questions, answers)."""
        embeddings = F.rms_norm(self.guide.token_embd.weight, (self.guide.shape.width,))
        return self._gates(F.embedding_bag(asked.ids, embeddings, asked.begins, mode="mean"))

    def _words_alone(self, asked: Words, weights: list[nn.Parameter], weight: float) -> tuple[Tensor | None, ...]:
        """Gradients of choosing the answers from the mean embedding of the questions' words, with this weight."""
        torch.set_num_threads(1)
        loss = weight * self._choose(self._by_words(asked), asked.answers)
        return torch.autograd.grad(loss, weights, allow_unused=True)

    def _save(self, checkpoint: Path) -> None:
        state = {
            "merges": self.corpus.tokenizer.merges,
            "guide": self.guide.state_dict(),
            "averaged": self.averaged.state_dict(),
            "answers": list(self.corpus.answers),
            "right": self.right,
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "rng": self.rng.getstate(),
            "torch": torch.get_rng_state(),
            "numbers": (self.step, self.seen, self.seconds, self.busy),
        }
        half = checkpoint.with_suffix(".half")
        torch.save(state, half)
        half.replace(checkpoint)

    def restore(self, state: dict[str, Any]) -> None:
        self.guide.load_state_dict(state["guide"])
        self.averaged.load_state_dict(state["averaged"])
        if state["answers"] != list(self.corpus.answers):
            raise SystemExit("The answers have changed since this checkpoint was written: train from the beginning.")
        self.right = state["right"]
        for optimizer, known in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(known)
        self.rng.setstate(state["rng"])
        torch.set_rng_state(state["torch"])
        self.step, self.seen, self.seconds, self.busy = state["numbers"]
        print(f"going on from step {self.step}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # standard output is a TextIOWrapper here
    main()
