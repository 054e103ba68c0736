"""The vocabulary and the metadata of a model file, without its weights."""

from pathlib import Path
from typing import Any

from app.core.errors import ModelFileError
from app.core.language import tr
from app.core.models import checked_size
from app.engine.llama.library import api
from app.engine.llama.log import Log
from app.engine.llama.model import load_failure
from app.engine.llama.vocabulary import Vocabulary


class VocabularyFile:
    """A model file of which only the vocabulary is loaded; `free` it when it is of no more use."""

    def __init__(self, path: Path, log: Log) -> None:
        """Load it.

        Raises:
            ModelFileError, LoadError: why not, in a sentence.
        """
        checked_size(path)
        params = api.llama_model_default_params()
        params.vocab_only = True
        params.n_gpu_layers = 0
        log.clear()
        self._pointer: Any = api.llama_model_load_from_file(str(path).encode("utf-8", "surrogateescape"), params)
        if not self._pointer:
            raise load_failure(path, log)
        self.vocabulary = Vocabulary(api.llama_model_get_vocab(self._pointer))
        if not self.vocabulary.size:
            self.free()
            raise ModelFileError(
                tr("“{file}” has no vocabulary.").format(file=path.name), tr("Choose a text generation model.")
            )

    def chat_template(self) -> str | None:
        """The file's own template."""
        text = api.llama_model_chat_template(self._pointer, None)
        return None if text is None else bytes(text).decode("utf-8", "replace")

    def free(self) -> None:
        """Give the memory back."""
        if self._pointer:
            api.llama_model_free(self._pointer)
            self._pointer = None
