"""Loading and freeing a model, and what it says of itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.core.errors import AppError, LoadError, ModelFileError
from app.core.fit import CERTAIN, Plan, plan, sequences
from app.core.language import tr
from app.core.models import QUANTIZATIONS, RECOMMENDED, checked_size, digest, recommended
from app.core.network import read_network
from app.core.params import Loading
from app.core.protocol import Device, ModelInfo
from app.engine.hardware import available_memory, total_memory
from app.engine.llama.devices import graphics_cards
from app.engine.llama.library import api, engine
from app.engine.llama.log import Log
from app.engine.llama.parameters import model_parameters
from app.engine.llama.vocabulary import Vocabulary

Go = Callable[[float], bool]  # progress from 0 to 1; False ends the loading


class Cancelled(Exception):
    """The progress function asked to end the loading."""


class Model:
    """A loaded model file; `free` it after its contexts."""

    def __init__(self, path: Path, loading: Loading, go: Go, log: Log) -> None:
        """Load it.

        Raises:
            ModelFileError: the file cannot be a model for this engine.
            LoadError: the file may be good but does not load here.
            Cancelled: `go` returned False.
        """
        self.path = path
        self.pointer: Any = None
        self.file_bytes = checked_size(path)
        self._identity = _identity(path)
        self._mapped = self._identity if loading.memory_map else None
        self.cards = graphics_cards()
        free = available_memory()
        network = read_network(path)
        rooms = [card.free_bytes or free or 0 for card in self.cards]
        self.sequences = sequences(network, loading)
        self.plan = plan(network, loading, self.sequences, cards=rooms, free=free)
        _refuse_if_too_large(self.plan, loading, free)
        stopped = False

        def report(fraction: float, _: Any) -> bool:
            nonlocal stopped
            stopped = stopped or not go(fraction)
            return not stopped

        parameters = model_parameters(loading, self.plan.gpu_layers, api.llama_progress_callback(report))
        log.clear()
        self.pointer = api.llama_model_load_from_file(str(path).encode("utf-8", "surrogateescape"), parameters.struct)
        if stopped:
            self.free()
            raise Cancelled
        if not self.pointer:
            raise load_failure(path, log)
        if not self._writes_text():
            self.free()
            raise ModelFileError(
                tr("“{file}” is not a model that can chat.").format(file=path.name),
                tr("Choose a text generation model."),
            )
        self.vocabulary = Vocabulary(api.llama_model_get_vocab(self.pointer))
        self.trained_context: int = api.llama_model_n_ctx_train(self.pointer)
        # A recurrent state has no parts: it cannot be taken back to an earlier token.
        self.can_cut = not (api.llama_model_is_recurrent(self.pointer) or api.llama_model_is_hybrid(self.pointer))

    def check_file(self) -> None:
        """Look whether the file that is mapped is as it was; one that was removed or replaced goes on being mapped.

        Raises:
            ModelFileError: somebody has written into it.
        """
        now = _identity(self.path)
        if self._mapped is not None and now is not None and now[0] == self._mapped[0] and now != self._mapped:
            raise ModelFileError(
                tr("The model file “{file}” was changed while it was in use.").format(file=self.path.name),
                tr("Choose the model again to load it anew."),
            )

    @property
    def is_unchanged(self) -> bool:
        """Whether the file at this path is still the one that was loaded."""
        return self._identity is not None and self._identity == _identity(self.path)

    def _writes_text(self) -> bool:
        """Models for embeddings and translation load as well, but there is no chatting with them."""
        architecture = self.metadata("general.architecture") or ""
        return bool(
            api.llama_model_has_decoder(self.pointer)
            and not api.llama_model_has_encoder(self.pointer)
            and self.metadata(f"{architecture}.attention.causal") != "false"
        )

    def metadata(self, key: str) -> str | None:
        """One value of the file's metadata as text; None where the file has none."""
        room = 256
        while True:
            buffer = api.ctypes.create_string_buffer(room)
            length = api.llama_model_meta_val_str(self.pointer, key.encode(), buffer, room)
            if length < 0:
                return None
            if length < room:
                return bytes(buffer.value).decode("utf-8", "replace")
            room = length + 1

    def chat_template(self) -> str | None:
        text = api.llama_model_chat_template(self.pointer, None)
        return None if text is None else bytes(text).decode("utf-8", "replace")

    def info(self, context_length: int, template_source: str, template_problem: str = "") -> ModelInfo:
        file_type = self.metadata("general.file_type") or ""
        asked = {key: _number(text) for key in RECOMMENDED if (text := self.metadata(key)) is not None}
        return ModelInfo(
            path=self.path,
            name=self.metadata("general.name") or self.path.stem,
            architecture=self.metadata("general.architecture") or "",
            parameters=api.llama_model_n_params(self.pointer),
            quantization=QUANTIZATIONS.get(int(file_type), "") if file_type.isdigit() else "",
            file_bytes=self.file_bytes,
            context_length=context_length,
            trained_context=self.trained_context,
            layers=api.llama_model_n_layer(self.pointer),
            vocabulary=self.vocabulary.size,
            device=working(self.cards, self.plan),
            template_source=template_source,
            template_problem=template_problem,
            recommended=recommended(asked),
            digest=digest(self.path),
            devices=self.cards,
            engine=engine.label if engine.folder else "",
            engine_note=engine.note,
        )

    def free(self) -> None:
        if self.pointer:
            api.llama_model_free(self.pointer)
            self.pointer = None


def _identity(path: Path) -> tuple[tuple[int, int], int, int] | None:
    """Which file it is, its size, and when it was written last; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino), found.st_size, found.st_mtime_ns


def load_failure(path: Path, log: Log) -> AppError:
    """llama.cpp's own words as one of our errors."""
    words = log.errors()
    file = path.name
    if "unknown model architecture" in words:
        architecture = words.partition("unknown model architecture: '")[2].partition("'")[0]
        return ModelFileError(
            tr("“{file}” is of the architecture “{architecture}”, which this version does not know.").format(
                file=file, architecture=architecture
            ),
            tr("Choose another model, or update Fireside."),
            words,
        )
    if "not within the file bounds" in words or "incomplete" in words or "exceeds remaining file size" in words:
        return ModelFileError(
            tr("“{file}” is cut short or damaged.").format(file=file), tr("Download the file again."), words
        )
    if "allocate" in words or "out of memory" in words:
        return LoadError(
            tr("There is not enough memory for “{file}”.").format(file=file),
            tr("Close other programs, choose a smaller model or a shorter context."),
            words,
        )
    if "gguf" in words:
        return ModelFileError(
            tr("“{file}” is damaged or no model file.").format(file=file), tr("Download the file again."), words
        )
    return LoadError(
        tr("“{file}” could not be loaded.").format(file=file),
        tr("Try other loading settings or another file of this model."),
        words or log.last(),
    )


def _refuse_if_too_large(plan: Plan, loading: Loading, free: int | None) -> None:
    """Refuse what clearly cannot fit, before the system ends whatever program it likes.

    A mapped file may take the place of what other programs leave; more than there is it cannot be.
    """
    kept = plan.main.total - plan.main.weights
    room = total_memory() if loading.memory_map else free
    needs = (
        (tr("The model file"), plan.main.weights, room),
        (tr("The context of {count} tokens").format(count=f"{plan.context:,}"), kept, free),
    )
    for what, needed, there in needs:
        if there is not None and needed * CERTAIN > there:
            raise LoadError(
                tr("{what} needs {needed} GB of memory, and there are {free} GB for it.").format(
                    what=what, needed=f"{needed / 1e9:,.1f}", free=f"{there / 1e9:,.1f}"
                ),
                tr("Close other programs, choose a smaller model or a shorter context."),
            )


def working(cards: tuple[Device, ...], plan: Plan) -> str:
    """The graphics cards that have a part of the model, by name; "CPU" where none has."""
    names = [card.name for card, memory in zip(cards, plan.cards, strict=False) if memory.weights]
    return " + ".join(dict.fromkeys(names)) or "CPU"


def _number(text: str) -> float | int | str:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text
