"""What the sandbox axis remembers: packets as files, their list in a small database.  Survives a restart."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from gateway.document import VN
from gateway.exchange.durable import write_whole

_SCHEMA = """
create table if not exists packet (
  docid text primary key, kind text not null, document_id text not null, sender text not null, receiver text not null,
  ready_at real not null, status text not null default 'initial');
create table if not exists sent (
  document_id text not null, sender text not null, docid text not null, title text not null, notation text not null,
  sent_at text not null, doubles integer not null default 0, primary key (document_id, sender));
create table if not exists reached (
  document_id text not null, sender text not null, receiver text not null,
  primary key (document_id, sender, receiver));
"""


_PACKET = "insert or ignore into packet values (?,?,?,?,?,?,?)"


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet in the sandbox's list."""

    docid: str
    kind: str
    document_id: str
    sender: str
    receiver: str
    ready_at: float
    status: str = "initial"


@dataclass(frozen=True, slots=True)
class Taken:
    """A document that the sandbox takes in, and what it brings forth."""

    packet: Packet
    message: bytes
    title: str
    notation: str
    to: Sequence[str]
    """Codes of the receivers that it has not reached before."""
    also: Sequence[tuple[Packet, bytes]]
    """What receivers say to it, and the document itself where they are polled for here."""


class SandboxState:
    """Packets of one sandbox, in `data`."""

    def __init__(self, data: Path) -> None:
        for part in ("received", "waiting"):
            (data / part).mkdir(parents=True, exist_ok=True)
        self.data = data
        self._lock = threading.Lock()
        self._base = sqlite3.connect(data / "sandbox.db", check_same_thread=False, isolation_level=None)
        # A rehearsal outlives the death of its process, not that of the machine: "normal" saves a wait per packet.
        self._base.executescript("pragma journal_mode=wal; pragma synchronous=normal;" + _SCHEMA)

    def close(self) -> None:
        """Closes the list."""
        with self._lock:
            self._base.close()

    def known(self, document_id: str, sender: str) -> str:
        """docId of a document that came before, "" when it is new."""
        with self._lock:
            row = self._base.execute(
                "select docid from sent where document_id=? and sender=?", (document_id, sender)
            ).fetchone()
        return str(row[0]) if row else ""

    def doubled(self, document_id: str, sender: str) -> None:
        """Counts a document that came again."""
        with self._lock:
            self._base.execute(
                "update sent set doubles = doubles + 1 where document_id=? and sender=?", (document_id, sender)
            )

    def reached(self, document_id: str, sender: str) -> frozenset[str]:
        """Codes of the receivers that have had a document."""
        with self._lock:
            rows = self._base.execute(
                "select receiver from reached where document_id=? and sender=?", (document_id, sender)
            ).fetchall()
        return frozenset(str(row[0]) for row in rows)

    def keep_document(self, taken: Taken) -> None:
        """The files durable; then everything that is known of the document, at once: a death between leaves no answer
        without its document, and no document without its answers."""
        packet = taken.packet
        write_whole(self.data / "received" / f"{packet.docid}.edxml", taken.message)
        for one, message in taken.also:
            self._lay(one, message)
        with self._lock, self._whole():
            self._base.execute(
                "insert or ignore into sent (document_id, sender, docid, title, notation, sent_at)"
                " values (?,?,?,?,?,?)",
                (packet.document_id, packet.sender, packet.docid, taken.title, taken.notation,
                 _words(packet.ready_at)),
            )  # fmt: skip
            self._base.executemany("insert or ignore into reached values (?,?,?)",
                                   [(packet.document_id, packet.sender, code) for code in taken.to])  # fmt: skip
            self._base.executemany(_PACKET, [astuple(one) for one, _ in taken.also])

    @contextmanager
    def _whole(self) -> Iterator[None]:
        self._base.execute("begin immediate")
        try:
            yield
        except sqlite3.Error:
            self._base.execute("rollback")
            raise
        self._base.execute("commit")

    def keep_waiting(self, packet: Packet, message: bytes) -> None:
        """A packet for somebody who polls here."""
        self._lay(packet, message)
        with self._lock:
            self._base.execute(_PACKET, astuple(packet))

    def _lay(self, packet: Packet, message: bytes) -> None:
        target = self.data / "waiting" / f"{packet.docid}.edxml"
        half = target.with_name(f".{target.name}")
        half.write_bytes(message)
        half.rename(target)

    def list_waiting(self, kind: str, now: float) -> list[Packet]:
        """Packets of that kind that are ready and not settled, oldest first."""
        with self._lock:
            rows = self._base.execute(
                "select * from packet where kind=? and ready_at<=? and status not in ('done','fail')"
                " order by ready_at, docid",
                (kind, now),
            ).fetchall()
        return [Packet(*row) for row in rows]

    def message(self, docid: str) -> bytes | None:
        """The bytes of a packet, or None when it is unknown."""
        file = self.data / "waiting" / f"{Path(docid).name}.edxml"
        return file.read_bytes() if file.exists() else None

    def settle(self, docid: str, status: str) -> bool:
        """Sets a packet's status; False when it is unknown."""
        with self._lock:
            return self._base.execute("update packet set status=? where docid=?", (status, docid)).rowcount == 1

    def sent(self, document_id: str) -> list[dict[str, object]]:
        """What came under a DocumentId, a row for each receiver, in the shape of getSentEdocList."""
        with self._lock:
            rows = self._base.execute(
                "select docid, title, notation, document_id, sender, sent_at, coalesce(receiver, '') from sent"
                " left join reached using (document_id, sender) where document_id=? or ?='' order by sent.rowid",
                (document_id,) * 2,
            ).fetchall()
        names = ("receiverDocId", "title", "notation", "senderDocId", "fromCode", "sentTime", "toCode")
        return [
            {**dict(zip(names, row, strict=True)), "serviceType": "eDoc", "messageType": "edoc", "sendStatus": "done"}
            for row in rows
        ]

    def doubles(self) -> int:
        """How often a document came that was here already."""
        with self._lock:
            return int(self._base.execute("select coalesce(sum(doubles), 0) from sent").fetchone()[0])


def _words(at: float) -> str:
    return dt.datetime.fromtimestamp(at, VN).strftime("%Y/%m/%d %H:%M:%S")
