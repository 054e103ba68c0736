"""Output that follows a grammar: llama.cpp's grammar at one place of an answer."""

import math
from typing import Any

from app.core.errors import InputError
from app.core.language import tr
from app.core.params import Sampling
from app.engine.llama.gbnf import ROOT, check
from app.engine.llama.library import api
from app.engine.llama.vocabulary import Vocabulary, encoded


class Grammar:
    """Knows which tokens may come next. `free` it; a `copy` goes its own way.

    llama.cpp ends the process when a grammar is given a token that it does not allow: ask before `accept`.
    """

    def __init__(self, pointer: Any, vocabulary: Vocabulary, names_tokens: bool) -> None:
        """`names_tokens`: it may ask for control tokens, which otherwise never fit: nobody would see them."""
        self._pointer = pointer
        self._vocabulary = vocabulary
        self._names_tokens = names_tokens
        self._one = api.llama_token_data()
        self._mask: Any = None
        self._array = api.llama_token_data_array(api.ctypes.pointer(self._one), 1, -1, False)

    @classmethod
    def of(cls, sampling: Sampling, vocabulary: Vocabulary) -> "Grammar | None":
        """What the rows `grammar` or `json_schema` ask for; None where both are empty.

        Raises:
            InputError: neither can be used; the sentence names the line and the reason.
        """
        schema, text = sampling.json_schema.strip(), sampling.grammar
        if schema and text.strip():
            raise InputError(
                tr("An answer cannot follow a JSON schema and a grammar at once."),
                tr("Empty one of the two in the sampling settings."),
            )
        if schema:
            from app.engine.llama.json_schema import to_gbnf

            text = to_gbnf(sampling.json_schema)
        if not text.strip():
            return None
        names_tokens = check(text)
        pointer = api.llama_sampler_init_grammar(vocabulary.pointer, encoded(text), ROOT.encode())
        if not pointer:
            raise InputError(
                tr("The model cannot use this grammar."),
                tr("Use texts in place of tokens in it: a token that is named must be one of this model."),
            )
        return cls(pointer, vocabulary, names_tokens)

    def allows(self, token: int) -> bool:
        if token < 0 or self._hidden(token):
            return False
        self._one.id, self._one.logit = token, 1.0
        api.llama_sampler_apply(self._pointer, api.ctypes.byref(self._array))
        return bool(self._one.logit > 0)

    def _hidden(self, token: int) -> bool:
        vocabulary = self._vocabulary
        return not self._names_tokens and vocabulary.is_control(token) and not vocabulary.ends(token)

    def refuse(self, candidates: Any) -> None:
        """Set the logits of those `Candidates` to -inf that do not fit."""
        candidates.apply(self._pointer)
        if not self._names_tokens:
            left = candidates.left
            left["logit"][self._hidden_ones()[left["id"]]] = -math.inf

    def _hidden_ones(self) -> Any:
        """bool (vocabulary,)"""
        if self._mask is None:
            import numpy

            vocabulary = self._vocabulary
            self._mask = numpy.zeros(vocabulary.size, bool)
            self._mask[[token for token in vocabulary.control_tokens if not vocabulary.ends(token)]] = True
        return self._mask

    def accept(self, token: int) -> None:
        """The answer goes on with this token, which `allows` or `refuse` has let pass."""
        if not self._vocabulary.ends(token):
            api.llama_sampler_accept(self._pointer, token)

    def begin(self, text: str) -> None:
        """The answer already begins with this text.

        Raises:
            InputError: it does not follow the grammar.
        """
        for token in self._spelled(text):
            if not self.allows(token):
                raise InputError(
                    tr("The beginning of the answer does not follow the grammar."),
                    tr("Generate it anew, or empty the grammar in the sampling settings."),
                )
            self.accept(token)

    def _spelled(self, text: str) -> list[int]:
        """Tokens that make exactly this text; some vocabularies put a space before the first one."""
        vocabulary, data = self._vocabulary, encoded(text)
        tokens = vocabulary.tokenize(text, special=False)
        if b"".join(map(vocabulary.piece, tokens)) == data:
            return tokens
        single = {vocabulary.piece(token): token for token in range(vocabulary.size)}
        tokens = []
        for character in data.decode():
            whole = character.encode()
            tokens += [single[whole]] if whole in single else [single.get(bytes([byte]), -1) for byte in whole]
        return tokens

    def copy(self) -> "Grammar":
        other = Grammar(api.llama_sampler_clone(self._pointer), self._vocabulary, self._names_tokens)
        other._mask = self._mask
        return other

    def free(self) -> None:
        if self._pointer:
            api.llama_sampler_free(self._pointer)
            self._pointer = None
