"""Below the reason why a model did not load: buttons for what would help, worked out for this computer."""

from functools import partial
from typing import TYPE_CHECKING

from app.chat.changes import FailedLoad
from app.chat.remedies import Remedy, remedies
from app.core.errors import AppError, EngineGone, LoadError
from app.core.language import tr
from app.core.network import read_network
from app.library.chores import Over

if TYPE_CHECKING:
    from app.ui.window import Window


def offer_help(window: "Window", load: FailedLoad, error: AppError) -> None:
    """Work out in a thread what would help, and offer it with the problem, if that is still shown."""
    banner, models = window.middle.banner, window.models
    others = (tr("Choose another model…"), tr("See the models on this computer."), window.opening.switcher)
    if not isinstance(error, LoadError | EngineGone):
        banner.offer(error, [others])
        return
    models.look()

    def work(_go: object) -> tuple[Remedy, ...]:
        entries = models.listing.entries or models.collection.listing().entries
        return remedies(load.path, load.loading, read_network(load.path), models.room_now(), entries)

    def show(over: Over) -> None:
        found = over.result if isinstance(over.result, tuple) else ()
        offers = [(each.label, each.told, partial(_do, window, each)) for each in found]
        banner.offer(error, [*offers, others])

    models.asides.begin(work, show)


def _do(window: "Window", remedy: Remedy) -> None:
    window.middle.banner.hide()
    window.attempt(lambda: window.session.load_model(remedy.path, **remedy.settings))
