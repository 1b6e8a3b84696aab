"""Our clock is watched against a time server, and a seal by a wrong clock is refused (R-165)."""
from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from gateway.clock_watch import ClockWatch
from gateway.errors import ClockOff, TimeServerSilent
from tests.gateway.review import conftest as review
from tests.gateway.review.house import House

house = review.house


def stamped(ahead_s: float) -> Callable[[bytes], bytes]:
    """What a time server answers whose clock is ahead by so much."""

    def answer(asked: bytes) -> bytes:
        now = time.time() + ahead_s + 2_208_988_800
        stamp = struct.pack(">II", int(now), int(now % 1 * (1 << 32)))
        return b"\x24\x02" + bytes(22) + asked[40:48] + stamp + stamp

    return answer


@contextmanager
def serving(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """A time server on loopback."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))

    def serve() -> None:
        asked, whom = line.recvfrom(512)
        line.sendto(answer(asked), whom)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"127.0.0.1:{line.getsockname()[1]}"
    thread.join(5)
    line.close()


@pytest.mark.parametrize("ahead_s", [0.0, 20.0, -20.0])
def test_a_clock_within_the_limit_is_right(ahead_s: float) -> None:
    watch = ClockWatch()
    with serving(stamped(ahead_s)) as server:
        watch.look(server, 60.0)
    watch.demand(60.0)


@pytest.mark.parametrize("ahead_s", [300.0, -300.0])
def test_five_minutes_are_too_much_until_the_clock_is_set(ahead_s: float) -> None:
    watch = ClockWatch()
    with serving(stamped(ahead_s)) as server, pytest.raises(ClockOff, match="lệch (299|300) giây"):
        watch.look(server, 60.0)
    with pytest.raises(ClockOff):
        watch.demand(60.0)
    with serving(stamped(0.0)) as server:
        watch.look(server, 60.0)
    watch.demand(60.0)


@pytest.mark.parametrize("broken", [
    lambda asked: b"", lambda asked: bytes(48), lambda asked: stamped(0.0)(bytes(48)),
    lambda asked: b"\x24\x00" + stamped(0.0)(asked)[2:], lambda asked: b"\xff" * 300,
], ids=["empty", "zeros", "of another question", "not in step", "noise"])
def test_what_is_no_answer_changes_nothing(broken: Callable[[bytes], bytes]) -> None:
    watch = ClockWatch()
    with serving(broken) as server, pytest.raises(TimeServerSilent):
        watch.look(server, 60.0)
    watch.demand(60.0)


def test_the_desk_seals_nothing_by_a_wrong_clock(house: House) -> None:
    watch = ClockWatch()
    with serving(stamped(300.0)) as server, pytest.raises(ClockOff):
        watch.look(server, 60.0)
    house.desk = replace(house.desk, clock_right=lambda: watch.demand(60.0))
    house.client.app.state.desk = house.desk  # type: ignore[attr-defined]
    document = house.confirmed()
    house.enter("lan")
    form = {"version": document.version, "kind": "SAO Y", "compared": "1", "pages": "2"}

    status, text = house.answer(f"/d/{document.id}/seal", **form)

    assert (status, "Đồng hồ của máy lệch" in text) == (409, True)
    assert (house.store.get(document.id), house.key.used) == (document, 0)


@pytest.mark.parametrize("server", ["127.0.0.1:1", "no.such.host.invalid", "127.0.0.1:x"])
def test_a_server_out_of_reach_is_told_and_stops_no_seal(server: str) -> None:
    watch = ClockWatch()
    with pytest.raises(TimeServerSilent, match=r"seal\.time_server"):
        watch.look(server, 60.0, timeout_s=0.5)
    watch.demand(60.0)
