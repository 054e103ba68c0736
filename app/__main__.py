"""The `fireside` command: opens the window, or hands over to the command line."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was asked for; returns the exit code. Nothing is imported before it is needed."""
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:  # also while modules are still imported
        return 130  # as a shell has it


def _run(argv: Sequence[str]) -> int:
    model = _model_file(argv)
    if (not argv or model is not None) and _display():
        from app.main import open_window

        return open_window(model=model)

    if len(argv) == 2 and argv[0] == "--engine-devices":  # only Fireside itself asks that
        from pathlib import Path

        from app.engine.llama.devices import write_names

        return write_names(Path(argv[1]))

    from app.core import language
    from app.core.paths import bundled

    language.use("system", bundled("resources/translations"))
    if argv == ["--selftest"]:
        from app.main import selftest

        return selftest()
    from app.cli import chat

    if not argv:
        print(language.tr("There is no display here, so that Fireside talks in the terminal."), file=sys.stderr)
    return chat.main(["chat", "--model", str(model)] if model is not None else argv or ["chat"])


def _model_file(argv: Sequence[str]) -> "Path | None":
    """What a double click on a model file starts the program with."""
    if len(argv) != 1 or argv[0].startswith("-") or not argv[0].lower().endswith(".gguf"):
        return None
    from pathlib import Path

    return Path(argv[0]).absolute()


def _display() -> bool:
    """Whether a window can be shown; only Linux and its kin may lack it."""
    import os

    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


if __name__ == "__main__":  # a spawned model process imports this module under another name
    import multiprocessing

    multiprocessing.freeze_support()
    sys.exit(main())
