"""The guides of docs/ as pages of the desk: whoever works here reads them without a way out of the machine."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response
from markdown_it import MarkdownIt
from markupsafe import Markup

from gateway.errors import NotFound
from gateway.review.login import Visit
from gateway.review.translations import mark
from gateway.review.web import frame

router = APIRouter()
Visitor = Annotated[Visit, Depends(frame.visitor)]
DOCS = frame.HERE.parents[2] / "docs"
GUIDES = {
    "van-thu": mark("Sổ tay văn thư"),
    "thong-bao": mark("Thông báo và việc cần làm"),
    "quan-tri": mark("Sổ tay quản trị"),
    "webhook": "Webhook",
    "clerk-guide": "The clerk's guide in short (English)",
}
"""Pages by their names in docs/."""
ENGLISH = frozenset({"clerk-guide"})


@router.get("/help")
def contents(request: Request, visit: Visitor) -> Response:
    """Which guides there are."""
    there = {name: title for name, title in GUIDES.items() if (DOCS / f"{name}.md").is_file()}
    return frame.page(request, "guide.html", {"guides": there, "title": mark("Hướng dẫn"), "text": ""}, visit=visit)


@router.get("/help/{name}")
def guide(request: Request, name: str, visit: Visitor) -> Response:
    """One guide; links between guides lead here too."""
    file = DOCS / f"{name.removesuffix('.md')}.md"
    if file.stem not in GUIDES or not file.is_file():
        raise NotFound
    said = {"title": GUIDES[file.stem], "text": Markup(_drawn(file.stem)),  # noqa: S704 - html is off
            "tongue": "en" if file.stem in ENGLISH else "vi"}  # fmt: skip
    values: dict[str, object] = {"guides": {}, **said}
    return frame.page(request, "guide.html", values, visit=visit)


@router.get("/help/screenshots/{picture}")
def screenshot(picture: str, visit: Visitor) -> Response:
    """A picture of a guide."""
    known = {one.name: one for one in (DOCS / "screenshots").glob("*.png")}
    if picture not in known:
        raise NotFound
    return FileResponse(known[picture], media_type="image/png")


@cache
def _drawn(name: str) -> str:
    """Markdown as HTML; what looks like HTML in it is shown, not obeyed."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    return str(reader.render((DOCS / f"{name}.md").read_text("utf-8")))
