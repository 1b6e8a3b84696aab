"""The end of a letter is CRLF.CRLF and nothing else, however the octets are cut on their way."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.smtp_data import DataStream

SMUGGLED = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\n.\r",
    b"\r.\n",
    b"\r\n\0.\r\n",
    b"\r\r\n.\r\r\n",
    b"\n\n.\n\n",
]
fragments = st.lists(st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"a", b"\0", b"bb.", b"\r\n."]), max_size=14).map(
    b"".join
)


def fed(pieces: list[bytes], max_line: int = 0) -> tuple[DataStream, bytes]:
    stream, out = DataStream(max_line), b""
    for number, piece in enumerate(pieces):
        out += stream.feed(piece)
        if stream.ended:
            stream.rest += b"".join(pieces[number + 1 :])
            break
    return stream, out


def cut(data: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({place % (len(data) + 1) for place in places})
    return [data[a:b] for a, b in zip([0, *marks], [*marks, len(data)], strict=True)]


@given(fragments, st.lists(st.integers(0, 10**6), max_size=8))
def test_cuts_change_nothing_and_equal_the_plain_definition(data: bytes, places: list[int]) -> None:
    wire = data + b"\r\n.\r\n" + b"QUIT\r\n"
    end = (b"\r\n" + wire).index(b"\r\n.\r\n")
    letter = (b"\r\n" + wire)[: end + 2].replace(b"\r\n.", b"\r\n")[2:]
    stream, out = fed(cut(wire, places))
    assert (out, stream.ended, stream.rest) == (letter, True, (b"\r\n" + wire)[end + 5 :])
    assert stream.size == len(letter)
    raw = (b"\r\n" + wire)[: end + 2]
    assert stream.bare == bool(re.search(rb"\r(?!\n)|(?<!\r)\n", raw))


@given(st.lists(st.integers(0, 30), max_size=8), st.integers(1, 30), st.lists(st.integers(0, 500), max_size=8))
def test_long_lines_are_seen_wherever_they_are_cut(lengths: list[int], max_line: int, places: list[int]) -> None:
    wire = b"".join(b"x" * length + b"\r\n" for length in lengths) + b".\r\n"
    stream, _ = fed(cut(wire, places), max_line)
    assert stream.long_line == any(length + 2 > max_line for length in lengths)


def test_a_transparent_dot_counts_for_no_line_length() -> None:
    assert not fed([b".", b"." * 8 + b"\r\n.\r\n"], max_line=10)[0].long_line


@pytest.mark.parametrize("sign", SMUGGLED)
def test_no_other_sign_ends_a_letter(sign: bytes) -> None:
    stream, out = fed([b"one" + sign + b"MAIL FROM:<x@y>\r\n"])
    assert not stream.ended
    assert b"MAIL FROM" in out
    assert stream.bare or b"\0" in sign


def test_an_empty_letter_ends_at_once() -> None:
    assert fed([b".\r\nQUIT\r\n"])[1] == b""


def test_held_octets_stay_few() -> None:
    stream = DataStream()
    given = sum(len(stream.feed(b"x" * 1000 + b"\r\n")) for _ in range(1000))
    assert given == 1000 * 1002 - 2
