"""The Engine protocol: what the chat asks of whatever answers, be it a process beside us or a scripted test."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from app.core.params import Loading, Sampling
from app.core.protocol import Event, ModelInfo, Turn

Deliver = Callable[[Event], None]


class Engine(Protocol):
    """Every method returns at once; events follow through the `deliver` function that the engine was made with.

    A request's id is returned before its first event is delivered to another thread's queue; a request ends with
    exactly one of Loaded, Unloaded, Counted, Examined, Parked, Forgotten, Done or Failed (core/protocol).
    """

    def load(self, path: Path, loading: Loading = Loading(), template: str = "", *, anew: bool = False) -> int:
        """Let a model be the one in use. A stopped load ends with Done("stopped"), and no model is in use.

        A chat template may take the place of the file's own. What is loaded exactly like this is read `anew` only
        where that is asked for. Failed(loaded=True) says that the model before is in use as it was.
        """

    def keep(self, models: int, seconds: float) -> None:
        """How many models may be loaded at once, and how long one that is not in use stays; 0: as long as it can."""

    @property
    def kept(self) -> tuple[ModelInfo, ...]:
        """The models that are loaded and not in use, the one used last first."""

    def unload(self) -> int:
        """Free the model."""

    def generate(
        self,
        turns: Sequence[Turn],
        sampling: Sampling = Sampling(),
        prefill: str = "",
        *,
        logprobs: int = 0,
        background: bool = False,
        conversation: int = 0,
        thought: str = "",
    ) -> int:
        """Answer; `prefill` is how the answer begins, and is not sent back.

        `thought` is what was thought before the prefill or, without one, so far; it is not sent back either.
        With each token come so many `logprobs`. What is in the `background` works only while nothing else does.
        What is read for a `conversation` may be saved to disk under its number.
        """

    def count(self, turns: Sequence[Turn], draft: str = "") -> int:
        """Count the tokens of a conversation and of a draft as one more user turn."""

    def examine(self, turns: Sequence[Turn], thinking: str = "auto", prefill: str = "", thought: str = "") -> int:
        """Tell the prompt that `generate` would make of the same, token by token."""

    def park(self, conversation: int) -> int:
        """The conversation is left: what the model has read of it is saved for later."""

    def forget(self, conversation: int | None = None) -> None:
        """Remove what is saved of a conversation (None: of all), and save nothing of what was read until now.

        The files are gone when this returns, unless the model process is just writing one: then soon after.
        """

    def save_up_to(self, limit_bytes: int) -> None:
        """How much disk space saved states may take; 0 removes them and saves none."""

    def saved_bytes(self) -> int:
        """How much disk space saved states take."""

    def stop(self, request_id: int) -> None:
        """End a load or an answer; its Done("stopped") follows. Unknown and finished ids are let be."""

    def close(self) -> None:
        """End everything at once; open requests are dropped without a word. May be called again."""
