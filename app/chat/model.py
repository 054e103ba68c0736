"""The model in use: loading, unloading, and the settings that belong to its file."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from app.chat.changes import FailedLoad, ModelState
from app.chat.stored import checked, stored_table
from app.core.errors import AppError, TemplateError, sentences
from app.core.language import tr
from app.core.params import Loading, Value, changed, layered
from app.core.protocol import Done, Event, Failed, Gone, Loaded, LoadProgress, ModelInfo, Unloaded
from app.engine.base import Engine
from app.store.database import Database

LAST = "model.last"
CATALOG = "catalog.toml"  # beside the built-in model
NO_SETTINGS: Mapping[str, Value] = {}


class ModelInUse:
    """One model at a time. `changed` is called after every change of `state`."""

    def __init__(self, store: Database, engine: Engine, built_in: Path, changed: Callable[[], None]) -> None:
        self._store = store
        self._engine = engine
        self._built_in = built_in
        self._changed = changed
        self._request: int | None = None
        self._loading = Loading()  # of the request, then of the model in use
        self.failed: FailedLoad | None = None  # the last load that did
        self._listed: Mapping[str, Value] = NO_SETTINGS
        self._earlier: tuple[ModelState, Loading] | None = None  # what stays in use or comes back if the load fails
        self._names: dict[Path | None, str] = {}  # of the models that were loaded
        self.state = ModelState("none", self._last())

    @property
    def ready(self) -> bool:
        """Whether it can answer at once."""
        return self.state.state == "ready"

    @property
    def recommended(self) -> Mapping[str, Value]:
        """The sampling that the model's file asks for."""
        return self.state.model.recommended if self.state.model else {}

    @property
    def listed(self) -> Mapping[str, Value]:
        """The sampling that Fireside's list of models recommends for it."""
        return self._listed if self.state.model else {}

    @property
    def sampling_key(self) -> str:
        """Under which name the user's sampling for this model is remembered; empty without a model."""
        model = self.state.model
        return f"sampling:{model.digest or model.path}" if model else ""

    # ── loading ───────────────────────────────────────────────────────────────────────────────────────

    def load(
        self, path: Path | None = None, settings: Mapping[str, Value] = NO_SETTINGS, *, anew: bool = False
    ) -> None:
        """Load a file; None is the file of this state, or the one used last, or the built-in one.

        Settings are laid over those that are remembered for the file, and remembered too. What the engine has loaded
        like this already is read `anew` only where that is asked for.
        """
        path = path or self.state.path or self._last()
        loading = self._remember(path, settings) if settings else self._loading_of(path)
        self.cancel()  # one that is on its way
        if self.ready:
            self._earlier = self.state, self._loading
        self._begin(path, loading, anew)

    def _begin(self, path: Path, loading: Loading, anew: bool = False) -> None:
        self._set(ModelState("loading", path))
        self._loading = loading
        self._request = self._engine.load(path, loading, self.template_of(path), anew=anew)

    @property
    def kept(self) -> tuple[ModelInfo, ...]:
        """The models that are loaded beside the one in use, the one used last first."""
        return self._engine.kept

    def keep(self, models: int, minutes: int) -> None:
        """How many models may be loaded at once, and how long one that is not in use; 0 minutes: as long as it can."""
        self._engine.keep(models, 60.0 * minutes)

    def unload(self) -> None:
        """Free the memory; a load on its way is cancelled."""
        self.cancel()
        self._request = self._earlier = None
        self._engine.unload()
        self._set(ModelState("none", self.state.path))

    def cancel(self) -> None:
        """Stop loading."""
        if self.state.state == "loading" and self._request is not None:
            self._engine.stop(self._request)

    def handle(self, event: Event) -> bool:
        """Take in an event; False when it is about something else."""
        if isinstance(event, Gone):
            if self._request is None and self.state.state != "none":  # a request that is open now came after the end
                self._earlier = None
                self._set(ModelState("failed", self.state.path, error=event.error))
            return True
        if isinstance(event, Loaded) and self._request is None and self.state.state != "loading":
            return self._loaded(event)  # the engine brought a lost model back by itself
        if event.id != self._request:
            if isinstance(event, Loaded):  # came too late, but it is the one that is loaded now
                self._earlier = _ready(event), self._loading_of(event.model.path)
            return isinstance(event, LoadProgress | Loaded | Unloaded)  # of a request that was given up
        match event:
            case LoadProgress():
                if int(event.fraction * 100) != int(self.state.fraction * 100):
                    self._set(ModelState("loading", self.state.path, event.fraction))
            case Loaded():
                self._loaded(event)
            case Failed():
                self._request = None
                self.failed = FailedLoad(self.state.path, self._loading) if self.state.path else None
                if self._earlier is None:
                    self._set(ModelState("failed", self.state.path, error=event.error))
                else:
                    self._go_back(*self._earlier, event.loaded)
            case Done():  # cancelled
                self._request = None
                if self._earlier is None:
                    self._set(ModelState("none", self.state.path))
                else:
                    self._go_back(*self._earlier, loaded=False)
            case _:
                return False
        return True

    def _go_back(self, earlier: ModelState, loading: Loading, loaded: bool) -> None:
        """To the model that the failed one was to replace, loaded again if it must be; what did not work is forgotten."""
        assert earlier.path is not None
        self._earlier = None
        if earlier.path == self.state.path:
            self._store.preferences.set_values(f"loading:{earlier.path}", changed(loading))
        if loaded:
            self._loading = loading
            self._set(earlier)
        else:
            self._begin(earlier.path, loading)

    def explained(self, error: AppError) -> AppError:
        """What is told of a failed load: that the earlier model comes back, where it does."""
        if self.state.state != "loading":
            return error
        back = tr("Meanwhile the earlier model is loaded again.")
        return type(error)(error.message, sentences(error.hint, back), error.detail)

    def _loaded(self, event: Loaded) -> bool:
        self._request = self._earlier = None
        try:
            self._store.preferences.set_text(LAST, str(event.model.path))
        finally:
            self._set(_ready(event))
        return True

    def _set(self, state: ModelState) -> None:
        if state.model is not None and state.model != self.state.model:
            self._listed = {} if state.path == self._built_in else self._listed_for(state.model)
            self._names[state.model.path] = state.model.name
        self.state = replace(state, name=self._names.get(state.path, ""))
        self._changed()

    def _listed_for(self, model: ModelInfo) -> Mapping[str, Value]:
        from app.chat.recommended import listed_sampling  # the first paint does not wait for it

        return listed_sampling(self._built_in.with_name(CATALOG), model)

    def _last(self) -> Path:
        last = self._store.preferences.text(LAST)
        return Path(last) if last and Path(last).is_file() else self._built_in

    # ── settings of this file ─────────────────────────────────────────────────────────────────────────

    @property
    def loading(self) -> Loading:
        """How this model's file is loaded."""
        return self._loading_of(self.state.path or self._last())

    def set_loading(self, settings: Mapping[str, Value]) -> None:
        """Remember settings for this file, and load it again if it is loaded.

        Raises:
            InputError: a value does not fit its row.
        """
        path = self.state.path or self._last()
        self._remember(path, settings)
        if self.state.state in ("ready", "loading"):
            self.load(path)

    @property
    def template(self) -> str:
        """What the user wrote in the place of the file's own chat template; "" where nothing."""
        return self.template_of(self.state.path or self._last())

    def set_template(self, template: str, path: Path | None = None) -> None:
        """Remember a chat template for a file, "" for its own again, and load the file again if it is loaded."""
        path = path or self.state.path or self._last()
        if template == self.template_of(path):
            return
        self._store.preferences.set_text(f"template:{path}", template)
        if path == self.state.path and self.state.state in ("ready", "loading"):
            self.load(path)

    def template_of(self, path: Path) -> str:
        """The same of any file."""
        return self._store.preferences.text(f"template:{path}")

    def _loading_of(self, path: Path) -> Loading:
        return stored_table(Loading, self._store.preferences, f"loading:{path}")

    def _remember(self, path: Path, settings: Mapping[str, Value]) -> Loading:
        loading = layered(Loading, changed(self._loading_of(path)), checked(Loading, settings))
        self._store.preferences.set_values(f"loading:{path}", changed(loading))
        return loading


def template_notice(model: ModelInfo) -> AppError | None:
    """What to know about a model that is not spoken to in its own format; None where all is well."""
    if model.template_source in ("", "file"):
        return None
    if model.template_problem:
        message = tr("This model's chat template cannot be used; the {family} template takes its place.")
    else:
        message = tr("This file has no chat template; the {family} template takes its place.")
    message = message.format(family=model.template_source)
    hint = tr("If the answers are odd, choose another file of this model, one made for chat.")
    return TemplateError(message, hint, model.template_problem)


def _ready(event: Loaded) -> ModelState:
    return ModelState("ready", event.model.path, 1.0, event.model)
