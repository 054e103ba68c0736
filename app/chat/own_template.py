"""A chat template that a person writes in the place of a file's own."""

from app.core.language import tr


def flaw(text: str) -> str:
    """What is wrong with a template's text, in a sentence; "" where nothing is. It is only read, not run."""
    from app.engine.jinja_environment import read_flaw

    found = read_flaw(text)
    if found is None:
        return ""
    if found.line is None:
        return tr("This is no template: {reason}").format(reason=found.reason)
    return tr("Line {line}: {reason}").format(line=found.line, reason=found.reason)
