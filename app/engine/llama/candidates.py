"""The tokens that may come next, as llama.cpp's samplers take and change them, readable from Python."""

from typing import Any

import numpy  # this module is imported only where token by token is looked at: plain sampling does without

from app.engine.llama.library import api

TOKEN_DATA = numpy.dtype([("id", "i4"), ("logit", "f4"), ("p", "f4")])  # llama.h, struct llama_token_data


class Candidates:
    """A llama_token_data_array over one buffer, filled anew for each token."""

    def __init__(self, size: int) -> None:
        self._ids = numpy.arange(size, dtype="i4")
        self._data = numpy.empty(size, TOKEN_DATA)
        self._base: int = self._data.ctypes.data
        self._pointer = api.ctypes.cast(self._base, api.ctypes.POINTER(api.llama_token_data))
        self._array = api.llama_token_data_array()

    def fill(self, logits: Any) -> None:
        """All tokens in order; `logits` are float32 (vocabulary,)."""
        self._data["id"] = self._ids
        self._data["logit"] = logits
        self._begin(len(self._data))

    def put(self, tokens: Any, logits: Any = 0.0) -> None:
        """These tokens, in this order."""
        self._data["id"][: len(tokens)] = tokens
        self._data["logit"][: len(tokens)] = logits
        self._begin(len(tokens))

    def _begin(self, size: int) -> None:
        self._array.data = self._pointer
        self._array.size = size
        self._array.selected = -1
        self._array.sorted = False

    def apply(self, sampler: Any) -> None:
        api.llama_sampler_apply(sampler, api.ctypes.byref(self._array))

    @property
    def left(self) -> Any:
        """Those that the samplers left: a view with the fields id, logit and p."""
        # Samplers shorten the array at its end, and XTC at its beginning.
        first = (api.ctypes.addressof(self._array.data.contents) - self._base) // TOKEN_DATA.itemsize
        return self._data[first : first + self._array.size]

    @property
    def possible(self) -> Any:
        """Which of those left have not been refused: bool (left,)."""
        return self.left["logit"] > -numpy.inf

    def drop_refused(self) -> int:
        """Take out those that were refused, which not every sampler expects; returns how many are left."""
        possible = self.possible
        count = int(numpy.count_nonzero(possible))
        if count < len(possible):
            left = self.left[possible]
            self._data[:count] = left
            self._begin(count)
        return count

    @property
    def picked(self) -> int:
        """The token that the last sampler of a chain picked."""
        return int(self.left["id"][self._array.selected])
