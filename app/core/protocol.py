"""What travels between the window and the model process: frozen dataclasses and nothing else.

Every request carries an id chosen by the parent; every event that belongs to a request carries it back.
A request ends with exactly one of Loaded, Unloaded, Counted, Examined, Parked, Forgotten, Done or Failed.
"""

from dataclasses import field
from pathlib import Path
from typing import Literal

from app.core.errors import AppError
from app.core.params import Loading, Sampling, Value
from app.core.record import record

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["end", "stop_text", "length", "context_full", "stopped"]
#   end: the model ended its turn      stop_text: one of Sampling.stop appeared    length: max_tokens reached
#   context_full: no room is left      stopped: the user stopped it
Kind = Literal["answer", "thinking"]  # of a text: what the model says, or what it thinks before


@record
class Turn:
    """One message as the chat template sees it."""

    role: Role
    text: str
    thinking: str = ""  # what an answer was thought out with; the template says whether the model sees it again


# ── requests: window → model process ──────────────────────────────────────────────────────────────────


@record
class Load:
    """Load a model, in place of the one that is loaded. Answered by LoadProgress…, then Loaded or Failed."""

    id: int
    path: Path
    loading: Loading = Loading()
    template: str = ""  # in the place of the file's own chat template
    anew: bool = False  # also where exactly this is loaded, which else is answered by Loaded at once


@record
class Unload:
    """Free the model. Answered by Unloaded."""

    id: int


@record
class Generate:
    """Answer `turns`. Answered by Started, Progress…, Piece…, then Done or Failed.

    `prefill` is text that the answer already begins with (continue), `thought` what was thought before it or, without
    a prefill, so far; neither is sent back as a Piece.
    """

    id: int
    turns: tuple[Turn, ...]
    sampling: Sampling = Sampling()
    prefill: str = ""
    logprobs: int = 0  # so many alternatives are told with each token; 0: none, and no Chosen either
    background: bool = False  # nobody waits for it (titles): it works only while nothing else does
    conversation: int = 0  # whose it is; what is read for it may be saved under this number; 0: never saved
    thought: str = ""


@record
class Count:
    """Count tokens: of the rendered conversation, and of a draft as one more user turn. Answered by Counted."""

    id: int
    turns: tuple[Turn, ...]
    draft: str = ""


@record
class Examine:
    """Tell the prompt with which `turns` are answered, token by token; nothing is generated. Answered by Examined.

    `prefill` and `thought` are those of Generate, `thinking` is the row of Sampling.
    """

    id: int
    turns: tuple[Turn, ...]
    thinking: str = "auto"
    prefill: str = ""
    thought: str = ""


@record
class Park:
    """The conversation is left: save what the model has read of it, when there is time. Answered by Parked."""

    id: int
    conversation: int


@record
class Forget:
    """Something of the conversation was deleted: nothing that was read of it so far may be saved, and what was is removed.

    Answered by Forgotten.
    """

    id: int
    conversation: int | None  # None: all of them


@record
class Leave:
    """The program ends: save what is worth it and end. Not answered."""

    id: int


Question = Count | Examine  # answered at once, also while the model works
Request = Load | Unload | Generate | Question | Park | Forget | Leave


@record
class SavedAt:
    """Where the model process may save what it has read, and how much in all; it comes with every request."""

    folder: Path
    limit_bytes: int


# ── events: model process → window ────────────────────────────────────────────────────────────────────


@record
class Device:
    """Something that can compute, as llama.cpp names it."""

    name: str  # what a person calls it: "NVIDIA GeForce RTX 4090"
    memory_bytes: int
    free_bytes: int


@record
class ModelInfo:
    """What is known of a loaded model."""

    path: Path
    name: str
    architecture: str
    parameters: int
    quantization: str
    file_bytes: int
    context_length: int  # of the loaded context, in tokens
    trained_context: int  # that the model was trained on
    layers: int
    vocabulary: int
    device: str  # "CPU", or the graphics card's name
    template_source: str = ""  # "file", or the family whose template stands in: "ChatML", "Llama 3"
    template_problem: str = ""  # why the file's own template is not used, in a sentence; "" where it is, or has none
    recommended: dict[str, Value] = field(default_factory=dict)  # Sampling rows that the file asks for
    digest: str = ""  # identifies the file: hash of its header and size
    devices: tuple[Device, ...] = ()  # the graphics cards that llama.cpp can use here
    can_think: bool = False  # the template knows a thinking part
    engine: str = ""  # the engine for graphics cards that is in use, such as "CUDA"; "" is the built-in one
    engine_note: str = ""  # why one that is installed is not used, in a sentence


@record
class LoadProgress:
    id: int
    fraction: float  # 0 to 1


@record
class Loaded:
    id: int
    model: ModelInfo


@record
class Unloaded:
    id: int


@record
class Counted:
    id: int
    conversation_tokens: int  # of all turns as the template renders them
    draft_tokens: int
    turn_tokens: tuple[int, ...] = ()  # of the text of each turn, without what the template adds


@record
class Examined:
    """A prompt: token n is `text[ends[n - 1]:ends[n]]`, the first one begins at 0.

    Control tokens stand in the text as they are spelled. A character of several tokens belongs to the last of them.
    """

    id: int
    text: str
    ends: tuple[int, ...]
    ids: tuple[int, ...]
    special: tuple[int, ...]  # places of the tokens that steer the model, which no text can yield
    turn_tokens: tuple[int, ...]  # of the text of each turn and of the prefill, without what the template adds
    template: str = ""  # see ModelInfo.template_source
    repaired: tuple[str, ...] = ()  # sentences: what was done so that the template takes the turns


@record
class Started:
    id: int
    prompt_tokens: int
    reused_tokens: int  # of these, already in the KV cache
    restored_tokens: int = 0  # of these, read from a saved state
    restore_s: float = 0.0  # how long that took


@record
class Progress:
    id: int
    done: int  # prompt tokens evaluated so far
    total: int


@record
class Alternative:
    """A token that could have been next."""

    id: int
    text: str
    logprob: float


@record
class Chosen:
    """The token that was picked, and what else there was, likeliest first."""

    id: int
    text: str
    logprob: float  # before the samplers: log-softmax of the model's own logits
    top: tuple[Alternative, ...] = ()  # before the samplers
    kept: tuple[Alternative, ...] = ()  # after them: what the token was drawn from


@record
class Piece:
    id: int
    text: str  # whole characters only
    tokens: int = 1  # how many tokens it took
    kind: Kind = "answer"
    chosen: tuple[Chosen, ...] = ()  # one for each token where Generate.logprobs asks for them


@record
class Timing:
    """Figures of one answer."""

    prompt_tokens: int = 0
    reused_tokens: int = 0
    completion_tokens: int = 0
    time_to_first_token_s: float = 0.0  # from the request's arrival in the model process
    prompt_s: float = 0.0
    generation_s: float = 0.0
    drafted: int = 0  # tokens that prompt lookup guessed
    accepted: int = 0  # of these, right
    thinking_tokens: int = 0  # of the completion
    restored_tokens: int = 0  # of the reused ones, read from a saved state
    restore_s: float = 0.0  # how long that took

    @property
    def tokens_per_second(self) -> float:
        """Of the generation alone; 0 where nothing was measured."""
        return self.completion_tokens / self.generation_s if self.generation_s > 0 else 0.0


@record
class Candidate:
    """One of several results of a strategy that has several."""

    text: str
    logprob: float  # the score by which they are ordered


@record
class Done:
    id: int
    finish_reason: FinishReason
    timing: Timing
    candidates: tuple[Candidate, ...] = ()  # best first; the first one is the answer


@record
class Parked:
    id: int
    tokens: int  # that will be saved; 0 where there is nothing worth it, or saving is off


@record
class Forgotten:
    id: int


@record
class Failed:
    id: int
    error: AppError
    loaded: bool = False  # is a model still loaded, so that trying again makes sense at once


@record
class Gone:
    """The model process ended unasked. Every open request has got its Failed before this."""

    error: AppError


End = Loaded | Unloaded | Counted | Examined | Parked | Forgotten | Done | Failed  # of a request
Event = (
    LoadProgress | Loaded | Unloaded | Counted | Examined | Parked | Forgotten | Started | Progress | Piece | Done
    | Failed | Gone
)  # fmt: skip
