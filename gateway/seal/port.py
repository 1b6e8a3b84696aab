"""The port Seal: the organisation's digital signature on a digitised copy.  The key is never ours.

`prepare` writes the mark and the empty signature into a temporary copy and gives the digest to be signed; whoever holds
the key makes the CMS; `finish` embeds it, checks the result and puts it in place by rename.  Until `finish` returns,
nothing exists under the final name; calling both again from the start is harmless.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

STAMP_LATER = "stamp_later"
"""Remark on a sealed Document whose seal still lacks something: it is not sent before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealOrder:
    """What the mark says (Decree 30/2020 annex I part II section I.3; zone 14)."""

    copy_kind: str
    """"SAO Y", "SAO LỤC", "TRÍCH SAO" or "CHUYỂN TIẾP"; printed in lower case as the decree demands ("Sao y")."""
    body: str
    """Name of the copying body."""
    place: str
    at: dt.datetime
    """Aware; shown in +07:00."""
    attachment_of: str = ""
    """Number and symbol of the letter ("12/UBND-VP") when this file is its separate attachment: the mark then says
    these and the time (annex I part I section III.1.d)."""
    cover: bool = False
    """The clerk has seen the page and lets the mark cover what stands in its corner."""
    field_name: str = "CoQuan_1"


@dataclass(frozen=True, slots=True)
class PreparedSeal:
    """A PDF that waits for its CMS."""

    path: Path
    """Temporary file, same volume as the result."""
    digest: bytes
    algorithm: str
    """"sha256" ..."""
    order: SealOrder
    offset: int
    """Start of the hole in /Contents, in bytes."""
    reserved: int
    """Room in the hole, in bytes."""


class Signer(Protocol):
    """Whoever holds the organisation's key: a token, an HSM, or a rehearsal file."""

    rehearsal: bool
    """True for a key that has no legal value; pages and doctor say so."""

    @property
    def asks_pin(self) -> bool:
        """The sealer gives the PIN at every act."""
        ...

    def opened(self, pin: str) -> AbstractContextManager[Signer]:
        """The signer for one act, with the sealer's PIN where it asks for one; afterwards the PIN is forgotten."""
        ...

    def subject(self) -> str:
        """Common name of the certificate."""
        ...

    def check(self, at: dt.datetime) -> None:
        """Raises CertificateUnfit when the certificate may not seal at that time (validity, usage, key strength)."""
        ...

    def certificate(self) -> bytes:
        """The signing certificate, DER."""
        ...

    def cms(self, prepared: PreparedSeal) -> bytes:
        """A detached CAdES signature over the digest (ETSI EN 319 142-1), DER.

        Raises:
            KeyUnavailable: token missing, PIN wrong; a wrong PIN is never tried twice.
            StampUnavailable: no time stamp, and the settings do not seal without one.
            ClockOff: our clock is wrong.
        """
        ...


class Seal(Protocol):
    """Puts mark and signature on a PDF/A; bytes before the increment stay as they are."""

    def prepare(self, source: Path, order: SealOrder, signer: Signer) -> PreparedSeal:
        """Writes mark and empty signature into a temporary file beside the vault.

        Raises:
            SealError: the file is signed already, encrypted, broken or no PDF/A.
            CornerTaken: no place for the mark without covering ink, and the order does not allow it.
        """
        ...

    def finish(self, prepared: PreparedSeal, cms: bytes, out: Path) -> None:
        """Embeds the CMS, validates (intact, valid, whole file covered, still PDF/A), fsyncs, renames to `out`.

        Raises:
            SealBroken: the result failed its checks; `out` does not exist.
            StampUnavailable: what the level needs is not to be had, and the settings do not seal without it.
        """
        ...

    def lacks(self, path: Path) -> bool:
        """Whether a sealed file still lacks what the settings ask for: time stamp, revocation data, archive stamp."""
        ...

    def complete(self, source: Path, out: Path) -> None:
        """Adds what a sealed file lacks, behind its bytes, and renames the result to `out`; may be called again.

        Raises:
            StampUnavailable: nobody answers; `out` does not exist.
            ClockOff: our clock is wrong.
            SealBroken: the result failed its checks.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a signing program at the clerk's desk is sent for."""

    fetch: str
    """Address of the file, good once."""
    upload: str
    """Address where the sealed file goes, good once."""
    number: str
    """Number and symbol of the paper."""
    date: dt.date | None
    """Its date of issue."""


@dataclass(frozen=True, slots=True)
class Given:
    """The file that such a program was given."""

    sha256: str
    size: int
    at: dt.datetime


class DeskProgram(Protocol):
    """A program on the sealer's own machine that holds the key: the page talks to it, it fetches and brings back."""

    name: str
    """What people call it."""
    address: str
    """The websocket that the page opens for a paper."""
    attachment_address: str
    """The one for its attachments."""
    minutes: float
    """So long it may take."""
    part: str
    """Name of the upload's part that holds the file."""

    def message(self, errand: Errand) -> Mapping[str, object]:
        """What the page says to it, to be sent as JSON."""
        ...

    def answer(self, errand_done: bool, said: str, name: str) -> Mapping[str, object]:
        """What we answer to its upload, to be sent as JSON."""
        ...

    def check_place(self, source: Path, order: SealOrder) -> None:
        """Raises CornerTaken or SealError when no mark of ours could be laid; looks only."""
        ...

    def give(self, source: Path, order: SealOrder, out: Path) -> None:
        """Writes the file that is to be sealed.

        Raises:
            CornerTaken, SealError: see Seal.prepare.
        """
        ...

    def take(self, returned: Path, given: Given, order: SealOrder, out: Path) -> bool:
        """Judges what came back and puts it in its place by rename; whether it is still PDF/A.

        Raises:
            ReturnUnfit: it does not extend what was given, or more than a whole seal in its place was added.
            CornerTaken: its mark covers ink, and the order does not allow it.
            CertificateUnfit: the certificate may not seal, or is another body's.
            ClockOff: the sealer's machine has another time than ours.
            StampUnavailable, SealBroken: see Seal.finish.
        """
        ...

    def lacks(self, path: Path) -> bool:
        """See Seal.lacks."""
        ...
