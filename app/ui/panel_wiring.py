"""Makes the panel of sliders and wires it to the session."""

from typing import TYPE_CHECKING

from app.ui.param_panel import ParamPanel

if TYPE_CHECKING:
    from app.ui.window import Window

GROUPS = "panel.groups"


def make_panel(window: "Window") -> ParamPanel:
    """The panel as the session stands."""
    session, attempting = window.session, window.attempting
    panel = ParamPanel(session.sampling, session.layers, session.recall(GROUPS))
    panel.changed.connect(attempting(lambda name, value: session.set_sampling(**{name: value})))
    panel.dropped.connect(attempting(session.forget_for_model))
    panel.reset_asked.connect(window.actions_by_name["reset_sampling"].trigger)
    panel.keep_asked.connect(attempting(session.keep_sampling_for_model))
    panel.closed.connect(window.actions_by_name["toggle_panel"].trigger)
    panel.folded.connect(lambda names: session.remember(GROUPS, names))
    return panel
