"""Parcel to edXML and back is the identity, in every field, for any text and any bytes, in both dialects."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import zipfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.document import VN
from gateway.exchange.codes import LIMITS, PLACE_LINE, PRIORITIES, TYPE_DETAILS
from gateway.exchange.edxml import EdocMessage, Profile, Replaced, Turn, read_message, write_parcel
from gateway.exchange.edxml_text import clean
from gateway.exchange.port import Answered, Body, Enclosure, Parcel

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậỳỷỹýỵỘỨĐ ẸỄ0123456789-/.,;:()<>&\"'“”–…½№ \u0300\u0323\u031b"


def words(most: int, *, least: int = 0) -> st.SearchStrategy[str]:
    """Clean text, as it stands on paper after a clerk: any letters of the world, mostly ours, at most so many."""
    raw = st.text(st.sampled_from(VIETNAMESE), max_size=most) | st.text(max_size=most)
    return raw.map(lambda text: clean(text)[:most].strip()).map(clean).filter(lambda text: least <= len(text) <= most)


def field(name: str, *, least: int = 0) -> st.SearchStrategy[str]:
    return words(min(LIMITS[name][0], 120), least=least)


CODES = st.from_regex(r"[0-9A-Za-z]{1,6}(\.[0-9A-Za-z]{1,5}){0,3}", fullmatch=True)
BODIES = st.builds(Body, CODES, field("OrganName"), mail=field("Email"))
DAYS = st.dates(dt.date(1945, 9, 2), dt.date(2100, 12, 31))
MOMENTS = st.integers(946_684_800, 4_102_444_800).map(lambda second: dt.datetime.fromtimestamp(second, VN))
IDS = field("DocumentId", least=1)
CODE_LISTS = st.lists(CODES, max_size=4, unique=True).map(tuple)
TURNS = st.one_of(
    st.builds(Turn, st.just(0), words(60, least=1), staff=words(40)),
    st.builds(Turn, st.just(1), words(60, least=1), target_id=IDS, staff=words(40)),
    st.builds(Turn, st.just(2), words(60, least=1), target_id=IDS, staff=words(40), data_changed=st.booleans(),
              added=CODE_LISTS, removed=CODE_LISTS),
    st.builds(Turn, st.just(3), words(60, least=1), staff=words(40),
              replaces=st.lists(st.builds(Replaced, IDS, CODE_LISTS), max_size=3).map(tuple)),
)  # fmt: skip


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("x"), data)
        archive.writestr(zipfile.ZipInfo("y"), data)
    return out.getvalue()


NAMES = words(60, least=1).map(lambda name: name.replace("/", "-").replace("\\", "-").strip(". ")).filter(bool)
BYTES = st.binary(min_size=1, max_size=2000)
FILES = st.lists(st.one_of(
    st.tuples(NAMES, st.sampled_from(["pdf", "PNG", "xlsx", "xsl", "bin", "p7m", "zip"]), BYTES),
    st.tuples(NAMES, st.sampled_from(["zip", "docx", "xlsm", "bin", "p7m"]), BYTES.map(zipped)),
), min_size=1, max_size=3)  # fmt: skip
ANSWERED = st.builds(Answered, CODES, IDS, field("CodeNotation"), st.none() | DAYS)
TITLES = field("Position").map(lambda title: clean(title.replace(",", "")))
PARCELS = st.fixed_dictionaries({
    "document_id": IDS, "sender": BODIES, "number": field("CodeNumber", least=1),
    "recipients": st.lists(BODIES, min_size=1, max_size=5, unique_by=lambda body: body.code).map(tuple),
    "symbol": field("CodeNotation", least=1), "date": DAYS, "place": field("Place"),
    "doc_type": st.sampled_from(["", *TYPE_DETAILS]) | field("TypeName"), "subject": field("Subject", least=1),
    "content": field("Content", least=1), "signer": field("FullName"),
    "signer_title": TITLES | TITLES.filter(bool).map("KT. CHỦ TỊCH, {}".format),
    "urgency": st.sampled_from(sorted(PRIORITIES)), "pages": st.integers(0, 999_999), "paper_follows": st.booleans(),
    "due": st.none() | DAYS, "places": st.lists(words(PLACE_LINE[0], least=1), max_size=4).map(tuple),
    "appendixes": st.lists(field("Appendix", least=1), max_size=3).map(tuple), "staff": words(50), "sent_at": MOMENTS,
    "answers": st.lists(ANSWERED, max_size=3, unique=True).map(tuple),
})  # fmt: skip
EVERY_FIELD = {one.name for one in dataclasses.fields(Parcel)}


def back(message: EdocMessage, folder: Path) -> Parcel:
    """The Parcel that a message speaks of."""
    files = []
    for place, one in enumerate(message.attachments):
        (path := folder / f"back-{place}").write_bytes(one.data)
        files.append(Enclosure(one.name, "", path))
    assert message.date is not None
    assert message.sent_at is not None
    urgency = next(word for word, number in PRIORITIES.items() if number == message.priority)
    return Parcel(
        document_id=message.document_id, sender=message.sender, recipients=message.recipients, number=message.number,
        symbol=message.symbol, date=message.date, place=message.place, doc_type=message.doc_type,
        subject=message.subject, signer=message.signer, signer_title=message.signer_title, urgency=urgency,
        pages=message.pages, paper_follows=message.paper_follows, content=message.content, due=message.due,
        answers=message.responds_to,
        places=message.places, appendixes=message.appendixes, staff=message.turn.staff, enclosures=tuple(files),
        sent_at=message.sent_at, turn=None if message.turn.kind == 0 else message.turn)  # fmt: skip


def same(one: Parcel, other: Parcel) -> None:
    for name in sorted(EVERY_FIELD - {"enclosures"}):
        assert getattr(one, name) == getattr(other, name), name
    assert [(file.name, file.path.read_bytes()) for file in one.enclosures] == [
        (file.name, file.path.read_bytes()) for file in other.enclosures]  # fmt: skip


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(values=PARCELS, files=FILES, turn=st.none() | TURNS, dialect=st.sampled_from(["A1", "A2"]))
def test_every_field_of_a_parcel_comes_back_as_it_was(
    tmp_path: Path, *, values: dict[str, object], files: list[tuple[str, str, bytes]],
    turn: Turn | None, dialect: str
) -> None:  # fmt: skip
    enclosures = []
    for place, (name, ending, data) in enumerate(files):
        (path := tmp_path / f"{place}").write_bytes(data)
        enclosures.append(Enclosure(f"{name}.{ending}", "application/octet-stream", path))
    turn = turn if turn is None or turn.kind else None
    if turn is not None:
        values = {**values, "staff": turn.staff}
    parcel = Parcel(**values, enclosures=tuple(enclosures), turn=turn)  # type: ignore[arg-type]
    assert {*values, "enclosures", "turn"} == EVERY_FIELD, "a new field of Parcel belongs here too"
    message = read_message(write_parcel(parcel, turn, Profile(dialect)))
    assert isinstance(message, EdocMessage)
    same(back(message, tmp_path), parcel)
    assert write_parcel(back(message, tmp_path), turn, Profile(dialect)) == write_parcel(parcel, turn, Profile(dialect))
