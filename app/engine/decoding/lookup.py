"""Prompt lookup: guesses the next tokens from what the text has said before, so that one batch verifies several.

Where the last three tokens have stood in this order before, what followed then may follow again. Verifying a guess
costs time, on a processor nearly as much as writing it: so a guess is made only where the measured times of batches
and the measured reliability of such guesses promise a gain. The reliability is learned for free: every token that is
written anyway tells whether the guess would have been right.
"""

from bisect import bisect_left

NGRAM = 3  # tokens that must agree
SIZES = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)  # tokens of a batch: the one that is certain, and the guesses
LEAST_GAIN = 1.05
LEAST_CHANCE = 0.1  # of the last guess; beyond, further ones are in vain
STALE = 512  # steps after which a measurement is made anew
SMOOTHING = 0.2
# How reliable a guess is after a match of so many tokens, before anything is known: up to 3, 7, 15, 31, more.
PRIOR = (0.3, 0.3, 0.3, 0.6, 0.8, 0.9, 0.95)
PRIOR_WEIGHT = 4.0  # as many observed tokens


class StepCosts:
    """Running estimates of how long a batch with so many tokens takes, all of them with logits, in seconds."""

    def __init__(self) -> None:
        self.prompt_token = 0.0  # of a large batch; what is not known yet is hoped to be as good
        self._seconds: dict[int, tuple[float, int]] = {}  # and when they were measured
        self._sizes: list[int] = []
        self._steps = 0

    def note(self, tokens: int, seconds: float) -> None:
        """A batch took so long."""
        self._steps += 1
        known = self._seconds.get(tokens)
        if known is None:
            self._sizes.insert(bisect_left(self._sizes, tokens), tokens)
        else:
            seconds = known[0] + SMOOTHING * (seconds - known[0])
        self._seconds[tokens] = (seconds, self._steps)

    def __call__(self, tokens: int) -> float:
        """What is to be expected; 0 where nothing is known."""
        place = bisect_left(self._sizes, tokens)
        if place < len(self._sizes) and self._sizes[place] == tokens:
            seconds, step = self._seconds[tokens]
            if tokens == 1 or self._steps - step < STALE:
                return seconds
            del self._seconds[tokens], self._sizes[place]
        if not place:
            return 0.0
        below = self._sizes[place - 1]
        seconds = self._seconds[below][0]
        return seconds + (tokens - below) * self._slope(place, below, seconds)

    def _slope(self, place: int, below: int, seconds: float) -> float:
        """Seconds for each token more than `below`."""
        if place == len(self._sizes):
            return self.prompt_token
        above = self._sizes[place]
        return max(0.0, self._seconds[above][0] - seconds) / (above - below)


class Lookup:
    """What an answer has said and read so far, and what it may say next."""

    def __init__(self, tokens: list[int]) -> None:
        self._tokens = list(tokens)
        followed = tokens[:-1]
        # where a row of tokens was followed by what; the newest place counts
        self._places = {
            ngram: at for at, ngram in enumerate(zip(followed, followed[1:], followed[2:], strict=False), NGRAM)
        }
        self._at = -1  # what may follow: the token at this place
        self._matched = 0  # so many tokens before it agree with the newest ones
        self._right = [PRIOR_WEIGHT * share for share in PRIOR]
        self._seen = [PRIOR_WEIGHT] * len(PRIOR)

    def add(self, token: int) -> None:
        """The answer goes on with this token."""
        tokens = self._tokens
        if self._at >= 0:
            kind = _kind(self._matched)
            self._seen[kind] += 1
            if tokens[self._at] == token:
                self._right[kind] += 1
                self._at += 1
                self._matched += 1
            else:
                self._at = -1
        if len(tokens) >= NGRAM:
            self._places[tokens[-3], tokens[-2], tokens[-1]] = len(tokens)
        tokens.append(token)
        if self._at < 0 and len(tokens) >= NGRAM:
            self._at = self._places.get((tokens[-3], tokens[-2], token), -1)
            self._matched = NGRAM

    def draft(self, costs: StepCosts, room: int) -> list[int]:
        """The guesses that are worth verifying behind the newest token, at most `room`; mostly none."""
        if self._at < 0:
            return []
        alone = costs(1)
        chance = expected = 1.0
        best, most = 0, LEAST_GAIN
        room = min(room, len(self._tokens) - self._at, SIZES[-1] - 1)
        for number in range(1, room + 1):
            kind = _kind(self._matched + number - 1)
            chance *= self._right[kind] / self._seen[kind]
            expected += chance
            if chance < LEAST_CHANCE:
                break
            if number + 1 in SIZES:
                cost = costs(number + 1)
                if cost and expected * alone / cost > most:
                    best, most = number, expected * alone / cost
        return self._tokens[self._at : self._at + best]


def _kind(matched: int) -> int:
    return min(matched.bit_length(), len(PRIOR) - 1)
