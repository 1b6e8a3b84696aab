"""Every sentence of the desk has its English, and the catalog keeps nothing that nobody says."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir

import gateway.errors as errors
from gateway.document import CopyKind, Door, Stage
from gateway.review import translations
from gateway.review.web import frame, words
from rules.field import Name

ROOM = Path(translations.__file__).parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true"}}
KEYWORDS = {"_": None, "mark": None}


def said() -> set[str]:
    found = extract_from_dir(ROOM, METHODS, OPTIONS, KEYWORDS)
    sentences = {message for _, _, message, _, _ in found if isinstance(message, str)}
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.GatewayError)]
    sentences |= set(words.REMARKS.values())
    return sentences | {" ".join((kind.__doc__ or "").split()) for kind in kinds}


def test_every_sentence_has_its_english() -> None:
    english = translations.catalog("en")

    assert sorted(one for one in said() if english.gettext(one) == one) == []


def test_the_catalog_keeps_no_dead_sentence() -> None:
    english = translations.catalog("en")

    assert sorted(set(english._sentences) - said()) == []


def test_placeholders_survive_translation() -> None:
    slots = re.compile(r"%\((\w+)\)s")
    for vietnamese, english in translations.catalog("en")._sentences.items():
        assert sorted(slots.findall(vietnamese)) == sorted(slots.findall(english)), vietnamese


def test_everything_with_a_name_has_a_word() -> None:
    assert set(words.STAGES) == set(Stage)
    assert set(words.DOORS) == set(Door)
    assert set(words.FIELDS) == set(Name)
    assert set(words.COPIES) == set(CopyKind)


def test_every_stage_lies_in_exactly_one_drawer() -> None:
    for stage in Stage:
        mine = [tab.goes_out for tab in words.TABS if tab.stages and stage in tab.stages]
        assert mine in ([None], [True, False]), stage


def test_every_template_compiles_in_both_languages() -> None:
    for env in frame.environments().values():
        for name in env.list_templates():
            env.get_template(name)
