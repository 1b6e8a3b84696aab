"""What the interface says: one class a shape, so that openapi.json says the same."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, Field

from gateway.document import Door, Stage


class Trouble(BaseModel):
    """Something could not be done."""

    trouble: str = Field(description="A Vietnamese sentence for people that ends in the next thing to do.")


class Seen(BaseModel):
    """Where a value was seen on the paper."""

    page: int = Field(description="1-based; 0 when it stands on no page.")
    box: list[float] = Field(description="Left, top, right, bottom as fractions of the page.")
    text: str


class Value(BaseModel):
    """One field."""

    value: str
    sure: bool = Field(description="The machine vouches for it, or a clerk has confirmed it.")
    confidence: float
    seen: Seen | None = None


class Receiver(BaseModel):
    """One receiver and its latest status."""

    code: str
    name: str
    status: str = Field(description='Highest status code so far ("01" "02" "03" ...), "" before the first.')
    note: str
    at: dt.datetime | None


class Status(BaseModel):
    """Where a document stands."""

    id: str
    stage: Stage
    next: str = Field(description='What a person does to it next: "confirm" "seal" "release" "file" ("file": into the '
                      'register, or on to the unit); "" while the machine or another office has it, and at the end.')
    held: str = Field(description='Why it waits for a person, "" when it does not.')
    register_number: str
    due: dt.datetime | None = Field(description="By when it must have gone out.")
    receivers: list[Receiver]
    same_scan: list[str] = Field(
        description="Other documents of the same scan: a stack with separator sheets becomes several."
    )


class Line(BaseModel):
    """A document in a list."""

    id: str
    name: str
    stage: Stage
    door: Door
    received_at: dt.datetime
    number: str
    date: str
    subject: str


class Listing(BaseModel):
    """One page of a list."""

    documents: list[Line]
    total: int = Field(description="Hits in all, counted up to 1000 for a search.")


class Paper(Line):
    """One document with its fields."""

    pages: int
    held: str
    register_number: str
    sha256: str = Field(description="Of the file as it came.")
    fields: dict[str, Value]
