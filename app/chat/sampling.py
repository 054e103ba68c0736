"""The layers that an answer's sampling is made of."""

from collections.abc import Mapping
from typing import Literal

from app.chat.model import ModelInUse
from app.chat.stored import checked, usable
from app.core.errors import InputError
from app.core.language import tr
from app.core.params import Sampling, Value, layered, rows
from app.store.preferences import Settings

Origin = Literal["default", "listed", "file", "model", "conversation"]
#   default: the table's          listed: Fireside's list of recommended models     file: the model's file asks for it
#   model: the user's, for every conversation with this model                       conversation: the user's, for this one


class SamplingLayers:
    """Default < what is recommended for the model, its file before the list < the user's for it < this conversation's."""

    def __init__(self, settings: Settings, model: ModelInUse) -> None:
        self._settings = settings
        self._model = model

    def sampling(self, conversation: Mapping[str, Value]) -> Sampling:
        """All layers, one over the other."""
        return layered(Sampling, *self._below().values(), usable(Sampling, conversation))

    @property
    def base(self) -> Sampling:
        """What every conversation with this model starts from."""
        return layered(Sampling, *self._below().values())

    @property
    def recommended(self) -> Sampling:
        """What it would be without the user's values."""
        return layered(Sampling, *self._recommended().values())

    @property
    def kept(self) -> bool:
        """Whether the user has values of their own for this model."""
        return bool(self._below()["model"])

    def origins(self) -> dict[str, Origin]:
        """Where each value of `base` comes from."""
        found: dict[str, Origin] = dict.fromkeys(rows(Sampling), "default")
        for origin, values in self._below().items():
            found |= dict.fromkeys(values, origin)
        return found

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
        """Remember for the model what differs from what is recommended for it.

        Raises:
            InputError: no model is loaded.
        """
        if not (key := self._model.sampling_key):
            raise InputError(tr("No model is loaded."), tr("Choose a model first."))
        recommended = self.recommended
        own = {name: getattr(sampling, name) for name in rows(Sampling)}
        self._settings.set_values(
            key, {name: value for name, value in own.items() if value != getattr(recommended, name)}
        )

    def forget_model(self, *names: str) -> None:
        """Drop the user's values for the model; all of them without names."""
        if key := self._model.sampling_key:
            stored = self._settings.values(key)
            self._settings.set_values(
                key, {name: value for name, value in stored.items() if names and name not in names}
            )

    def _recommended(self) -> dict[Origin, dict[str, Value]]:
        return {
            "listed": usable(Sampling, self._model.listed),
            "file": usable(Sampling, self._model.recommended),
        }

    def _below(self) -> dict[Origin, dict[str, Value]]:
        key = self._model.sampling_key
        stored = self._settings.values(key) if key else {}
        return self._recommended() | {"model": usable(Sampling, stored)}
