"""The clerk's guide shows only pictures that are there, and the pages shown are those of the desk."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"


def test_every_picture_of_the_guide_is_there_and_none_is_left_over() -> None:
    guide = (DOCS / "van-thu.md").read_text("utf-8")
    readme = (DOCS.parent / "README.md").read_text("utf-8")
    named = set(re.findall(r"\]\(screenshots/([\w-]+\.png)\)", guide))
    shown = named | set(re.findall(r"\]\(docs/screenshots/([\w-]+\.png)\)", readme))
    there = {one.name for one in (DOCS / "screenshots").glob("*.png")}
    assert named - there == set()
    assert there - shown == set()
