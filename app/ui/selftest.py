"""What `fireside --selftest` does: says something to the model, looks for the answer on screen, and tries all other parts."""

import json
import platform
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, qVersion

from app import __version__
from app.ui.selftest_parts import Parts

if TYPE_CHECKING:
    from app.chat.session import Session
    from app.ui.window import Window

MESSAGE = "Hello! Who are you?"
PATIENCE_S = 60


class SelfTest:
    """Drives the window from inside and closes it at the end."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._checks: dict[str, bool] = {}
        self._figures: dict[str, object] = {}
        self._answer = ""
        self._timer: QTimer | None = None

    def watch(self, window: "Window", session: "Session") -> None:
        """Start: type the message and send it when the event loop runs, then look until the answer is there."""
        self._window, self._session = window, session
        self._figures["window_s"] = round(time.monotonic() - self._began, 3)
        self._timer = QTimer(window)
        self._timer.setInterval(50)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        QTimer.singleShot(0, window, self._send)

    def _send(self) -> None:
        self._checks["window_shown"] = self._window.isVisible()
        self._window.composer.show_text(MESSAGE)
        self._empty = self._window.transcript.viewport().grab().toImage()
        self._window.actions_by_name["send"].trigger()

    def _look(self) -> None:
        entries = self._session.entries
        late = time.monotonic() - self._began > PATIENCE_S
        if late or (entries and not self._session.answering and "window_shown" in self._checks):
            self._finish()

    def _finish(self) -> None:
        assert self._timer is not None
        self._timer.stop()
        state = self._session.model_state
        self._checks["model_loaded"] = state.state == "ready"
        if state.error is not None:
            self._figures["problem"] = str(state.error)
        if state.model is not None:
            self._figures["engine"] = state.model.engine or "built-in"
            self._figures["devices"] = [device.name for device in state.model.devices]
            self._figures["engine_note"] = state.model.engine_note
        entries = self._session.entries
        answer = entries[-1].message if len(entries) == 2 else None
        self._checks["answered"] = answer is not None and answer.status == "done" and bool(answer.text.strip())
        if answer is not None:
            self._answer = answer.text
            self._figures["answer"] = answer.text
            self._figures["problem"] = answer.error
            if answer.timing is not None:
                self._figures["tokens_per_second"] = round(answer.timing.tokens_per_second, 1)
                self._figures["time_to_first_token_s"] = round(answer.timing.time_to_first_token_s, 4)
        self._figures["answer_s"] = round(time.monotonic() - self._began, 3)
        QTimer.singleShot(200, self._window, self._look_at_screen)  # the last frame

    def _look_at_screen(self) -> None:
        transcript = self._window.transcript
        painted = transcript.viewport().grab().toImage() != self._empty
        transcript.keys.select_all()
        self._checks["message_on_screen"] = painted and _letters(MESSAGE) in _letters(transcript.selected_text())
        self._checks["answer_on_screen"] = painted and _letters(self._answer) in _letters(transcript.selected_text())
        self._parts = Parts(self._window.paths)
        self._timer = QTimer(self._window)
        self._timer.setInterval(50)
        self._timer.timeout.connect(self._look_at_parts)
        self._timer.start()

    def _look_at_parts(self) -> None:
        if self._parts.done and self._timer is not None:
            self._timer.stop()
            self._checks.update(self._parts.checks)
            self._figures["problems"] = self._parts.problems
            self._figures["all_s"] = round(time.monotonic() - self._began, 3)
            self._window.close()

    def check_disk(self, texts: list[str]) -> None:
        """Compare with what a new start finds."""
        self._checks["message_on_disk"] = MESSAGE in texts
        self._checks["answer_on_disk"] = bool(self._answer) and self._answer in texts

    def report(self, code: int) -> int:
        """Print the report; 0 when all is well."""
        well = code == 0 and bool(self._checks) and all(self._checks.values())
        print(
            json.dumps(
                {
                    "ok": well,
                    "version": __version__,
                    "system": platform.platform(),
                    "python": platform.python_version(),
                    "qt": qVersion(),
                    "checks": self._checks,
                    **self._figures,
                },
                ensure_ascii=False,
                indent=2,
            )
        )
        return 0 if well else 1


def _letters(text: str) -> str:
    """A text without Markdown's marks, which the screen does not show."""
    return "".join(character for character in text if character.isalnum())
