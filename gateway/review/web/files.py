"""Page pictures and downloads: never kept by a browser, each download in the journal."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import FileResponse, Response

from gateway.document import Document, FileRef, Role
from gateway.errors import NotFound
from gateway.recipe import archive_stands
from gateway.review.desk import Desk
from gateway.review.login import Visit
from gateway.review.translations import mark
from gateway.review.web import frame, letter, looks, view
from gateway.review.web.paper import document_of
from gateway.store.recipes import recipe_of

router = APIRouter()
Visitor = Annotated[Visit, Depends(frame.visitor)]
WIDTHS = (400, 800, 1200, 1600, 2400)
"""Widths a picture is drawn in: few, so that the shelf serves them again."""
CLOSED = {"Cache-Control": "no-store, private"}
_AS_SENT = (Role.ORIGINAL, Role.PAPER, Role.ATTACHMENT)
"""Files that keep the name they came with."""


class Shelf:
    """The last pictures drawn, in memory only (nothing derived from a letter may lie about on a disk).  Thread-safe."""

    def __init__(self, room: int = 96 * 1024 * 1024) -> None:
        self._room, self._filled = room, 0
        self._kept: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, int, int]) -> bytes | None:
        """The picture, now the youngest, or None."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: tuple[str, int, int], picture: bytes) -> None:
        """Keeps a picture; the oldest make room."""
        with self._lock:
            self._filled += len(picture) - len(self._kept.pop(key, b""))
            self._kept[key] = picture
            while self._filled > self._room and self._kept:
                _, old = self._kept.popitem(last=False)
                self._filled -= len(old)


@router.get("/d/{document_id}/pages/{number}.png")
def page_picture(
    request: Request, document_id: str, number: int, visit: Visitor, w: int = 1600, of: str = ""
) -> Response:
    """One page of what is being looked at, PNG."""
    desk = frame.desk_of(request)
    document = document_of(desk, document_id, visit.person)
    file = _face(document, of)
    width = next((one for one in WIDTHS if one >= w), WIDTHS[-1])
    if number < 1 or number > max(1, document.pages):
        raise NotFound
    looks.glimpsed(request, visit, document.id)
    if file.role is not Role.ARCHIVE and not archive_stands(document):
        file, number = _leaf(desk, document, file, number)
    return Response(drawn(request, file, number, width), media_type="image/png", headers=CLOSED)


def _leaf(desk: Desk, document: Document, file: FileRef, number: int) -> tuple[FileRef, int]:
    """Where a page lies that is in, while the machine has not put the pages together yet."""
    recipe = recipe_of(document, desk.vault)
    if recipe is None or file.role not in (Role.ORIGINAL, Role.PAPER) or number > len(recipe.kept):
        return file, number
    leaf = recipe.kept[number - 1]
    return next((one for one in document.files if one.sha256 == leaf.sha256), file), leaf.index + 1


def _face(document: Document, of: str) -> FileRef:
    found = view.faces(document)
    if not found:
        raise NotFound
    return next((one for one in found if one.role.value == of), found[0])


def drawn(request: Request, file: FileRef, number: int, width: int) -> bytes:
    """The picture of a page, from the shelf where it has been drawn before."""
    shelf: Shelf = request.app.state.shelf
    key = (file.sha256, number, width)
    picture = shelf.get(key)
    if picture is None:
        desk: Desk = frame.desk_of(request)
        picture = desk.picture(desk.vault.path(file), number, width)
        shelf.put(key, picture)
    return picture


@router.post("/d/{document_id}/printed", status_code=204)
def printed(request: Request, document_id: str, visit: Visitor, word: Annotated[str, Form()] = "") -> None:
    """The browser says that it prints the page (R-186)."""
    frame.check_word(visit.token, word)
    desk = frame.desk_of(request)
    document = document_of(desk, document_id, visit.person)
    desk.store.note(document.id, who=visit.person.login, what="printed")


@router.get("/d/{document_id}/files/{role}")
def download(request: Request, document_id: str, role: str, visit: Visitor) -> Response:
    """A file of a Document, as it lies in the vault."""
    desk = frame.desk_of(request)
    document = document_of(desk, document_id, visit.person)
    file = next((one for one in view.downloads(document) if one.role.value == role), None)
    return _given(desk, document, file, visit)


@router.get("/d/{document_id}/parts/{sha256}")
def download_part(request: Request, document_id: str, sha256: str, visit: Visitor) -> Response:
    """The file of one Part of a letter."""
    desk = frame.desk_of(request)
    document = document_of(desk, document_id, visit.person)
    return _given(desk, document, letter.part_file(document, sha256), visit)


def _given(desk: Desk, document: Document, file: FileRef | None, visit: Visit) -> Response:
    if file is None:
        raise NotFound(mark("Văn bản không có tệp này. Hãy tải lại trang để xem các tệp hiện có."))
    path = desk.vault.path(file)
    desk.store.note(document.id, who=visit.person.login, what="downloaded", why=f"{file.role.value}.")
    # Always as an attachment: what came from outside is never opened in the desk's own origin.
    disposition = f"attachment; filename*=UTF-8''{quote(_file_name(document, file), safe='')}"
    headers = CLOSED | {"Content-Disposition": disposition, "Content-Security-Policy": "sandbox; default-src 'none'"}
    return FileResponse(path, media_type=file.media_type, headers=headers)


def _file_name(document: Document, file: FileRef) -> str:
    number = view.number_and_symbol(document).replace("/", "-")
    if file.role is Role.ORIGINAL and document.is_letter:  # its name is the letter's subject
        return (" ".join(re.split(r"[^-.()\w]+", file.name)).strip(" .") or "thu") + ".eml"
    if file.role in _AS_SENT or not number:
        return file.name
    ending = {"application/pdf": "pdf", "application/json": "json"}.get(
        file.media_type, "edxml" if file.role is Role.MESSAGE else "bin"
    )
    return f"{number}.{file.role.value}.{ending}"
