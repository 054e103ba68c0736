"""Where answers end when the file does not say it rightly: at what the chat template writes behind an answer.

With an end token that is missing, wrong or unknown to llama.cpp, a model would go on for ever, and speak for the user too.
"""

from app.core.errors import TemplateError
from app.core.protocol import Turn
from app.engine.llama.vocabulary import Vocabulary
from app.engine.template import ChatTemplate

ANSWER, NEXT = "Blue, I think.", "And why?"
SHORTEST_TEXT = 3  # characters; shorter ones stand in answers too


def correct_ends(vocabulary: Vocabulary, named_end: str | None, template: ChatTemplate) -> str:
    """Let the vocabulary end with what the template writes behind an answer; returns the text to stop at, if any.

    `named_end` is the number that the file gives for its end token. Where it gives none that can be, llama.cpp takes
    one that is a plain letter in most vocabularies, and that ends nothing here. A text is stopped at only where no
    token ends anything. The answers of a thinking model have several parts, and a token between them ends nothing.
    """
    named = named_end is not None and named_end.isdigit() and int(named_end) < vocabulary.size
    if not named and vocabulary.end >= 0 and not vocabulary.is_control(vocabulary.end):
        vocabulary.end_with(vocabulary.end, False)
    has_end = vocabulary.end >= 0 and vocabulary.ends(vocabulary.end)
    if template.can_think and (has_end or vocabulary.can_end):
        return ""
    behind = _behind_answer(template)
    for token in vocabulary.tokenize(behind, True, begins=False):
        if vocabulary.is_control(token):
            vocabulary.end_with(token)
            return ""
        if vocabulary.piece(token).strip():
            break
    if has_end or len(behind.strip()) < SHORTEST_TEXT or vocabulary.can_end:
        return ""
    return behind.rstrip()


def _behind_answer(template: ChatTemplate) -> str:
    """What stands between an answer and what the user says next."""
    turns = (Turn("user", "Which colour?"), Turn("assistant", ANSWER), Turn("user", NEXT))
    try:
        text = template.prompt(turns).text
    except TemplateError:
        return ""
    return text.partition(ANSWER)[2].partition(NEXT)[0]
