"""What is known of a paper besides its pages: signatures on the file, arrival, earlier numbers of the same issuer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignatureFact:
    """One digital signature found on the file, as its certificate names it (nothing here says it is trusted)."""

    common_name: str
    organization: str = ""
    locality: str = ""
    signed_at: dt.datetime | None = None
    """Aware."""


@dataclass(frozen=True, slots=True)
class EarlierNumber:
    """A number of the same issuer and series that a clerk confirmed before."""

    number: int
    date: dt.date


@dataclass(frozen=True, slots=True)
class Facts:
    """Evidence beside the pages; every part may be missing."""

    signatures: tuple[SignatureFact, ...] = ()
    arrived: dt.datetime | None = None
    """Aware."""
    earlier: tuple[EarlierNumber, ...] = ()
    signers: tuple[str, ...] = ()
    """Who signed for the same issuer before, as clerks confirmed it."""
