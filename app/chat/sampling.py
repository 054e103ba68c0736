"""The layers that an answer's sampling is made of."""

from collections.abc import Mapping

from app.chat.model import ModelInUse
from app.chat.stored import checked, usable
from app.core.errors import InputError
from app.core.language import tr
from app.core.params import Sampling, Value, layered, rows
from app.store.preferences import Settings


class SamplingLayers:
    """Default < the model's recommended values < the user's for this model < this conversation's."""

    def __init__(self, settings: Settings, model: ModelInUse) -> None:
        self._settings = settings
        self._model = model

    def sampling(self, conversation: Mapping[str, Value]) -> Sampling:
        """All layers, one over the other."""
        return layered(Sampling, *self._below(), usable(Sampling, conversation))

    @property
    def base(self) -> Sampling:
        """What every conversation with this model starts from."""
        return layered(Sampling, *self._below())

    @property
    def kept(self) -> bool:
        """Whether the user has values of their own for this model."""
        return bool(self._below()[1])

    def with_values(self, conversation: Mapping[str, Value], values: Mapping[str, Value]) -> dict[str, Value]:
        """The conversation's layer with values set; those that the layers below have anyway are dropped.

        Raises:
            InputError: a value does not fit its row.
        """
        below = self.base
        result = dict(conversation)
        for name, value in checked(Sampling, values).items():
            if value == getattr(below, name):
                result.pop(name, None)
            else:
                result[name] = value
        return result

    def keep_for_model(self, sampling: Sampling) -> None:
        """Remember for the model what differs from what its file recommends.

        Raises:
            InputError: no model is loaded.
        """
        if not (key := self._model.sampling_key):
            raise InputError(tr("No model is loaded."), tr("Choose a model first."))
        recommended = layered(Sampling, usable(Sampling, self._model.recommended))
        own = {name: getattr(sampling, name) for name in rows(Sampling)}
        self._settings.set_values(
            key, {name: value for name, value in own.items() if value != getattr(recommended, name)}
        )

    def forget_model(self) -> None:
        """Drop the user's values for the model."""
        if key := self._model.sampling_key:
            self._settings.set_values(key, {})

    def _below(self) -> tuple[dict[str, Value], dict[str, Value]]:
        key = self._model.sampling_key
        stored = self._settings.values(key) if key else {}
        return usable(Sampling, self._model.recommended), usable(Sampling, stored)
