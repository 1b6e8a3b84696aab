"""Programs are told over real sockets: signed, one at a time, again with pauses, nothing lost."""
from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.errors import BadSettings
from gateway.hooks.round import HookTools, tell_programs
from gateway.hooks.signature import prepare, shown
from gateway.settings_hooks import Webhooks
from gateway.store.hooks import Hook
from gateway.store.store import Store
from tests.gateway.hooks.conftest import Program
from tests.gateway.store.making import NOON, proposed, sent

SECOND = dt.timedelta(seconds=1)


class Desk:
    """A store, its clock and the round."""

    def __init__(self, folder: Path, program: Program, **plan: object) -> None:
        self.now = NOON
        self.folder = folder
        self.store = Store.open(f"sqlite:///{folder}/vanthu.db", clock=lambda: self.now)
        self.plan = Webhooks(hosts=("127.0.0.1",), secret_file=folder / "secrets.txt", **plan)  # type: ignore[arg-type]
        prepare(self.plan.secret_file)
        self.hook: Hook = self.store.hooks.make("H99.1", program.url, by="quan-tri", at=NOON)

    def turn(self) -> int:
        return tell_programs(HookTools(self.store, self.plan, lambda: self.now))


def verified(desk: Desk, headers: dict[str, str], body: bytes) -> bool:
    """As the Standard Webhooks tell a receiver to check."""
    secret = base64.b64decode(shown(desk.plan.secret_file, desk.hook).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return f"v1,{right}" in headers["webhook-signature"].split(" ")


def test_a_program_is_told_each_move_in_order_with_a_signature_it_can_check(tmp_path: Path, program: Program) -> None:
    desk = Desk(tmp_path, program)
    document = sent(desk.store)
    assert desk.turn() == 4
    told = [json.loads(body) for _, body in program.came]
    assert [one["type"] for one in told] == [f"document.{one}" for one in ("proposed", "confirmed", "sealed", "sent")]
    assert told[3] == {"type": "document.sent", "timestamp": "2026-11-20T05:00:00.000+00:00",
                       "data": {"document": document.id, "unit": "H99.1", "stage": "sent"}}
    assert all(verified(desk, dict(headers), body) for headers, body in program.came)
    headers, body = program.came[0]
    assert not verified(desk, dict(headers), body + b" ")
    assert headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    assert desk.turn() == 0


def test_a_new_secret_signs_beside_the_old_one_until_that_is_taken_away(tmp_path: Path, program: Program) -> None:
    desk = Desk(tmp_path, program)
    old = shown(desk.plan.secret_file, desk.hook)
    first = desk.plan.secret_file.read_text()
    desk.plan.secret_file.write_text("mot-khoa-moi-du-dai-de-dung\n" + first)
    assert shown(desk.plan.secret_file, desk.hook) != old
    proposed(desk.store)
    desk.turn()
    headers = dict(program.came[0][0])
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert verified(desk, headers, program.came[0][1])
    desk.plan.secret_file.write_text(first)
    assert verified(desk, headers, program.came[0][1])


def test_a_secret_that_is_too_short_sends_nothing(tmp_path: Path, program: Program) -> None:
    desk = Desk(tmp_path, program)
    desk.plan.secret_file.write_text("ngan\n")
    proposed(desk.store)
    with pytest.raises(BadSettings):
        desk.turn()
    assert program.came == []


@pytest.mark.parametrize("answer", [500, 404, 301, "close"])
def test_what_is_not_taken_goes_again_later_under_the_same_id(tmp_path: Path, program: Program,
                                                              answer: int | str) -> None:
    desk = Desk(tmp_path, program)
    proposed(desk.store)
    program.answers = [answer]
    assert desk.turn() == 0
    assert desk.turn() == 0, "the address rests"
    assert len(program.came) == 1, "no redirect is followed"
    assert desk.store.hooks.tally(desk.hook.id).trouble.startswith(("127.0.0.1 trả lời", "Không gửi được"))
    desk.now += 14 * SECOND
    assert desk.turn() == 1
    assert len({headers["webhook-id"] for headers, _ in program.came}) == 1
    assert desk.store.hooks.tally(desk.hook.id).trouble == ""


def test_pauses_grow_and_after_the_last_try_it_is_given_up_until_somebody_asks(tmp_path: Path,
                                                                              program: Program) -> None:
    desk = Desk(tmp_path, program, tries=5)
    document = proposed(desk.store)
    program.answers = [503] * 5
    waits = []
    for _ in range(4):
        before = desk.now
        desk.turn()
        while not desk.store.hooks.due(desk.now):
            desk.now += SECOND
        waits.append((desk.now - before).total_seconds())
    assert all(0.7 * 10 * 2**place <= wait <= 1.3 * 10 * 2**place + 1 for place, wait in enumerate(waits))
    desk.turn()
    desk.now += dt.timedelta(days=9)
    assert desk.turn() == 0
    assert (len(program.came), desk.store.hooks.given_up()) == (5, 1)
    assert desk.store.hooks.again(desk.hook.id) == 1
    assert desk.turn() == 1
    assert desk.store.hooks.of(document.id)[0].tries == 1


@pytest.mark.parametrize("answer", ["hang", "drip"])
def test_a_receiver_that_never_ends_holds_nobody_up_for_longer_than_the_limit(tmp_path: Path, program: Program,
                                                                             answer: str) -> None:
    desk = Desk(tmp_path, program, timeout_s=0.4)
    proposed(desk.store)
    program.answers = [answer]
    assert desk.turn() == 0
    assert "Timeout" in desk.store.hooks.tally(desk.hook.id).trouble


def test_two_rounds_at_once_never_speak_to_one_address_twice_at_a_time(tmp_path: Path, program: Program) -> None:
    from concurrent.futures import ThreadPoolExecutor

    desk = Desk(tmp_path, program)
    desk.store.hooks.make("H99.7", program.url, by="quan-tri", at=NOON)
    for number in range(6):
        proposed(desk.store, str(number), unit="H99.7" if number % 2 else "H99.1")
    with ThreadPoolExecutor(3) as pool:
        rounds = [pool.submit(desk.turn) for _ in range(3)]
        arrived = sum(one.result() for one in rounds)
    assert (arrived, len(program.came), program.most_at_once) == (6, 6, 1)


def test_killed_between_sending_and_its_row_a_call_goes_again_and_the_receiver_knows_the_double(
        tmp_path: Path, program: Program) -> None:
    desk = Desk(tmp_path, program)
    document = proposed(desk.store)
    program.answers = ["hang"]
    child = subprocess.Popen([sys.executable, "-m", "tests.gateway.hooks.round_process", str(tmp_path)],
                             env=os.environ, stdout=subprocess.DEVNULL)
    while not program.came:
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    assert desk.store.hooks.of(document.id)[0].state == "sending"
    assert desk.turn() == 0, "another machine would wait for the turn of the dead one to end"
    desk.store.hooks.cut_off()
    assert desk.turn() == 1
    (first, body), (second, again) = program.came
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
