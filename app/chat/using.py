"""The model in use, as front ends ask for it: loaded, changed for another one, and asked again with another one."""

from pathlib import Path

from app.chat.answering import Answering
from app.chat.branch import Branch
from app.chat.changes import ModelState
from app.chat.model import ModelInUse
from app.chat.stored import checked
from app.core.params import Loading, Value
from app.core.protocol import ModelInfo
from app.core.record import record


@record
class Again:
    """An answer that is to be given again when a model is ready."""

    conversation: int
    message: int
    path: Path


class Using:
    """The part of the session that is about the model; the session has the attributes."""

    _model: ModelInUse
    _answering: Answering
    _branch: Branch
    _gone_told: bool
    _again: Again | None = None

    def _require_free(self) -> None:
        raise NotImplementedError

    def regenerate(self, message_id: int | None = None) -> None:
        raise NotImplementedError

    @property
    def model_state(self) -> ModelState:
        """The model in use."""
        return self._model.state

    @property
    def loading(self) -> Loading:
        """How the model's file is loaded."""
        return self._model.loading

    def load_model(self, path: Path | None = None, **loading: Value) -> None:
        """Load a file; None is the one used last, else the built-in one. Settings are remembered for the file."""
        loading = checked(Loading, loading)  # before anything stops
        self._gone_told = False
        self._answering.give_way()
        self._model.load(path, loading)

    def reload_model(self) -> None:
        """Load the model in use anew, also where nothing about it changed."""
        self._gone_told = False
        self._answering.give_way()
        self._model.load(anew=True)

    @property
    def kept_models(self) -> tuple[ModelInfo, ...]:
        """The models that are loaded beside the one in use: they open at once."""
        return self._model.kept

    def unload_model(self) -> None:
        """Free the memory that the model takes."""
        self._answering.abandon()
        self._model.unload()

    def cancel_loading(self) -> None:
        """Stop loading; an answer that waits for the model is stopped too."""
        if self._answering.waiting:
            self._answering.stop()
        self._model.cancel()

    def set_loading(self, **values: Value) -> None:
        """Change how this file is loaded; remembered for it, and the model is loaded again."""
        values = checked(Loading, values)  # before anything stops
        self._answering.give_way()
        self._model.set_loading(values)

    def template_of(self, path: Path | None = None) -> str:
        """What the user wrote in the place of a file's chat template, or of the model's in use; "" where nothing."""
        return self._model.template if path is None else self._model.template_of(path)

    def set_template(self, template: str, path: Path | None = None) -> None:
        """Speak to a file, or the model in use, by another chat template, "" for its own; it is loaded again if it is."""
        if path in (None, self.model_state.path):
            self._answering.give_way()
        self._model.set_template(template, path)

    # ── another model for one answer ──────────────────────────────────────────────────────────────────

    def regenerate_with(self, path: Path, message_id: int | None = None) -> None:
        """Answer again with another model, which stays in use. If it does not load, nothing has changed.

        Raises:
            InputError: an answer is being written, or the message is gone.
        """
        self._require_free()
        message = self._branch.message(message_id)
        if self._model.ready and self.model_state.path == path:
            self.regenerate(message.id)
            return
        self.load_model(path)
        self._again = Again(self._branch.conversation.id, message.id, path)

    def _ask_again(self) -> None:
        """The state of the model changed: answer with it what waits for it, or not any more."""
        again, state = self._again, self._model.state
        if again is None or (state.state == "loading" and state.path == again.path):
            return
        self._again = None
        here = again.conversation == self._branch.conversation.id and again.message in self._branch.tree
        if state.state == "ready" and state.path == again.path and here and self._answering.message is None:
            self.regenerate(again.message)
