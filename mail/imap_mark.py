"""What is done to a letter in the mailbox once the house has answered. Nothing here can lose one.

Only two acts take a letter out of its folder: MOVE (RFC 6851), and UID EXPUNGE (RFC 4315) of exactly the letter that
was copied and marked as deleted before. Without either it stays, marked as deleted, for a person to purge.
"""

from __future__ import annotations

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from mail.imap_fetch import TAKEN_FLAG, Room, lies_here


def flag(client: IMAPClient, room: Room, uid: int) -> None:
    """Marks a taken letter where it lies."""
    client.add_flags([uid], [TAKEN_FLAG] if room.keywords else [b"\\Seen", b"\\Flagged"], silent=True)


def move(client: IMAPClient, uid: int, target: str, *, copied: set[int]) -> None:
    """Moves one letter; that the other gateway was quicker is no error.

    `copied` remembers across attempts what has been copied, so that a refused STORE does not fill the folder.
    """
    # A server may copy once more what another client has just moved: the window is made small.
    if not lies_here(client, uid):
        return
    try:
        if client.has_capability("MOVE"):
            client.move([uid], target)
            return
        if uid not in copied:
            client.copy([uid], target)
            copied.add(uid)
        client.add_flags([uid], [b"\\Deleted"], silent=True)
        if client.has_capability("UIDPLUS"):
            client.uid_expunge([uid])
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        if lies_here(client, uid):
            raise
