"""Translation of everything a person reads: English in the source, gettext catalogues beside it.

The chosen language belongs to the process, like its locale; this module is the one place that holds it.
Tables hold English text marked for extraction by the function that declares the row; whoever shows the
text passes it through `tr` at that moment, so that a change of language needs no new tables.
"""

import gettext
import locale
import os
from pathlib import Path

DOMAIN = "fireside"
LANGUAGES = {"en": "English", "zh_CN": "简体中文"}

_translation: gettext.NullTranslations = gettext.NullTranslations()
_chosen: tuple[str, Path | None] = ("en", None)


def use(language: str, folder: Path) -> str:
    """Switch to `language` ("system", or a key of LANGUAGES) and return the key really in use."""
    global _translation, _chosen
    chosen = system_language() if language == "system" else language
    _translation = gettext.translation(DOMAIN, folder, [chosen], fallback=True)
    _chosen = (chosen, folder)
    return chosen if chosen in LANGUAGES else "en"


def in_use() -> tuple[str, Path | None]:
    """The language and the folder of its catalogues, as `use` in another process wants them."""
    return _chosen


def tr(text: str) -> str:
    """The text in the chosen language; the text itself where there is no translation."""
    return _translation.gettext(text) if text else ""


def trn(one: str, many: str, count: int, **values: object) -> str:
    """The form of a text that fits `count`, with `{count}` and the other values filled in."""
    return _translation.ngettext(one, many, count).format(count=f"{count:,}", **values)


def system_language() -> str:
    """The key of LANGUAGES that is nearest to what the desktop is set to."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh_CN" if value.lower().startswith("zh") else "en"
    return "zh_CN" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"
