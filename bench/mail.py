"""`python -m bench.mail [--letters N] [--rounds N]`: letters by SMTP, beside what others do with them.

Letters a second, four senders at once: our door (`250` when bytes and row are on the disk), aiosmtpd's own Mailbox
handler (no fsync, no row), postfix (`250` when its queue file is on the disk, then delivery into a maildir).  Each
takes its turn in every round.  Then the memory that one letter of 50 MB costs, and the time from `250` to proposed
fields.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shutil
import signal
import smtplib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from gateway.document import Stage
from gateway.store.store import Query
from tests.gateway.letters_by_mail import OFFICE, SENDER, Place, letter
from tests.mail.test_smtp_peers import MAIN_CF, MASTER_CF
from tests.ports import free_port
from tests.waiting import wait_for

SENDERS = 4
SIZE = 30_000
MIB = 1 << 20
OPEN = """
sender_letters_per_hour = 10000000
peer_letters_per_hour = 10000000
letters_per_connection = 100000
connections_per_peer = 100
"""
DELIVERY = """
virtual_mailbox_domains = mau.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
"""


@contextlib.contextmanager
def ours(folder: Path) -> Iterator[tuple[int, Callable[[], int]]]:
    """Our SMTP door alone; its port, and how many letters it has."""
    place = Place.made(folder)
    config = folder / "gateway.toml"
    config.write_text(config.read_text("utf-8").replace(f"port = {place.smtp}", f"port = {place.smtp}{OPEN}"), "utf-8")
    process, store = place.start("smtp"), place.store()
    try:
        wait_for(place.open, 60)
        yield place.smtp, lambda: store.find(Query(limit=0)).total
    finally:
        store.close()
        process.terminate()
        process.wait(60)


@contextlib.contextmanager
def mailbox(folder: Path) -> Iterator[tuple[int, Callable[[], int]]]:
    """aiosmtpd with its handler that writes a maildir."""
    port, box = free_port(), folder / "box"
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}"]
    command += ["-c", "aiosmtpd.handlers.Mailbox", str(box)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: answers(port), 30)
        yield port, lambda: len(list((box / "new").iterdir()))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@contextlib.contextmanager
def postfix(folder: Path) -> Iterator[tuple[int, Callable[[], int]]]:
    """A postfix of our own with delivery into a maildir; as its makers deliver it, fsync and all."""
    import pwd

    # Its own account and a place that it can reach: a queue is no place of ours.
    home, port, user = Path(tempfile.mkdtemp(prefix="bench-postfix-")), free_port(), pwd.getpwnam("postfix")
    home.chmod(0o755)
    for name in ("config", "queue", "data", "mail"):
        (home / name).mkdir()
        shutil.chown(home / name, "postfix" if name in ("data", "mail") else "root")
    values = DELIVERY.format(folder=home, uid=user.pw_uid, gid=user.pw_gid)
    main = MAIN_CF.format(folder=home, transport="error:no") + values
    (home / "config/main.cf").write_text(main, "utf-8")
    (home / "config/master.cf").write_text(MASTER_CF.format(port=port) + "virtual unix - n n - - virtual\n", "utf-8")
    command = ["postfix", "-c", str(home / "config")]
    try:
        subprocess.run([*command, "start"], check=True, capture_output=True, timeout=30)
        wait_for(lambda: answers(port), 30)
        yield port, lambda: len(list((home / "mail/box/new").glob("*")))
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True, timeout=30)
        shutil.rmtree(home)


def answers(port: int) -> bool:
    """Is there a mail server?"""
    with contextlib.suppress(OSError), smtplib.SMTP("127.0.0.1", port, timeout=5):
        return True
    return False


def rate(port: int, count: int, arrived: Callable[[], int], mark: str) -> tuple[float, float]:
    """Letters a second up to the last 250, and up to the last one in its place."""
    letters = [letter(f"{mark} {number}", padding=SIZE) for number in range(count)]

    def work(mine: list[bytes]) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            for raw in mine:
                client.sendmail(SENDER, [OFFICE], raw)

    before = arrived()
    threads = [threading.Thread(target=work, args=(letters[number::SENDERS],)) for number in range(SENDERS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - begun
    wait_for(lambda: arrived() - before == count, 120, 0.01)
    return count / taken, count / (time.perf_counter() - begun)


def compare(count: int, rounds: int, folder: Path) -> None:
    """Prints letters a second of all three, medians over the rounds."""
    rivals = {"vanthu smtp": ours, "aiosmtpd Mailbox": mailbox}
    if shutil.which("postfix"):
        rivals["postfix"] = postfix
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in rivals}
    with contextlib.ExitStack() as stack:
        running = {}
        for number, (name, open_one) in enumerate(rivals.items()):
            (folder / str(number)).mkdir()
            running[name] = stack.enter_context(open_one(folder / str(number)))
        for turn in range(rounds + 1):
            for name, (port, arrived) in running.items():
                found = rate(port, count if turn else 10, arrived, f"{turn}")
                figures[name] += [found] if turn else []  # the first ten letters warm up
    print(f"{count} letters of {SIZE // 1000} KB, {SENDERS} senders, medians of {rounds} rounds in turn")
    print(f"{'':20}{'250/s':>10}{'in place/s':>12}")
    for name, found in figures.items():
        said, there = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"{name:20}{said:10.0f}{there:12.0f}")


def memory(folder: Path) -> None:
    """Prints what one letter of 50 MB costs the door's process."""
    place = Place.made(folder)
    process = place.start("smtp")
    try:
        wait_for(place.open, 60)
        place.hand_in(letter("ấm máy", padding=1000))
        for name, hand_in in (("DATA", place.hand_in), ("BDAT", partial(by_chunks, place.smtp))):
            before, raw, begun = peak(process.pid), letter(f"lớn {name}", padding=37_000_000), time.perf_counter()
            hand_in(raw)
            seconds = time.perf_counter() - begun
            grown = peak(process.pid) - before
            print(f"one letter of {len(raw) / 1e6:.0f} MB by {name}: {seconds:.2f} s, "
                  f"peak memory +{grown / MIB:.1f} MiB ({grown / len(raw):.2f} of its size), "
                  f"{peak(process.pid) / MIB:.0f} MiB in all")
    finally:
        process.terminate()
        process.wait(60)


def by_chunks(port: int, raw: bytes) -> None:
    """Hands a letter in by two chunks that are sent without a pause."""
    half = len(raw) // 2
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.ehlo()
        client.mail(SENDER, [f"SIZE={len(raw)}"])
        client.rcpt(OFFICE)
        client.send(b"BDAT %d\r\n%bBDAT %d LAST\r\n%b" % (half, raw[:half], len(raw) - half, raw[half:]))
        assert [client.getreply()[0] for _ in range(2)] == [250, 250]


def peak(pid: int) -> int:
    """Most memory that the process ever had, bytes."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    assert found is not None
    return int(found[1]) * 1024


def way(folder: Path, times: int) -> None:
    """Prints the seconds from `250` to proposed fields, one letter at a time in a running house."""
    place = Place.made(folder)
    process, store, found = place.start("run"), place.store(), []
    try:
        wait_for(place.open, 60)
        for number in range(times + 1):
            sample = ("giay-moi-hop.pdf", "cong-van-ra-soat.pdf")[number % 2]
            place.hand_in(letter(f"Gửi {number}", sample=sample) + b"\r\n" * number)
            begun = time.perf_counter()
            done = frozenset({Stage.PROPOSED})
            wait_for(lambda: store.find(Query(stages=done, limit=0)).total == number + 1, 120, 0.02)  # noqa: B023
            found.append(time.perf_counter() - begun)
        print(f"from 250 to proposed fields, one page: median {statistics.median(found[1:]):.2f} s, "
              f"longest {max(found[1:]):.2f} s ({times} letters; poll_s 0.2)")
    finally:
        store.close()
        process.terminate()
        process.wait(90)


def main() -> int:
    """Prints all three."""
    parser = argparse.ArgumentParser(prog="python -m bench.mail", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for part in ("rate", "memory", "way"):
            (Path(place) / part).mkdir()
        compare(arguments.letters, arguments.rounds, Path(place) / "rate")
        memory(Path(place) / "memory")
        way(Path(place) / "way", 6)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
