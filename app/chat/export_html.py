"""A conversation as one HTML page that needs nothing else: no script, no picture, no connection."""

from html import escape

from app.chat.page_markdown import markdown_reader, rendered
from app.core.attachments import split
from app.core.export import heading, passages, thought, title_of
from app.core.language import in_use, tr
from app.core.markdown import displayable
from app.core.tree import Conversation, Tree

STYLE = """
:root { color-scheme: light dark; --text: #1f2328; --muted: #59636e; --page: #fdfcfa; --mine: #f1eee8; --line: #ddd8cf; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e1d9; --muted: #a39d93; --page: #1b1a18; --mine: #292724; --line: #3d3a35; }
}
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: var(--text); background: var(--page);
  font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
header, article { margin-bottom: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
article > h2, .date, summary { color: var(--muted); font-size: .85rem; font-weight: 600; margin: 0 0 .4rem; }
.user { background: var(--mine); padding: .8rem 1rem; border-radius: .6rem; }
.user .text, .typed { white-space: pre-wrap; }
.note { white-space: pre-wrap; color: var(--muted); font-size: .9rem; border-left: 3px solid var(--line); padding-left: 1rem;
  margin-top: .8rem; }
pre { overflow-x: auto; padding: .8rem; border: 1px solid var(--line); border-radius: .4rem; overflow-wrap: normal; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
blockquote { margin: 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--muted); }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; }
.footnote { color: var(--muted); font-size: .9em; } li > p { margin: .3rem 0; }
.math { font-family: ui-monospace, monospace; font-size: .9em; white-space: pre-wrap; }
math { font-size: 1.1em; } math[display=block] { display: block math; margin: 1rem 0; overflow-x: auto; }
@media print { body { max-width: none; margin: 0; } article { break-inside: auto; } }
"""
NOTHING_REMOTE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def as_html(conversation: Conversation, tree: Tree, all_branches: bool = False) -> str:
    """The page. Answers are Markdown, what the user said is shown as it was typed; HTML in either is shown as text."""
    reader = markdown_reader()
    title = _safe(title_of(conversation))
    language = in_use()[0].replace("_", "-")
    parts = [
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{NOTHING_REMOTE}">\n'
        '<meta name="viewport" content="width=device-width">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n"
        f'<p class="date">{conversation.created.astimezone():%Y-%m-%d %H:%M}</p>\n</header>\n'
    ]
    if conversation.system_prompt.strip():
        parts.append(
            f'<article class="user"><h2>{_safe(tr("Instructions"))}</h2>'
            f'<div class="text" dir="auto">{_safe(conversation.system_prompt)}</div></article>\n'
        )
    for passage in passages(conversation, tree, all_branches):
        message = passage.message
        typed = message.role != "assistant"
        parts.append(f'<article class="{"user" if typed else "model"}" id="m{passage.number}">')
        parts.append(f"<h2>{_safe(heading(passage, all_branches))}</h2>")
        if message.thinking.strip():
            inside = rendered(reader, displayable(message.thinking))
            parts.append(
                f'<details><summary>{_safe(thought(message))}</summary><div dir="auto">{inside}</div></details>'
            )
        said, attached = split(message.text) if message.role == "user" else (message.text, ())
        text = _safe(said) if typed else rendered(reader, displayable(said))
        parts.append(f'<div class="text" dir="auto">{text}</div>')
        for each in attached:
            parts.append(
                f'<details><summary>{_safe(each.name)}</summary><pre dir="auto">{_safe(each.text)}</pre></details>'
            )
        if message.error:
            parts.append(f"<p><em>{_safe(message.error)}</em></p>")
        if message.note:
            note = f"<strong>{_safe(tr('Note'))}</strong>\n{_safe(message.note)}"
            parts.append(f'<aside class="note" dir="auto">{note}</aside>')
        parts.append("</article>\n")
    parts.append("</body>\n</html>\n")
    return "".join(parts)


def _safe(text: str) -> str:
    return escape(displayable(text))
