"""BDAT (RFC 3030): a chunk is as long as was said, its octets stay as they came, and 250 is what it is for DATA."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail.envelope import Answer
from mail.letter import parse
from mail.part import Fate
from mail.smtp import Listener
from mail.smtp_data import ChunkStream, parse_chunk
from mail.smtp_spool import SpoolFile
from tests.mail.smtp_doors import HERE, LETTER, TO, Talk, Tls, limits, opened
from tests.mail.test_smtp_data import SMUGGLED, cut
from tests.waiting import came_true

BEGIN = ("EHLO a", "MAIL FROM:<a@xa.vn>", f"RCPT TO:<{TO}>")
MAIL_AGAIN = f"MAIL FROM:<a@xa.vn>\r\nRCPT TO:<{TO}>\r\n".encode()
ANY_OCTETS = b"\0\r.\r\n.\r\n..\n.\nQUIT\r\n\xff\xfe" + LETTER + b"".join(SMUGGLED) + b"MAIL FROM:<boss@don.vn>\r\n\r"


def bdat(data: bytes, last: str = "") -> bytes:
    """One chunk with its command."""
    return b"BDAT %d%s\r\n" % (len(data), last.encode()) + data


def begun(talk: Talk) -> Talk:
    """Up to the first chunk."""
    assert talk.codes(*BEGIN) == ["250"] * 3
    return talk


def replies(talk: Talk, count: int) -> list[str]:
    return [talk.reply()[:3] for _ in range(count)]


# ---- the octets ----


@given(st.binary(max_size=60), st.lists(st.integers(0, 10**6), max_size=6), st.integers(1, 9), st.integers(1, 20))
def test_cuts_change_nothing(data: bytes, places: list[int], size: int, max_line: int) -> None:
    stream, out = ChunkStream(max_line), b""
    for chunk in cut(data, places):
        stream.expect(len(chunk))
        for at in range(0, len(chunk), size):
            assert not stream.ended
            out += stream.feed(chunk[at : at + size])
        assert stream.ended
    assert (out, stream.size) == (data, len(data))
    *lines, rest = data.split(b"\n")
    assert stream.long_line == (any(len(line) + 1 > max_line for line in lines) or len(rest) >= max_line)


@pytest.mark.parametrize(
    ("argument", "chunk"),
    [("86", (86, False)), ("0 LAST", (0, True)), ("007  last", (7, True)), ("9" * 20, (int("9" * 20), False))]
    + [
        (bad, None) for bad in ("", "LAST", "-1", "+1", "1.0", "0x10", "1 2", "1LAST", "1 LASTLY", "1\t", "9" * 21, "١")
    ],
)
def test_only_a_number_is_a_length(argument: str, chunk: tuple[int, bool] | None) -> None:
    assert parse_chunk(argument) == chunk


def test_any_cutting_gives_the_letter_as_it_was(tmp_path: Path) -> None:
    free = Listener(name="door", open_networks=HERE, max_line=0)
    with opened(tmp_path, free, limits=limits(letters=0)) as door, door.talk() as talk:
        assert {"250-CHUNKING", "250-BINARYMIME"} <= set(talk.say("EHLO a").split("\n"))

        @settings(max_examples=30, deadline=None)
        @given(st.lists(st.integers(0, 10**6), max_size=5), st.lists(st.integers(0, 10**6), max_size=8), st.booleans())
        def whole(chunk_marks: list[int], packet_marks: list[int], empty_end: bool) -> None:
            door.house.letters.clear()
            *first, end = [*cut(ANY_OCTETS, chunk_marks), *([b""] if empty_end else [])]
            wire = MAIL_AGAIN + b"".join(map(bdat, first)) + bdat(end, " LAST") + b"NOOP\r\n"
            for packet in cut(wire, packet_marks):
                talk.send(packet)
            assert replies(talk, len(first) + 4) == ["250"] * (len(first) + 4)
            assert door.house.bodies == [ANY_OCTETS]

        whole()


def test_large_chunks_and_small_ones_in_one_letter(tmp_path: Path) -> None:
    large = b"x" * 997 + b"\r\n"
    with opened(tmp_path) as door, door.talk() as talk:
        begun(talk).send(bdat(large * 3000) + bdat(b"") + bdat(LETTER) + b"bdat 0 last\r\n" + b"QUIT\r\n")
        said = [talk.reply() for _ in range(3)]
        assert said == [f"250 2.0.0 {size} octets received" for size in (2_997_000, 0, len(LETTER))]
        assert replies(talk, 2) == ["250", "221"]
        assert door.house.bodies == [large * 3000 + LETTER]


def test_250_is_said_only_after_the_house_took_it(tmp_path: Path) -> None:
    with opened(tmp_path) as door, door.talk() as talk:
        door.house.gate.clear()
        begun(talk).send(bdat(LETTER))
        assert talk.reply()[:3] == "250"
        assert not door.house.asked.is_set()
        (spooled,) = door.spooled()
        assert spooled.read_bytes() == LETTER
        talk.send(b"BDAT 0 LAST\r\n")
        assert door.house.asked.wait(60)
        talk.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            talk.sock.recv(1)
        door.house.gate.set()
        talk.sock.settimeout(60)
        assert talk.sock.recv(100) == b"250 2.0.0 Da tiep nhan\r\n"


def test_a_binary_letter_keeps_its_octets_up_to_the_part(tmp_path: Path) -> None:
    pdf = b"%PDF-1.7\r\n" + bytes(range(256)) * 40 + b"\r\n--x\r\n\n\r\r\n"
    head = (
        b'Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_a1b2c3"\r\n\r\n--=_a1b2c3\r\n'
    )
    part = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: binary\r\n\r\n" + pdf
    raw = head + part + b"\r\n--=_a1b2c3--\r\n"
    with opened(tmp_path) as door, door.talk() as talk:
        assert talk.codes("EHLO a", "MAIL FROM:<> BODY=BINARYMIME", f"RCPT TO:<{TO}>", "DATA")[-1] == "503"
        talk.send(bdat(raw, " LAST"))
        assert talk.reply()[:3] == "250"
        assert talk.codes("MAIL FROM:<> BODY=8BITMIME", f"RCPT TO:<{TO}>") == ["250"] * 2
        talk.send(bdat(b"x" * 1000, " LAST"))
        assert talk.reply() == "554 5.6.0 A line longer than 1000 octets"  # only a binary letter has no lines
        (body,) = door.house.bodies
    (kept,) = parse(body).parts
    assert (kept.data, kept.fate) == (pdf, Fate.TAKEN)


@pytest.mark.parametrize("name", ["door", "lmtp"])
def test_who_hangs_up_with_the_letter_still_hears_the_answer(tmp_path: Path, name: str) -> None:
    """As Exim does: QUIT at once behind the last octet, and its half of the connection closed."""
    listeners = (Listener(name="door", open_networks=HERE), Listener(name="lmtp", lmtp=True, open_networks=HERE))
    with opened(tmp_path, *listeners) as door:
        hello = b"EHLO a\r\n" if name == "door" else b"LHLO a\r\n"
        data = b"DATA\r\n" + LETTER
        for letter, end in (
            (data + b".\r\n", ["250", "221"]), (bdat(LETTER, " LAST"), ["250", "221"]), (data, []), (b"BDAT 9\r\nx", [])
        ):  # fmt: skip
            with door.talk(name) as talk:
                talk.send(hello + MAIL_AGAIN + letter + b"QUIT\r\n")
                talk.sock.shutdown(socket.SHUT_WR)
                codes = [reply[:3] for reply in iter(talk.reply, "") if reply[:3] != "354"]
                assert codes == ["250", "250", "250", *end]
        assert door.house.bodies == [LETTER] * 2


# ---- out of turn, too large, malformed ----


def test_a_chunk_out_of_turn_is_read_to_its_end(tmp_path: Path) -> None:
    chunk = b"QUIT\r\nMAIL FROM:<boss@don.vn>\r\n"
    with opened(tmp_path) as door, door.talk() as talk:
        talk.send(bdat(chunk, " LAST") + bdat(chunk) + b"EHLO a\r\n" + bdat(chunk) + b"MAIL FROM:<>\r\n" + bdat(chunk))
        assert replies(talk, 6) == ["503", "503", "250", "503", "250", "503"]
        assert talk.say(f"RCPT TO:<{TO}>")[:3] == "503"  # half of a letter would be taken for one
        assert talk.codes("DATA", "RSET", *BEGIN[1:]) == ["503", "250", "250", "250"]
        talk.send(bdat(LETTER))
        assert talk.reply()[:3] == "250"
        assert talk.codes("DATA", "MAIL FROM:<>", f"RCPT TO:<{TO}>", "NOOP") == ["503", "503", "503", "250"]
        talk.send(bdat(LETTER, " LAST") + bdat(chunk, " LAST"))
        assert replies(talk, 2) == ["250", "503"]
        assert talk.letter(LETTER)[:3] == "250"
        assert door.house.bodies == [LETTER * 2, LETTER + b"\r\n"]


def test_size_is_counted_over_the_chunks(tmp_path: Path) -> None:
    half = b"x" * 98 + b"\r\n"
    with opened(tmp_path, limits=limits(size=10_000)) as door, door.talk() as talk:
        begun(talk).send(bdat(half * 60) + bdat(half * 40, " LAST"))
        assert replies(talk, 2) == ["250", "250"]
        talk.send(MAIL_AGAIN + bdat(half * 60) + bdat(half * 41) + bdat(half) + b"NOOP\r\n" + bdat(b"", " LAST"))
        assert replies(talk, 7) == ["250", "250", "250", "552", "552", "250", "552"]
        assert came_true(lambda: not door.spooled())
        talk.send(MAIL_AGAIN + bdat(LETTER, " LAST"))
        assert replies(talk, 3) == ["250"] * 3
        talk.send(MAIL_AGAIN + b"BDAT 99999999999999999999 LAST\r\n")
        assert replies(talk, 2) == ["250"] * 2
        with contextlib.suppress(ConnectionError):  # whoever does not stop at all is cut off
            for _ in range(1000):
                talk.send(half * 1000)
    assert door.house.bodies == [half * 100, LETTER]


@pytest.mark.parametrize("command", ["BDAT", "BDAT x", "BDAT 6 FIRST", "BDAT 9999999999999999999999999 LAST"])
def test_nothing_is_read_behind_a_length_that_is_none(tmp_path: Path, command: str) -> None:
    with opened(tmp_path) as door, door.talk() as talk:
        begun(talk).send(command.encode() + b"\r\nDATA\r\nforged\r\n.\r\n")
        assert talk.reply() == "501 5.5.4 BDAT octets [LAST]"
        with contextlib.suppress(ConnectionError):
            assert talk.reply() == ""
        assert door.house.letters == []


def test_no_room_is_said_when_the_chunk_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: SpoolFile, _data: bytes, _free: int) -> None:
        raise OSError(28, "No space left on device")

    with opened(tmp_path, limits=limits(sender_letters_per_hour=1)) as door, door.talk() as talk:
        with monkeypatch.context() as patch:
            patch.setattr(SpoolFile, "write", full)
            begun(talk).send(bdat(LETTER) + bdat(LETTER, " LAST"))
            assert [talk.reply()[:9] for _ in range(2)] == ["452 4.3.1"] * 2
        for code in ("451", "250"):  # what was put off counts for nobody
            door.house.answer = Answer.later("x") if code == "451" else Answer.taken()
            talk.send(MAIL_AGAIN + bdat(LETTER, " LAST"))
            assert replies(talk, 3) == ["250", "250", code]
        assert talk.say("MAIL FROM:<a@xa.vn>")[:3] == "450"
        assert len(door.house.letters) == 2


def test_lmtp_answers_once_for_each_recipient_after_the_last_chunk(tmp_path: Path) -> None:
    listener = Listener(name="door", lmtp=True, open_networks=HERE)
    with opened(tmp_path, listener, limits=limits(size=10_000)) as door, door.talk() as talk:
        two = MAIL_AGAIN + b"RCPT TO:<b@don.vn>\r\nRCPT TO:<c@la.vn>\r\n"
        talk.say("LHLO a")
        talk.send(two + bdat(LETTER) + bdat(LETTER, " LAST") + b"NOOP\r\n")
        assert replies(talk, 8) == ["250", "250", "250", "550", "250", "250", "250", "250"]
        talk.send(two + bdat(b"x" * 10_001) + bdat(LETTER, " LAST") + b"NOOP\r\n")
        assert replies(talk, 8) == ["250", "250", "250", "550", "552", "552", "552", "250"]
        talk.send(bdat(LETTER, " LAST") + b"NOOP\r\n")
        assert replies(talk, 2) == ["503", "250"]
        assert door.house.bodies == [LETTER * 2]


# ---- between two chunks ----


@pytest.mark.parametrize("way", ["RSET", "EHLO a", "HELO a", "QUIT", "STARTTLS", "disconnect", "half a chunk"])
def test_a_letter_that_is_given_up_leaves_nothing(tmp_path: Path, way: str) -> None:
    with opened(tmp_path) as door, door.talk() as talk:
        begun(talk).send(bdat(LETTER))
        assert talk.reply()[:3] == "250"
        assert len(door.spooled()) == 1
        if way == "STARTTLS":
            talk.start_tls()
        elif way == "half a chunk":
            talk.send(b"BDAT 100000 LAST\r\n" + LETTER)
            talk.close()
        elif way == "disconnect":
            talk.close()
        else:
            assert talk.say(way)[:3] in ("250", "221")
        assert came_true(lambda: not door.spooled())
        if way in ("RSET", "EHLO a", "HELO a", "STARTTLS"):
            talk.send(bdat(LETTER, " LAST"))
            assert talk.reply()[:3] == "503"
        assert door.house.letters == []


def test_who_says_nothing_or_only_noop_between_chunks_is_sent_away(tmp_path: Path) -> None:
    start = b"EHLO a\r\n" + MAIL_AGAIN + bdat(LETTER)

    def last(talk: Talk, again: bytes = b"") -> str:
        reply = talk.banner
        while reply[:1] in ("2", "5"):
            with contextlib.suppress(ConnectionError):  # gone already, its last word has come and was not read yet
                talk.send(again)
            reply = talk.reply()
        return reply

    with opened(tmp_path, limits=limits(idle_seconds=0.5)) as door, door.talk() as between, door.talk() as within:
        between.send(start)
        within.send(start + b"BDAT 9 LAST\r\nx")
        assert last(between) == last(within) == "421 4.4.2 Nothing heard for too long"
    with opened(tmp_path, limits=limits(data_seconds=0.3)) as door, door.talk() as begun_one, door.talk() as refused:
        begun_one.send(start)
        refused.send(bdat(LETTER))
        assert last(begun_one, b"NOOP\r\n") == "421 4.4.2 The letter takes too long"
        assert last(refused) == "421 4.4.2 The letter takes too long"  # keeps nobody either
        assert door.house.letters == []


def test_closing_waits_for_the_chunks_that_are_missing(tmp_path: Path) -> None:
    with opened(tmp_path, limits=limits(grace_seconds=60, size=100)) as door, door.talk() as good, door.talk() as bad:
        begun(good).send(bdat(LETTER))
        begun(bad).send(bdat(LETTER * 5))
        assert good.reply()[:3] == "250"
        assert bad.reply()[:3] == "552"
        door.door.stop()
        assert bad.reply()[:9] == "421 4.3.2"
        good.send(bdat(b"", " LAST"))
        assert [good.reply()[:9] for _ in range(2)] == ["250 2.0.0", "421 4.3.2"]
        assert door.house.bodies == [LETTER]


def test_chunks_over_tls(tmp_path: Path) -> None:
    with opened(tmp_path, Listener(name="door", open_networks=HERE, tls=Tls.REQUIRED)) as door, door.talk() as talk:
        talk.say("EHLO a")
        talk.start_tls()
        begun(talk).send(bdat(LETTER * 20_000) + bdat(LETTER, " LAST"))
        assert replies(talk, 2) == ["250", "250"]
        assert door.house.bodies == [LETTER * 20_001]
