"""The window's side of the process that sets formulas: started with the first one, ended when there is no more to do."""

from collections.abc import Callable

from app.typeset.formula import Formula, Key
from app.typeset.helper import Helper
from app.typeset.worker import run

PATIENCE = 20.0  # seconds that the process has for one formula, however busy the machine is
IDLE = 45.0  # after so many seconds without a formula it ends


class Typesetter(Helper[Key]):
    """Takes formulas and tells, on a thread of its own, what became of each.

    Args:
        deliver: called for each formula, on another thread; None for one that cannot be set.
        patience: seconds for a formula.
        idle: seconds until the process ends.
    """

    def __init__(
        self, deliver: Callable[[Key, Formula | None], None], patience: float = PATIENCE, idle: float = IDLE
    ) -> None:
        def tell(key: Key, answer: object) -> None:
            deliver(key, answer if isinstance(answer, Formula) else None)

        super().__init__("typesetter", run, tell, patience, idle)
