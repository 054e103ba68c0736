"""Opens the switcher: for the model to use from now on, or to give an answer again with."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.chat.changes import ModelsListed, ModelState
from app.chat.switching import choices
from app.core.language import tr
from app.core.paths import bundled
from app.ui.commands import BUILT_IN
from app.ui.switcher import Switcher

if TYPE_CHECKING:
    from app.ui.window import Window

FOOT = (
    ("chip", "models"),
    ("fireside", "built_in_model"),
    ("folder", "open_model"),
    ("settings", "loading_settings"),
    ("refresh", "reload_model"),
    ("eject", "unload_model"),
)  # icon and command


def open_switcher(window: "Window", message_id: int | None = None, *, again: bool = False) -> Switcher:
    """Open it; with `again` the chosen model answers the message (the last one without its id) once more."""
    asks = tr("Answer again with which model?") if again else tr("Type a part of a model's name")
    actions = [] if again else [(icon, window.actions_by_name[name]) for icon, name in FOOT]
    switcher = Switcher(asks, window.middle.top.model, actions, window)
    show = partial(_show, window, switcher)
    follow: Callable[[Any], None] = lambda change: (  # noqa: E731  # to be disconnected
        show() if isinstance(change, ModelsListed | ModelState) else None
    )
    window.bridge.changed.connect(follow)
    switcher.closed.connect(lambda: window.bridge.changed.disconnect(follow))
    switcher.closed.connect(lambda: switcher.give_back(window.opening.give_keyboard))
    switcher.chosen.connect(lambda _path: window.opening.give_keyboard())  # where one goes on writing
    use = (lambda path: window.session.regenerate_with(path, message_id)) if again else partial(_use, window)
    switcher.chosen.connect(window.attempting(use))
    switcher.cancel_asked.connect(window.attempting(window.session.cancel_loading))
    switcher.more_asked.connect(window.attempting(partial(_find_more, window)))
    show()
    window.models.look()
    return switcher


def _show(window: "Window", switcher: Switcher) -> None:
    session = window.session
    recent = [Path(name) for name in window.changes.recent_models()]
    kept = [model.path for model in session.kept_models]
    switcher.show_choices(choices(window.models, session.model_state, kept, recent, bundled(BUILT_IN)))


def _use(window: "Window", path: Path) -> None:
    """With this model from now on; what is in use already stays as it is."""
    if window.opening.desk is not None:
        window.opening.desk.leave()
    state = window.session.model_state
    if state.path != path or state.state not in ("ready", "loading"):
        window.session.load_model(path)


def _find_more(window: "Window", words: str) -> None:
    """Go on looking at the Hub for what was typed."""
    desk = window.opening.models("find")
    if words:
        desk.hub.find.look_for(words)
