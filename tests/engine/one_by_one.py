"""The plain way, for comparison: one sequence, one token after the other, numpy for the rest.

Nothing of the application's decoding is used but the model file's loading and its vocabulary.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.core.params import Sampling
from app.engine.llama.library import api
from app.engine.llama.model import Model

Logits = "np.ndarray[tuple[int], np.dtype[np.float64]]"


def log_softmax(logits: Logits) -> Logits:
    shifted = logits - logits.max()
    return shifted - math.log(np.exp(shifted).sum())


class OneByOne:
    """A llama.cpp context with one sequence, float32 throughout so that rounding decides nothing."""

    def __init__(self, model: Model, length: int = 1024) -> None:
        self.model = model
        self.vocabulary = model.vocabulary
        params = api.llama_context_default_params()
        params.n_ctx = params.n_batch = length
        params.n_seq_max = 1
        params.n_threads = params.n_threads_batch = 1
        params.type_k = params.type_v = 0  # ggml.h: GGML_TYPE_F32
        params.flash_attn_type = api.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self._held: list[int] = []
        self._context = api.llama_init_from_model(model.pointer, params)
        self._known: dict[tuple[int, ...], Logits] = {}

    def free(self) -> None:
        api.llama_free(self._context)

    def logits(self, tokens: list[int]) -> Logits:
        """After all of these tokens: float64 (vocabulary,)."""
        key = tuple(tokens)
        if key not in self._known:
            same = 0
            while same < min(len(tokens) - 1, len(self._held)) and tokens[same] == self._held[same]:
                same += 1
            api.llama_memory_seq_rm(api.llama_get_memory(self._context), 0, same, -1)
            for token in tokens[same:]:
                buffer = (api.llama_token * 1)(token)
                assert api.llama_decode(self._context, api.llama_batch_get_one(buffer, 1)) == 0
            self._held = list(tokens)
            found = np.ctypeslib.as_array(api.llama_get_logits_ith(self._context, -1), (self.vocabulary.size,))
            self._known[key] = found.astype(np.float64)
        return self._known[key].copy()

    def text(self, tokens: tuple[int, ...]) -> str:
        return b"".join(self.vocabulary.piece(token) for token in tokens).decode("utf-8", "replace")


@dataclass(frozen=True)
class Answer:
    """A whole answer; `tokens` include one that ended it."""

    tokens: tuple[int, ...]
    logprob: float
    text: str

    def score(self, penalty: float) -> float:
        return self.logprob / len(self.tokens) ** penalty


def every_answer(plain: OneByOne, prompt: list[int], longest: int) -> list[Answer]:
    """All answers that end by themselves within so many tokens or are cut there."""
    answers = []
    open_ones: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    for length in range(1, longest + 1):
        following = []
        for tokens, logprob in open_ones:
            each = log_softmax(plain.logits([*prompt, *tokens]))
            for token in range(plain.vocabulary.size):
                grown = (*tokens, token), logprob + each[token]
                if plain.vocabulary.ends(token):
                    answers.append(Answer(*grown, plain.text(tokens)))
                elif length == longest:
                    answers.append(Answer(*grown, plain.text(grown[0])))
                else:
                    following.append(grown)
        open_ones = following
    return answers


def best_texts(answers: list[Answer], penalty: float, count: int) -> list[tuple[str, float]]:
    """The texts of the best answers with their scores, a text that is written in several ways but once."""
    scores: dict[str, float] = {}
    for answer in best_answers(answers, penalty, count):
        scores.setdefault(answer.text, answer.score(penalty))
    return list(scores.items())


def best_answers(answers: list[Answer], penalty: float, count: int) -> list[Answer]:
    return sorted(answers, key=lambda answer: -answer.score(penalty))[:count]


def penalized(logits: Logits, seen: list[int], sampling: Sampling) -> Logits:
    """Repeat, frequency and presence penalty over a window (Keskar et al. 2019; OpenAI's definition of the others)."""
    window = seen[-sampling.repeat_last_n :] if sampling.repeat_last_n else []
    result = logits.copy()
    for token in set(window):
        result[token] = (
            result[token] / sampling.repeat_penalty if result[token] > 0 else result[token] * sampling.repeat_penalty
        )
        result[token] -= window.count(token) * sampling.frequency_penalty + sampling.presence_penalty
    return result


def beam_search(
    plain: OneByOne,
    prompt: list[int],
    sampling: Sampling,
    *,
    fits: Callable[[str, bytes | None], bool] | None = None,
    bias: dict[int, float] | None = None,
) -> list[tuple[str, float]]:
    """Beam search as it is written in textbooks; `fits(text, piece)` stands for a grammar (piece None: the end)."""
    width, penalty = sampling.beam_width, sampling.length_penalty
    beams: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    done: list[Answer] = []
    for length in range(1, sampling.max_tokens + 1):
        options = []
        for tokens, logprob in beams:
            logits = plain.logits([*prompt, *tokens])
            for token, value in (bias or {}).items():
                logits[token] += value
            each = log_softmax(penalized(logits, [*prompt, *tokens], sampling))
            found = 0
            for token in np.argsort(-each, kind="stable").tolist():
                if each[token] == -math.inf or found == 2 * width:  # no more of one beam can be among the best
                    break
                end = plain.vocabulary.ends(token)
                piece = None if end else plain.vocabulary.piece(token)
                if fits is None or fits(plain.text(tokens), piece):
                    options.append((logprob + each[token], (*tokens, token), end))
                    found += 1
        options.sort(key=lambda option: -option[0])
        beams = []
        for rank, (logprob, tokens, end) in enumerate(options[: 2 * width]):
            text = plain.text(tokens)
            places = [text.find(stop) for stop in sampling.stop if stop in text]
            if end or places or length == sampling.max_tokens:
                if rank < width:
                    done.append(Answer(tokens, logprob, text[: min(places)] if places else text))
            elif len(beams) < width:
                beams.append((tokens, logprob))
        best = best_answers(done, penalty, width)
        if not beams:
            break
        if len(best) == width:
            longest = length if sampling.early_stopping or not penalty else sampling.max_tokens
            to_beat = best[0] if sampling.early_stopping else best[-1]
            if max(total for _, total in beams) / longest**penalty <= to_beat.score(penalty):
                break
    return best_texts(done, penalty, width)


def in_float32(source: Path, target: Path) -> Path:
    """The same model with its weights written out."""
    params = api.llama_model_quantize_default_params()
    params.ftype = 0  # llama.h: LLAMA_FTYPE_ALL_F32
    params.allow_requantize = True
    params.nthread = 1
    assert api.llama_model_quantize(str(source).encode(), str(target).encode(), api.ctypes.byref(params)) == 0
    return target
