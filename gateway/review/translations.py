"""The desk's two languages.  The source text is Vietnamese; `locale/en.po` holds the English of every sentence.

The catalog is read as it stands in the repository (no compiled twin that could lag behind).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("vi", "en")
FOLDER = Path(__file__).parent / "locale"


def mark(text: str) -> str:
    """Marks a sentence for the catalog where it is written; it is translated when a page is drawn."""
    return text


class Catalog:
    """gettext's two calls for one language; a sentence without a translation stays Vietnamese."""

    def __init__(self, sentences: dict[str, str]) -> None:
        self._sentences = sentences

    def gettext(self, text: str) -> str:
        """The sentence in this language."""
        return self._sentences.get(text, text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Vietnamese has no plural; English says "1 document", "2 documents" through two sentences of the catalog."""
        return self.gettext(one if count == 1 else many)


@cache
def catalog(language: str) -> Catalog:
    """The catalog of "vi" or "en"."""
    file = FOLDER / f"{language}.po"
    if not file.is_file():
        return Catalog({})
    with file.open("rb") as stream:
        found = read_po(stream, locale=language)
    return Catalog({str(entry.id): str(entry.string) for entry in found if entry.id and entry.string})
