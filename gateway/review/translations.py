"""The desk's two languages.  The source text is Vietnamese; `locale/en.po` holds the English of every sentence.

`locale/told-en.po` has the English of what steps, doors and checks have written down in Vietnamese, with "{}" where
something was filled in.  Both are read as they stand in the repository (no compiled twin that could lag behind).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

LANGUAGES = ("vi", "en")
FOLDER = Path(__file__).parent / "locale"
SLOT = "{}"


def mark(text: str) -> str:
    """Marks a sentence for the catalog where it is written; it is translated when a page is drawn."""
    return text


class Catalog:
    """gettext's two calls for one language; a sentence without a translation stays Vietnamese."""

    def __init__(self, sentences: dict[str, str], told: dict[str, str] | None = None) -> None:
        self._sentences = sentences
        self._told = {vietnamese: english for vietnamese, english in (told or {}).items() if SLOT not in vietnamese}
        self._filled = [(_pattern(one), english) for one, english in (told or {}).items() if SLOT in one]

    def gettext(self, text: str) -> str:
        """The sentence in this language."""
        return self._sentences.get(text, text)

    def told(self, text: str) -> str:
        """A sentence that was written down elsewhere, in this language; what nobody translated stays as it is."""
        if found := self._told.get(text) or self._sentences.get(text):
            return found
        for pattern, translated in self._filled:
            if match := pattern.fullmatch(text):
                return translated.format(*(self._named(self.told(slot)) for slot in match.groups()))
        return text

    def _named(self, listed: str) -> str:
        """Names of fields in a list: they stand there in lower case."""
        names = [self._sentences.get(one[:1].upper() + one[1:], "").lower() or one for one in listed.split(", ")]
        return ", ".join(names)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Vietnamese has no plural; English says "1 document", "2 documents" through two sentences of the catalog."""
        return self.gettext(one if count == 1 else many)


@cache
def catalog(language: str) -> Catalog:
    """The catalog of "vi" or "en"; read when the first sentence is asked for."""
    return Catalog(_read(FOLDER / f"{language}.po", language), _read(FOLDER / f"told-{language}.po", language))


def _read(file: Path, language: str) -> dict[str, str]:
    if not file.is_file():
        return {}
    from babel.messages.pofile import read_po

    with file.open("rb") as stream:
        found = read_po(stream, locale=language)
    return {str(entry.id): str(entry.string) for entry in found if entry.id and entry.string}


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(re.escape(part) for part in sentence.split(SLOT)), re.DOTALL)
