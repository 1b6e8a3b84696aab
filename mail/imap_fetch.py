"""What lies in a folder, and one letter of it on our disk: sizes first, then the octets in pieces, none marked read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, ProtocolError

from mail.imap_trouble import SpoolTrouble, response_code
from mail.smtp_spool import SpoolFile, free_octets

log = logging.getLogger(__name__)

TAKEN_FLAG = b"$VanthuTaken"
_PIECE = 1 << 20
_SIZES = 200  # letters asked about at once
_WINDOW = 10_000  # letters searched at once: a longer answer would not fit imaplib's longest line
_FREE = 64 << 20


class Gone(Exception):
    """The letter is no longer in the folder: a person, or the other gateway, moved it."""


class TooLarge(Exception):
    """It is larger than the plan allows, whatever the server said before."""


@dataclass(frozen=True, slots=True)
class Room:
    """A folder that was just selected."""

    name: str
    validity: int  # UIDVALIDITY: with another one, the same UIDs mean other letters
    count: int
    keywords: bool  # will $VanthuTaken be kept?


def enter(client: IMAPClient, name: str) -> Room:
    """Selects the folder anew, so that what came or went since is seen."""
    told = client.select_folder(name)
    kept = {bytes(flag).lower() for flag in told.get(b"PERMANENTFLAGS", ())}
    keywords = bool(kept & {b"\\*", TAKEN_FLAG.lower()})
    return Room(name, int(told.get(b"UIDVALIDITY", 0)), int(told.get(b"EXISTS", 0)), keywords)


def waiting(client: IMAPClient, room: Room) -> list[int]:
    """UIDs without our mark, oldest first. A letter that a person marked as deleted is not wanted any more."""
    # Where keywords are not kept, seen and flagged together are the mark: a person reading a letter does not hide it.
    wanted = [b"UNKEYWORD", TAKEN_FLAG] if room.keywords else [b"OR", b"UNSEEN", b"UNFLAGGED"]
    found: set[int] = set()
    for start in range(1, room.count + 1, _WINDOW):
        end = str(start + _WINDOW - 1) if start + _WINDOW <= room.count else "*"
        found.update(client.search([f"{start}:{end}".encode(), b"UNDELETED", *wanted]))
    return sorted(found)


def sizes(client: IMAPClient, uids: list[int]) -> Iterator[tuple[int, int]]:
    """(uid, octets as the server counts them, 0 when it cannot); a letter that went meanwhile is left out."""
    for start in range(0, len(uids), _SIZES):
        some = uids[start : start + _SIZES]
        try:
            told = client.fetch(some, ["RFC822.SIZE"])
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:  # one damaged letter among them must not hide the others
            log.warning("- imap_no_sizes uids=%d code=%s", len(some), response_code(error))
            told = {uid: {} for uid in some}
        for uid in some:
            if uid in told:
                size = told[uid].get(b"RFC822.SIZE")
                yield uid, size if isinstance(size, int) else 0


def fetch(client: IMAPClient, uid: int, *, size: int, largest: int, file: SpoolFile) -> int:
    """Writes the letter into `file`, at most one piece in memory; returns its octets.

    Raises:
        Gone, TooLarge: see there.
        SpoolTrouble: our disk.
    """
    if free_octets(file.path.parent) < size + _FREE:
        raise SpoolTrouble("Ổ đĩa của thư mục đệm sắp đầy nên chưa tải thư. Hãy giải phóng dung lượng.")
    total, asked_again = 0, False
    while True:
        piece, whole = _piece(client, uid, total)
        if not piece and total < size and not asked_again:
            # A letter that another client removes while we read it goes on as one without octets (dovecot does so).
            if not lies_here(client, uid):
                raise Gone
            asked_again = True
            continue
        total += len(piece)
        if total > largest:
            raise TooLarge
        try:
            file.write(piece)
        except OSError as error:
            raise SpoolTrouble("Không ghi được thư vào thư mục đệm. Hãy kiểm tra dung lượng và quyền ghi.") from error
        # Some servers count sizes roughly: short of the count only an empty piece is the end.
        if whole or not piece or (len(piece) < _PIECE and total >= size):
            break
    if not total and size:
        raise ProtocolError("a letter without octets")
    if total < size:
        log.warning("- imap_size_differs uid=%d said=%d came=%d", uid, size, total)
    return total


def fetch_head(client: IMAPClient, uid: int, *, file: SpoolFile) -> None:
    """Writes the letter's header into `file`, at most a piece of it.

    Raises:
        Gone: see there.
        SpoolTrouble: our disk.
    """
    told = client.fetch([uid], [f"BODY.PEEK[HEADER]<0.{_PIECE}>"]).get(uid)
    found = [value for key, value in (told or {}).items() if bytes(key).upper().startswith(b"BODY[HEADER]")]
    if not found:
        raise Gone
    try:
        file.write(bytes(found[0] or b"")[:_PIECE])
    except OSError as error:
        raise SpoolTrouble("Không ghi được thư vào thư mục đệm. Hãy kiểm tra dung lượng và quyền ghi.") from error


def lies_here(client: IMAPClient, uid: int) -> bool:
    """Is the letter still in the folder? NOOP first: before it a server may show what others have removed."""
    client.noop()
    return bool(client.search([b"UID", str(uid).encode()]))


def _piece(client: IMAPClient, uid: int, start: int) -> tuple[bytes, bool]:
    """(octets from `start` on, is that all there is?): some servers know no pieces (RFC 3501, 6.4.5)."""
    told = client.fetch([uid], [f"BODY.PEEK[]<{start}.{_PIECE}>"]).get(uid)
    if told is None:
        raise Gone
    for key, value in told.items():
        name = bytes(key).upper()
        if not name.startswith(b"BODY[]"):
            continue
        whole = name == b"BODY[]"
        if (whole and start) or (not whole and name != b"BODY[]<%d>" % start):
            raise ProtocolError(f"piece {start} was asked for")
        return b"" if value is None else bytes(value), whole and value is not None
    raise Gone  # the server named the letter only to tell of its flags
