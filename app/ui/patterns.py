"""Regular expressions for the search, by Qt's own engine. It counts its steps, so that no pattern can hold up the window."""

from collections.abc import Iterator

from PySide6.QtCore import QRegularExpression

from app.core.errors import InputError
from app.core.find import BEGIN, END, LONGEST, Query, Range
from app.core.language import tr
from app.core.markdown import utf16_length

STEPS = 50_000  # of one match; some milliseconds
PART = 4_000  # characters that are searched in one go: some patterns look at each letter once for each other one

_Option = QRegularExpression.PatternOption


class Pattern:
    """Finds a regular expression. In texts longer than `PART`, matches do not go beyond the end of a line near it."""

    def __init__(self, query: Query) -> None:
        """Raises InputError where it is none."""
        options = _Option.MultilineOption | _Option.UseUnicodePropertiesOption
        if not query.case:
            options |= _Option.CaseInsensitiveOption
        begin, end = (f"{BEGIN}(?:", f"){END}") if query.words else ("(?:", ")")  # so that it cannot set limits itself
        limits = f"(*LIMIT_MATCH={STEPS})(*LIMIT_DEPTH={STEPS})"
        alone = QRegularExpression(query.text[:LONGEST], options)
        self._pattern = QRegularExpression(limits + begin + query.text[:LONGEST] + end, options)
        wrong = next((each for each in (alone, self._pattern) if not each.isValid()), None)
        if wrong is not None:
            raise InputError(_complaint(wrong), tr("Correct it, or turn regular expressions off."))

    def spans(self, text: str) -> Iterator[Range]:
        """Where it stands.

        Raises:
            InputError: it takes too many steps.
        """
        begin = 0
        for part in _parts(text):
            found, length, end = self._pattern.globalMatch(part), utf16_length(part), 0
            while found.hasNext():
                match = found.next()
                end = match.capturedEnd()
                if match.capturedLength():
                    yield begin + match.capturedStart(), begin + end
            if not found.isValid() and end < length:  # behind the end of the text it is not valid either
                raise InputError(tr("This pattern takes too long."), tr("Make it simpler."))
            begin += length

    def may_be_in(self, source: str) -> bool:
        """Nothing can be told beforehand."""
        return True


def _parts(text: str) -> Iterator[str]:
    """All of it, cut at ends of lines where there are any."""
    start = 0
    while start < len(text):
        end = len(text)
        if end - start > PART:
            end = text.rfind("\n", start + PART // 2, start + PART) + 1 or start + PART
        yield text[start:end]
        start = end


def _complaint(pattern: QRegularExpression) -> str:
    """What is wrong with it, in a plain sentence."""
    told = pattern.errorString()
    for words, sentence in (
        ("missing closing parenthesis", tr("A bracket “(” is not closed.")),
        ("unmatched closing parenthesis", tr("A bracket “)” closes nothing.")),
        ("missing terminating ]", tr("A bracket “[” is not closed.")),
        ("quantifier does not follow", tr("There is nothing that “*”, “+” or “?” could repeat.")),
        ("\\ at end of pattern", tr("A sign is missing behind the last “\\”.")),
        ("out of order", tr("A range runs backwards.")),
        ("too large", tr("This pattern is too large.")),
        ("too deeply nested", tr("This pattern is too large.")),
    ):
        if words in told:
            return sentence
    number = pattern.patternErrorOffset() + 1
    return tr("This is not a regular expression: something is wrong near sign {number}.").format(number=max(1, number))
