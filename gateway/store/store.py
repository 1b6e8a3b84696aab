"""The Store: Documents, their journal and everything beside them.  One method is one transaction."""
from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from gateway.document import MACHINE_STAGES, VN, Change, Document, Event, FileRef, Origin, Receipt, Stage
from gateway.errors import NotFound, Stale, VaultError
from gateway.register import register_number, register_year
from gateway.store import rows, texts
from gateway.store import tables as t
from gateway.store.anchors import Anchors
from gateway.store.answers import Answers
from gateway.store.answers import owe as owe_answers
from gateway.store.arrivals import Arrivals, forgotten
from gateway.store.changes import DEAD, applied
from gateway.store.checks import Checks
from gateway.store.contents import Contents
from gateway.store.database import Database
from gateway.store.directory import Directory
from gateway.store.figures import Figures
from gateway.store.handovers import Handovers
from gateway.store.health import Attempt, DoorSeen, Ended, Health, end
from gateway.store.hooks import Hooks
from gateway.store.hooks import owe as owe_calls
from gateway.store.identities import Identities
from gateway.store.identity import new_id
from gateway.store.journal import Journal, append
from gateway.store.later import due
from gateway.store.matters import Matters
from gateway.store.migrate import migrate
from gateway.store.notices import Notices, owe
from gateway.store.numbers import Numbers, next_count, number_arrival
from gateway.store.pace import Paces
from gateway.store.people import People
from gateway.store.rearranging import MERGED, Kin, born, forget_shared, source_of, to_erase
from gateway.store.rights import RightsAlarms
from gateway.store.search import Found, Place, Query, find, places
from gateway.store.sendings import Sendings, went_out
from gateway.store.tokens import Tokens
from gateway.store.turns import Turns, turned
from gateway.store.views import Views

__all__ = ["Attempt", "DoorSeen", "Found", "Query", "Received", "Store"]
log = logging.getLogger(__name__)
_WAITING = [stage.value for stage in (*MACHINE_STAGES, Stage.RECALLING)]


@dataclass(frozen=True, slots=True)
class Received:
    """Answer of `receive`: fresh is False when the bytes or the origin were known already."""

    document: Document
    fresh: bool


def _now() -> dt.datetime:
    return dt.datetime.now(VN)


class Store:
    """Thread-safe; every method may raise SQLAlchemyError when the database is away."""

    def __init__(self, database: Database, clock: Callable[[], dt.datetime]) -> None:
        self._database = database
        self._clock = clock
        self._health = Health(database)
        self._log_holds = True
        """The database's log may still hold words of a STOPPED letter, perhaps from before a crash."""
        self.engine = database.engine
        self.people = People(database)
        self.identities = Identities(database)
        self.directory = Directory(database)
        self.journal = Journal(database)
        self.anchors = Anchors(database)
        self.contents = Contents(database)
        self.notices = Notices(database)
        self.handovers = Handovers(database)
        self.matters = Matters(database)
        self.texts = texts.Texts(database)
        self.views = Views(database)
        self.turns = Turns(database)
        self.kin = Kin(database)
        self.sendings = Sendings(database)
        self.rights = RightsAlarms(database)
        self.figures = Figures(database)
        self.tokens = Tokens(database)
        self.arrivals = Arrivals(database)
        self.answers = Answers(database)
        self.checks = Checks(database)
        self.numbers = Numbers(database)
        self.hooks = Hooks(database)
        self.paces = Paces(database)
        self.on_leg: Callable[[Connection, Document], None] | None = None
        """Called inside the transaction for a new or changed Document that waits for the machine and is not held."""
        self.on_erase: Callable[[str], None] | None = None
        """Erases bytes by SHA-256 wherever they lie; called after a Document was STOPPED, and by sweep_erasures."""

    @classmethod
    def open(cls, url: str, *, clock: Callable[[], dt.datetime] = _now) -> Store:
        """Opens the database, with all tables in their newest form.

        `url`: "sqlite:////path/vanthu.db" or "postgresql+psycopg://...".
        """
        database = Database(url)
        with database.writing() as connection:
            migrate(connection)
        return cls(database, clock)

    def close(self) -> None:
        """Gives the connections back."""
        self.engine.dispose()

    def receive(self, origin: Origin, file: FileRef, *, unit: str, name: str, by: str, at: dt.datetime,
                also: Change | None = None) -> Received:
        """A new Document of a file that is durable in the vault, or the one that has it already.

        The same origin again changes nothing.  The same bytes for the same unit are linked to the first Document,
        unless that has come to nothing (REJECTED, REFUSED, RECALLED, STOPPED).  `also` is recorded with a new Document
        in the same transaction.
        """
        with self._database.writing() as connection:
            if known := self._by_origin(connection, origin):
                if known.stage is Stage.STOPPED:
                    for one in (file, *(also.files if also else ())):
                        to_erase(connection, one.sha256, known.id, at)
                return Received(known, fresh=False)
            if earlier := self._same_bytes(connection, file.sha256, unit):
                self._link(connection, origin, earlier.id, at)
                append(connection, _event(earlier.id, at, by, "same_bytes"))
                return Received(earlier, fresh=False)
            document = Document(id=new_id(at), stage=Stage.RECEIVED, version=1, unit=unit, origin=origin, name=name,
                                received_at=at, by=by, files=(file,))
            rows.insert(connection, document)
            texts.write(connection, document, files_changed=True)
            self._link(connection, origin, document.id, at)
            append(connection, replace(_event(document.id, at, by, "received"), to_stage=Stage.RECEIVED))
            if also is None:
                self._wake(connection, document)
            else:
                self._record(connection, document, also, "machine")
            taken = rows.load(connection, [document.id])[0]
            owe(connection, None, taken, at)
            return Received(taken, fresh=True)

    def get(self, document_id: str) -> Document:
        """The Document as it stands.

        Raises:
            NotFound: there is none of that id.
        """
        with self._database.reading() as connection:
            return self._get(connection, document_id)

    def record(self, document: Document, change: Change, *, who: str, ended: Ended | None = None) -> Document:
        """Writes a Change down, whole or not at all, and gives the Document after it.  `ended`: the attempt behind it.

        Raises:
            Stale: the Document has changed since it was read, or its parcel_id is taken.
            WrongStage: the move is not allowed.
            NotFound: there is no such Document.
        """
        try:
            with self._database.writing() as connection:
                after = self._record(connection, document, change, who)
                if ended is not None:
                    end(connection, ended)
        except IntegrityError as error:
            raise Stale from error
        if after.stage is Stage.STOPPED or change.withdraw:
            self._log_holds = True
            self.sweep_erasures()
        return after

    def _record(self, connection: Connection, document: Document, change: Change, who: str) -> Document:
        before, now = self._get(connection, document.id), self._clock()
        if before.version != document.version:
            raise Stale
        after = applied(before, change)
        if change.take_register_number and not before.register_number:
            count = next_count(connection, before.unit, now)
            after = replace(after, register_number=register_number(before.unit, register_year(now), count))
        if not rows.update(connection, before, after):
            raise Stale
        texts.write(connection, after, files_changed=after.files != before.files)
        if change.take_register_number:
            number_arrival(connection, after, now)
        fresh = rows.add_receipts(connection, after.id, change.receipts)
        if change.earlier is not None:
            turned(connection, after.id, change.earlier, who=who, at=now)
        if change.to is Stage.SENT:
            went_out(connection, after.id, change.sent_at or now)
        for other, theirs in change.along:
            self._record(connection, other, theirs, who)
        for child in born(connection, after, change.born, who=who, at=now):
            self._wake(connection, child)
        if after.stage is Stage.STOPPED:
            self._forget(connection, before, now)
            forget_shared(connection, before, now)
        for sha256 in {file.sha256 for file in before.files} if change.withdraw else ():
            to_erase(connection, sha256, before.id, now)
        moved = change.to is not None
        append(connection, Event(0, after.id, now, who, change.what, before.stage if moved else None,
                                 after.stage if moved else None, change.why, ""))
        if change.what != MERGED:
            owe(connection, before, after, now)
        owe_answers(connection, after, change.says, who=who, at=now)
        if after.stage is Stage.STOPPED:
            forgotten(connection, after.id)
        owe_calls(connection, before, after, fresh, now)
        self._wake(connection, after)
        return self._get(connection, after.id)

    def note(self, document_id: str, *, who: str, what: str, why: str = "") -> None:
        """An Event without a change (viewed, downloaded ...)."""
        with self._database.writing() as connection:
            append(connection, replace(_event(document_id, self._clock(), who, what), why=why))

    def find(self, query: Query) -> Found:
        """Documents that fit, in the order asked for."""
        return find(self._database, query)

    def places(self, query: Query) -> tuple[Sequence[Place], int]:
        """As `find`, but only where each stands."""
        return places(self._database, query)

    def counts(self) -> Mapping[str, int]:
        """How many Documents stand on each stage (by its value), and how many are "held"."""
        d = t.documents.c
        chosen = sa.select(d.stage, sa.func.count(), sa.func.count(d.held_code)).group_by(d.stage)
        with self._database.reading() as connection:
            found = {stage: (number, held) for stage, number, held in connection.execute(chosen)}
        per_stage = {stage.value: found.get(stage.value, (0, 0))[0] for stage in Stage}
        return per_stage | {"held": sum(held for _, held in found.values())}

    def by_parcel(self, parcel_id: str) -> Document | None:
        """The Document that was sealed under that DocumentId."""
        if not parcel_id:
            return None
        with self._database.reading() as connection:
            return self._one(connection, sa.select(t.documents.c.id).where(t.documents.c.parcel_id == parcel_id))

    def by_origin(self, origin: Origin) -> Document | None:
        """The Document that came in that way."""
        with self._database.reading() as connection:
            return self._by_origin(connection, origin)

    def holders(self, sha256: str, unit: str) -> Sequence[str]:
        """Ids of the unit's Documents that have these bytes and have not come to nothing, oldest first."""
        d, f = t.documents.c, t.files.c
        chosen = sa.select(d.id).distinct().where(f.document == d.id, f.sha256 == sha256, d.unit == unit,
                                                  d.stage.not_in([stage.value for stage in DEAD]))
        with self._database.reading() as connection:
            return sorted(connection.scalars(chosen))

    def waiting_for_machine(self, now: dt.datetime) -> Sequence[Document]:
        """Documents that stand on a machine stage or RECALLING, are not held, and may be tried now; oldest first."""
        d = t.documents.c
        chosen = sa.select(d.id).where(d.stage.in_(_WAITING), d.held_code.is_(None), due(d.next_try_at, now))
        chosen = chosen.order_by(d.received_at, d.id)
        with self._database.reading() as connection:
            return rows.load(connection, list(connection.scalars(chosen)))

    def events(self, document_id: str) -> Sequence[Event]:
        """The journal's lines about a Document, oldest first."""
        return self.journal.of(document_id)

    def receipts(self, document_id: str) -> Sequence[Receipt]:
        """What receivers have said, in the order in which it came."""
        r = t.receipts.c
        chosen = sa.select(r.code, r.at, r.from_code, r.from_name, r.reason, r.staff, r.message_id)
        with self._database.reading() as connection:
            found = connection.execute(chosen.where(r.document == document_id).order_by(r.id)).mappings()
            return [Receipt(**row) for row in found]

    def attempt(self, document_id: str, what: str, at: dt.datetime) -> int:
        """Says that something is about to be tried, before the outside world is touched; the attempt's number."""
        return self._health.begin(document_id, what, at)

    def attempt_done(self, attempt_id: int, outcome: str, at: dt.datetime) -> None:
        """Says how it went, in a word."""
        self._health.end(Ended(attempt_id, outcome, at))

    def attempts(self, document_id: str) -> Sequence[Attempt]:
        """What was tried, oldest first; an attempt without an outcome was cut off."""
        return self._health.attempts(document_id)

    def beat(self, executor: str) -> None:
        """Says that this process lives."""
        self._health.beat(executor)

    def live_executors(self, within_s: float) -> frozenset[str]:
        """Processes that have said so within so many seconds, by the database's clock."""
        return self._health.live(within_s)

    def door_seen(self, door: str, at: dt.datetime, note: str = "") -> None:
        """A door has looked; `note` is its trouble as a sentence, "" for none."""
        self._health.seen(door, at, note)

    def doors(self) -> Sequence[DoorSeen]:
        """When each door last looked."""
        return self._health.doors()

    def pending_erasures(self) -> Sequence[str]:
        """SHA-256 of bytes that must still be erased."""
        with self._database.reading() as connection:
            return list(connection.scalars(sa.select(t.erasures.c.sha256).order_by(t.erasures.c.at)))

    def sweep_erasures(self) -> int:
        """Has `on_erase` erase what is pending; how many went.  What fails stays pending for the next sweep."""
        done, pending = 0, self.pending_erasures() if self.on_erase else ()
        if pending:
            self.texts.forget_terms()
        for sha256 in pending:
            done += self._erase(sha256)
        if done or self._log_holds:
            self._log_holds = not self._database.forget_log()
        return done

    def _erase(self, sha256: str) -> bool:
        # Under the writer's lock: nobody can accept the same bytes again between the look and the erasing.
        with self._database.writing() as connection:
            again = sa.select(t.files.c.document).where(t.files.c.sha256 == sha256).limit(1)
            if connection.scalar(again) is None and self.on_erase is not None:
                try:
                    self.on_erase(sha256)
                except (VaultError, OSError) as error:
                    log.warning("- erase_failed error=%s", type(error).__name__)
                    return False
            connection.execute(t.erasures.delete().where(t.erasures.c.sha256 == sha256))
        return True

    def _get(self, connection: Connection, document_id: str) -> Document:
        found = rows.load(connection, [document_id])
        if not found:
            raise NotFound
        return found[0]

    def _one(self, connection: Connection, ids: sa.Select[tuple[str]]) -> Document | None:
        found = rows.load(connection, list(connection.scalars(ids.limit(1))))
        return found[0] if found else None

    def _by_origin(self, connection: Connection, origin: Origin) -> Document | None:
        o = t.origins.c
        keys = (origin.key, _key_hash(origin.key))
        return self._one(connection, sa.select(o.document).where(o.door == origin.door.value, o.key.in_(keys)))

    def _same_bytes(self, connection: Connection, sha256: str, unit: str) -> Document | None:
        d, dead = t.documents.c, [stage.value for stage in DEAD]
        chosen = sa.select(d.id).where(d.sha256 == sha256, d.unit == unit, d.stage.not_in(dead))
        return self._one(connection, chosen.order_by(d.received_at, d.id)) or self._one(
            connection, source_of(sha256, unit).where(d.stage.not_in(dead)))

    def _link(self, connection: Connection, origin: Origin, document_id: str, at: dt.datetime) -> None:
        row = {"door": origin.door.value, "key": origin.key, "document": document_id, "at": at}
        connection.execute(t.origins.insert().values(**row))

    def _forget(self, connection: Connection, document: Document, now: dt.datetime) -> None:
        """Takes away what rows beside the Document still say of the letter, and has its bytes erased."""
        connection.execute(t.receipts.delete().where(t.receipts.c.document == document.id))
        mine = t.origins.c.document == document.id
        for door, key in connection.execute(sa.select(t.origins.c.door, t.origins.c.key).where(mine)).all():
            one = t.origins.update().where(t.origins.c.door == door, t.origins.c.key == key)
            connection.execute(one.values(key=_key_hash(key)))
        for sha256 in {file.sha256 for file in document.files}:
            to_erase(connection, sha256, document.id, now)

    def tell_end(self, told: Callable[[bool], None]) -> None:
        """Has `told(committed)` hear of the end of each transaction that writes, in the writer's thread."""
        self._database.on_end = told

    def _wake(self, connection: Connection, document: Document) -> None:
        if self.on_leg is not None and document.held is None and document.stage.value in _WAITING:
            self.on_leg(connection, document)


def _event(document: str, at: dt.datetime, who: str, what: str) -> Event:
    return Event(0, document, at, who, what, None, None, "", "")


def _key_hash(key: str) -> str:
    """Stands for the origin of a STOPPED Document: a path or a subject may quote the letter."""
    return "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

