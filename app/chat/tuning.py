"""How the answers of the conversation in view are decoded."""

from collections.abc import Callable, Sequence

from app.chat.answering import Answering
from app.chat.branch import Branch
from app.chat.changes import Change, ConversationChanged
from app.chat.sampling import SamplingLayers
from app.core.params import Sampling, Value
from app.core.protocol import Chosen


class Tuning:
    """The part of the session that sets sampling parameters; the session has the attributes."""

    layers: SamplingLayers
    _branch: Branch
    _answering: Answering
    _notify: Callable[[Change], None]

    @property
    def sampling(self) -> Sampling:
        """What the next answer is decoded with."""
        return self.layers.sampling(self._branch.conversation.sampling)

    @property
    def logprobs(self) -> int:
        """So many alternatives come with each token of an answer; they are in `chosen` and are not stored."""
        return self._answering.logprobs

    @logprobs.setter
    def logprobs(self, count: int) -> None:
        self._answering.logprobs = count

    @property
    def chosen(self) -> Sequence[Chosen]:
        """The tokens of the last answer, where `logprobs` asked for them."""
        return self._answering.chosen

    def set_sampling(self, **values: Value) -> None:
        """Change parameters of this conversation, from the next answer on."""
        self._branch.change(sampling=self.layers.with_values(self._branch.conversation.sampling, values))
        self._notify(ConversationChanged(self._branch.conversation))

    def reset_sampling(self, *names: str) -> None:
        """Put parameters of this conversation back; all of them without names."""
        kept = {
            name: value for name, value in self._branch.conversation.sampling.items() if names and name not in names
        }
        self._branch.change(sampling=kept)
        self._notify(ConversationChanged(self._branch.conversation))

    def forget_for_model(self, name: str) -> None:
        """Let a parameter be for this model again what it is without the user."""
        self.layers.forget_model(name)
        self._notify(ConversationChanged(self._branch.conversation))

    def keep_sampling_for_model(self, keep: bool = True) -> None:
        """Let every conversation with this model start from this one's sampling, or forget that it should."""
        if keep:
            self.layers.keep_for_model(self.sampling)
            self.reset_sampling()
        else:
            self.layers.forget_model()
            self._notify(ConversationChanged(self._branch.conversation))
