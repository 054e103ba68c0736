"""What the user set for one model: how it is loaded, what its answers start with, how it is spoken to."""

from dataclasses import dataclass
from pathlib import Path

from app.chat.stored import stored_table, usable
from app.core.language import tr
from app.core.params import Loading, Sampling, Value, changed, rows, shown
from app.store.preferences import Settings

Fact = tuple[str, str]  # a label, and the value as a person reads it


@dataclass(slots=True)
class OwnSettings:
    """Of one file, as they are kept; nothing where the user set nothing.

    `digest` identifies its content, by which the sampling is kept.
    """

    settings: Settings
    path: Path
    digest: str

    @property
    def loading(self) -> Loading:
        """How it is loaded."""
        return stored_table(Loading, self.settings, self._loading_key)

    @property
    def sampling(self) -> dict[str, Value]:
        """What every conversation with it starts with."""
        return usable(Sampling, self.settings.values(self._sampling_key))

    @property
    def has_template(self) -> bool:
        """Whether it is spoken to by a template of the user's."""
        return bool(self.settings.text(f"template:{self.path}"))

    def facts(self) -> list[Fact]:
        """All of them, told."""
        loading, sampling = rows(Loading), rows(Sampling)
        told = [(tr(loading[name].label), shown(loading[name], value)) for name, value in changed(self.loading).items()]
        told += [(tr(sampling[name].label), shown(sampling[name], value)) for name, value in self.sampling.items()]
        return told + ([(tr("Chat template"), tr("your own"))] if self.has_template else [])

    def keep_loading(self, values: dict[str, Value]) -> None:
        """Remember how it is to be loaded, from the next time on."""
        self.settings.set_values(self._loading_key, changed(self.loading) | values)
        self.settings.set_values(self._loading_key, changed(self.loading))  # what is the default is not kept

    def forget(self) -> None:
        """Take back how it is loaded and what its answers start with; a template has its own dialog."""
        self.settings.set_values(self._loading_key, {})
        self.settings.set_values(self._sampling_key, {})

    @property
    def _loading_key(self) -> str:
        return f"loading:{self.path}"

    @property
    def _sampling_key(self) -> str:
        return f"sampling:{self.digest or self.path}"
