"""The tools a desk needs, as one frozen value: `gateway/front.py` builds it, `review.web.create_app` takes it.

Nothing here names a concrete adapter: keys, pictures and uploads are reached through these shapes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from gateway.document import VN, CopyKind, Document
from gateway.exchange.port import Body
from gateway.seal.evidence import Witness
from gateway.seal.looks import HERE, Looks
from gateway.seal.port import DeskProgram, Seal, Signer

if TYPE_CHECKING:
    from gateway.review.login_service import LoginService
    from gateway.store.hooks import Hook
    from gateway.store.store import Store
    from gateway.store.vault import Vault


class Picture(Protocol):
    """Draws one page of a stored file (PDF, TIFF, JPEG or PNG)."""

    def __call__(self, path: Path, page: int, width: int) -> bytes:
        """PNG bytes of that page (1-based), upright, `width` pixels wide.

        Raises:
            ReadFailed: the file cannot be drawn, or has no such page.
        """
        ...


class Take(Protocol):
    """Accepts an upload: data durable and row committed when it returns (gateway.intake.accept)."""

    def __call__(self, source: BinaryIO, *, unit: str, name: str, by: str, media_type: str) -> Document:
        """The new Document, or the earlier one when the same bytes are known already.

        Raises:
            VaultError: nothing was taken; trying again is harmless.
        """
        ...


ScanAgain = Callable[[Document, str], Callable[[], None]]
"""Writes a note (text) for whoever scanned the Document, where that scanner's refused files lie; gives what takes the
note away again.  Raises OSError."""
HeadOfMessage = Callable[[Document, CopyKind, str], bytes]
"""A Document, the kind of its copy and its DocumentId to the head of the message it will be sent with."""


@dataclass(frozen=True, slots=True)
class Office:
    """A unit whose papers are sealed here."""

    body: Body
    """Code and name as the Exchange knows them; the name stands in the mark."""
    place: str = ""
    signer: Signer | None = None
    """Who holds the unit's key; None when the unit has none here."""
    program: DeskProgram | None = None
    """The program on the sealer's own machine that holds it, where one does."""


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One line of the health page, in words for a clerk."""

    name: str
    ok: bool
    words: str
    """What is so; when not ok it ends in the next thing to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Programs that are told what happens to their unit's papers."""

    checked: Callable[[str], str]
    """The address when a program may listen there; raises NotAllowed with the reason."""
    key_of: Callable[[Hook], str]
    """What its program checks signatures with."""


def _no_progress(_: str) -> tuple[int, int] | None:
    return None


def _no_health() -> Sequence[HealthLine]:
    return ()


def _now() -> dt.datetime:
    return dt.datetime.now(VN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything the pages work with."""

    store: Store
    vault: Vault
    seal: Seal
    offices: Mapping[str, Office]
    """Unit code to Office."""
    home: str
    """Code of the serving office: the unit of uploads; its key passes on unsigned mail of a unit (decision 13)."""
    picture: Picture
    take: Take
    own_scanners: frozenset[str] = field(default_factory=frozenset)
    """Mail addresses (lower case) of the office's own scan-to-mail devices: their papers count as own scans."""
    progress: Callable[[str], tuple[int, int] | None] = _no_progress
    """Document id to (pages read, pages) while it is being read, else None."""
    in_work: Callable[[], Sequence[str]] = tuple
    """Ids of Documents whose pages are being counted."""
    readers: int = 1
    """So many papers are read at once."""
    health: Callable[[], Sequence[HealthLine]] = _no_health
    clock: Callable[[], dt.datetime] = _now
    """Aware time."""
    language: str = "vi"
    """Shown when the visitor has not chosen: "vi" or "en"."""
    secure_cookies: bool = False
    """True behind TLS: cookies then travel over https only."""
    session_hours: int = 10
    message: HeadOfMessage | None = None
    """What copies carry of their message; None for nothing."""
    clock_right: Callable[[], None] = lambda: None
    """Raises ClockOff when this machine's clock is known to be wrong: then nothing is sealed."""
    witness: Callable[[Path], Witness] | None = None
    """Judges a new seal and gathers what that rests on, to be kept with the Document."""
    looks: Looks = HERE
    """Who looks at attachments before they are sealed."""
    programs: Programs | None = None
    """None where no program is told anything."""
    scan_again: ScanAgain | None = None
    """None where no folder is watched."""
    upload_limit: int = 200 * 1024 * 1024
    """Bytes of one upload."""
    check_anchors: Callable[[], Sequence[str]] = lambda: ()
    """Holds the anchors against the journal; what does not fit, as sentences."""
    login_service: LoginService | None = None
    """Where people prove who they are, beside passwords or in place of them."""
    address: str = ""
    """Of the desk as a program on the sealer's machine reaches it; "" means as the sealer's browser does."""
