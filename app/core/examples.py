"""The questions that an empty conversation offers, and which topic of the built-in model answers each."""

from app.core.record import record


@record
class Example:
    """A question to begin with, under the title of what it is about; `topic` is the built-in model's (`models/guide`)."""

    icon: str
    title: str
    question: str
    topic: str


EXAMPLES = (
    Example("chat", "First steps", "What can you do?", "what_can_you_do"),
    Example("sliders", "Sampling", "What does temperature do?", "temperature"),
    Example("chip", "Models", "What do Q4 and Q8 mean?", "quantization_names"),
    Example("shield", "Privacy", "Does anything leave my computer?", "privacy"),
)
