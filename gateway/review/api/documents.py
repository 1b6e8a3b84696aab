"""Upload, list, document, status."""

from __future__ import annotations

import hashlib
import logging
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, File, Header, HTTPException, Path, Query, Request, Response, UploadFile
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gateway.document import Document, Role, Stage
from gateway.errors import NotAllowed, NotFound
from gateway.review.acts import next_act
from gateway.review.api.shapes import Line, Listing, Paper, Receiver, Seen, Status, Trouble, Value
from gateway.review.desk import Desk
from gateway.review.rearrange import family
from gateway.review.web import view
from gateway.review.web.uploads import media_type_of
from gateway.store.due import due_at
from gateway.store.store import Query as Asked
from gateway.store.tokens import Token, Upload
from rules.field import Field, Name

router = APIRouter()
log = logging.getLogger(__name__)
_bearer = HTTPBearer(auto_error=False, description="A token of one unit.")
NO_TOKEN = "Thiếu mã truy cập hoặc mã không còn hiệu lực. Hãy đề nghị quản trị viên cấp mã cho đơn vị."  # noqa: S105
OTHER_BYTES = "Khóa này đã dùng cho một tệp khác. Hãy dùng khóa mới cho tệp mới."
_PIECE = 1024 * 1024
_REFUSALS: dict[int | str, dict[str, Any]] = {401: {"model": Trouble}, 404: {"model": Trouble}, 503: {"model": Trouble}}


def desk_of(request: Request) -> Desk:
    """The tools this application was built with."""
    desk: Desk = request.app.state.desk
    return desk


def program(
    request: Request, said: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Token:
    """Who is asking.

    Raises:
        HTTPException: 401 without a token that is good now.
    """
    desk = desk_of(request)
    token = desk.store.tokens.known(said.credentials, desk.clock()) if said else None
    if token is None:
        raise HTTPException(401, NO_TOKEN, {"WWW-Authenticate": "Bearer"})
    return token


Program = Annotated[Token, Depends(program)]
Id = Annotated[str, Path(pattern="^[0-9a-z]{1,40}$")]


@router.post("/documents", status_code=201, responses=_REFUSALS | {
    200: {"model": Paper, "description": "The same bytes, or the same key, came before."},
    409: {"model": Trouble, "description": "The key was used for other bytes."},
    415: {"model": Trouble, "description": "No scan, letter or office file, or too large."}})  # fmt: skip
def upload(
    request: Request, response: Response, program: Program, file: Annotated[UploadFile, File()],
    idempotency_key: Annotated[str, Header(max_length=200, pattern="^[!-~]*$")] = "",
) -> Paper:  # fmt: skip
    """Hands in one scan (PDF, TIFF, JPEG, PNG), saved letter or office file; it is durable when the answer comes.

    Sending again is harmless: the same bytes of the same program are the same document, and a key names one upload.
    """
    desk = desk_of(request)
    try:
        kind = media_type_of(file.file, file.size or 0, desk.upload_limit, file.filename or "")
    except NotAllowed as error:
        raise HTTPException(415, str(error)) from error
    sha256, earlier = _sha256(file.file), desk.store.tokens.upload(program, idempotency_key)
    if earlier and earlier.sha256 != sha256:
        raise HTTPException(409, OTHER_BYTES)
    if earlier:
        response.status_code = 200
        return _paper(_mine(desk, program, earlier.document))
    before = desk.clock()
    name = (file.filename or "tep")[:200]
    document = desk.take(file.file, unit=program.unit, name=name, by=f"api:{program.name}", media_type=kind)
    if idempotency_key:
        desk.store.tokens.keep_upload(program, idempotency_key, Upload(sha256, document.id), desk.clock())
    if document.received_at < before:
        response.status_code = 200
    log.info("%s uploaded by=api:%s", document.id, program.name)
    return _paper(document)


@router.get("/documents", responses={401: {"model": Trouble}, 503: {"model": Trouble}})
def listing(
    request: Request, program: Program, stage: Stage | None = None, q: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50, offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Listing:  # fmt: skip
    """The unit's documents, newest first; `q` are words that all must occur, with or without tone marks."""
    stages = frozenset({stage}) if stage else None
    asked = Asked(stages=stages, unit=program.unit, text=q, limit=limit, offset=offset)
    found = desk_of(request).store.find(asked)
    return Listing(documents=[Line.model_validate(_line(one)) for one in found.documents], total=found.total)


@router.get("/documents/{document_id}", responses=_REFUSALS)
def one_document(request: Request, program: Program, document_id: Id) -> Paper:
    """One document with its fields; a look at it stands in the journal."""
    desk = desk_of(request)
    document = _mine(desk, program, document_id)
    desk.store.note(document.id, who=f"api:{program.name}", what="viewed")
    return _paper(document)


@router.get("/documents/{document_id}/status", responses=_REFUSALS)
def status(request: Request, program: Program, document_id: Id) -> Status:
    """Where it stands, and what each receiver has said."""
    desk = desk_of(request)
    document = _mine(desk, program, document_id)
    receivers = [Receiver(code=one.code, name=one.name, status=one.state, note=one.note, at=one.at)
                 for one in document.recipients]  # fmt: skip
    return Status(id=document.id, stage=document.stage, next=next_act(document) or "",
                  held=document.held.reason if document.held else "",
                  register_number=document.register_number, due=due_at(document), receivers=receivers,
                  same_scan=[one.id for one in family(desk, document)])  # fmt: skip


def _mine(desk: Desk, program: Token, document_id: str) -> Document:
    """A document of the token's unit; any other does not exist for it."""
    document = desk.store.get(document_id)
    if document.unit != program.unit:
        raise NotFound
    return document


def _sha256(source: BinaryIO) -> str:
    found = hashlib.sha256()
    while piece := source.read(_PIECE):
        found.update(piece)
    source.seek(0)
    return found.hexdigest()


def _line(document: Document) -> dict[str, object]:
    return {"id": document.id, "name": document.name, "stage": document.stage, "door": document.origin.door,
            "received_at": document.received_at, "number": view.number_and_symbol(document),
            "date": view.value_of(document, Name.DATE), "subject": view.value_of(document, Name.SUBJECT)}  # fmt: skip


def _paper(document: Document) -> Paper:
    original = document.file(Role.ORIGINAL)
    return Paper.model_validate(_line(document) | {
        "pages": document.pages, "held": document.held.reason if document.held else "",
        "register_number": document.register_number, "sha256": original.sha256 if original else "",
        "fields": {name.value: _value(field) for name, field in document.fields.items()}})  # fmt: skip


def _value(field: Field) -> Value:
    seen = field.evidence
    spot = Seen(page=seen.page, box=list(seen.box.as_list()), text=seen.text) if seen else None
    return Value(value=field.value, sure=field.sure, confidence=field.confidence, seen=spot)
