"""The transcript: the messages of the branch in view, on one canvas."""

from app.ui.transcript.canvas import Transcript

__all__ = ["Transcript"]
