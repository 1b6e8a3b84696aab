"""Type-ahead over the directory of the Exchange."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from gateway.review.login import Visit
from gateway.review.web import frame

router = APIRouter()


@router.get("/directory")
def search(request: Request, visit: Annotated[Visit, Depends(frame.visitor)], q: str = "") -> list[dict[str, str]]:
    """Bodies whose name (with or without tone marks) or code matches: [{"code", "name", "parent"}]."""
    directory = frame.desk_of(request).store.directory
    if not visit.person.roles or not q.strip():
        return []
    found = directory.search(q.strip()[:100], limit=12)
    parents = {body.parent: above.name for body in found if body.parent and (above := directory.get(body.parent))}
    return [{"code": body.code, "name": body.name, "parent": parents.get(body.parent, "")} for body in found]
