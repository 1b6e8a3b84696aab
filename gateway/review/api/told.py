"""What programs are told by webhook, as openapi.json describes it; gateway.hooks sends it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from gateway.document import Stage
from gateway.store.hooks import EVENTS

router = APIRouter()


class ReceiptTold(BaseModel):
    """A status of a receiver; its words are asked for at /documents/{document_id}/status."""

    code: str = Field(description="01 02 03 04 05 06 13 15 16.")
    from_: str = Field(alias="from", description="Code of the receiver.")
    at: dt.datetime


class Told(BaseModel):
    """Which document, and where it stands now; nothing of its content."""

    document: str
    unit: str
    stage: Stage
    receipt: ReceiptTold | None = Field(None, description='Only with "document.receipt".')


class Call(BaseModel):
    """One thing that happened."""

    type: str = Field(json_schema_extra={"enum": list(EVENTS)})
    timestamp: dt.datetime = Field(description="When it happened.")
    data: Told


@router.post("document", status_code=204, responses={422: {"description": "Anything but 2xx is sent again."}})
def document(
    body: Call,
    webhook_id: Annotated[str, Header(description="The same on every try: drop what you have had.")],
    webhook_timestamp: Annotated[int, Header(description="When this try was made, seconds since 1970.")],
    webhook_signature: Annotated[str, Header(description=(
        "One or more of v1,BASE64 with spaces between: HMAC-SHA-256 over webhook-id, webhook-timestamp and the body as "
        "it came, with dots between; the key is what /webhooks shows, from Base64 after whsec_."))],
) -> None:  # fmt: skip
    """Sent to the addresses that an administrator has put in at /webhooks, one call at a time to each.

    Any 2xx within ten seconds means that it has arrived.  Everything else is tried again with growing pauses for about
    thirty hours.  Of one document things are told in the order in which they happened.
    """
