"""The eleven ways papers were lost elsewhere (L1-L11) and the faults of a machine, as rounds from outside.

A round drops papers, does its harm, and counts: documents in = documents accounted for, none twice.  It knows the
product by `Product` alone, so that each round runs against another product too.
"""
from __future__ import annotations

import hashlib
import io
import os
import random
import re
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
import pytest

from tests.faults.product import Product, has
from tests.gateway.letters_by_mail import SAMPLES, letter
from tests.ocr import drawing, stacks
from tests.waiting import came_true

WAIT_S = float(os.environ.get("CHAOS_WAIT_S", "180"))
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


@dataclass(frozen=True, slots=True)
class Books:
    """What a round has counted."""

    given: int
    documents: int
    refused: int
    lost: int
    doubled: int
    stuck: int = 0
    """Still in work when the time was over."""
    strange: int = 0
    """Documents that nobody has handed in: half a paper."""
    troubles: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        return not (self.lost or self.doubled or self.stuck or self.strange or self.troubles)

    def __str__(self) -> str:
        return (f"in={self.given} documents={self.documents} refused={self.refused} lost={self.lost} "
                f"doubled={self.doubled}" + (f" stuck={self.stuck}" if self.stuck else "")
                + (f" strange={self.strange}" if self.strange else ""))


def paper(word: str) -> bytes:
    """A letter that is quickly read, with bytes of its own."""
    with pikepdf.open(SAMPLES / "giay-moi-hop.pdf") as pdf:
        pdf.docinfo["/Subject"] = word
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


def stack(word: str, letters: int, *, sheets: bool = False) -> bytes:
    """So many one-page letters in one scan, with separator sheets between them or without."""
    out = io.BytesIO()
    with pikepdf.new() as pdf, pikepdf.open(io.BytesIO(paper(word))) as one, pikepdf.open(
            io.BytesIO(drawing.scan_pdf([stacks.scanned(stacks.sheet(150))], 150))) as sheet:
        for number in range(letters):
            if sheets and number:
                pdf.pages.extend(sheet.pages)
            pdf.pages.extend(one.pages)
        pdf.docinfo["/Subject"] = word
        pdf.save(out)
    return out.getvalue()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(product: Product, name: str, data: bytes) -> None:
    (product.drop / name).write_bytes(data)


def known(product: Product) -> set[str]:
    """What it has, ready or not."""
    return {one.sha256 for one in product.results()}


def count(product: Product, files: Sequence[bytes]) -> Books:
    """Waits until every file is a document or refused with a reason, and nothing is in work; then counts."""
    wanted = {sha256(data) for data in files}
    came_true(lambda: wanted <= known(product), WAIT_S, 0.3)
    came_true(lambda: all(one.stage != "working" for one in product.results()), WAIT_S, 0.3)
    found = product.results()
    documents = Counter(one.sha256 for one in found if one.stage != "refused")
    refused = {one.sha256 for one in found if one.stage == "refused"}
    return Books(len(files), documents.total(), len(refused), len(wanted - set(documents) - refused),
                 documents.total() - len(documents), sum(one.stage == "working" for one in found),
                 len(set(documents) - wanted), tuple(product.troubles()))


@contextmanager
def traced(product: Product, *words: str) -> Iterator[list[str]]:
    """strace on its first process and all threads; the list has the lines at the end."""
    if not has("strace"):
        pytest.skip("strace is not installed")
    lines: list[str] = []
    out = product.scratch.parent / "strace.txt"
    with subprocess.Popen(["strace", "-f", "-y", "-qq", "-s", "300", "-o", str(out), *words, "-p", str(product.pid())],
                          stderr=subprocess.DEVNULL) as strace:
        time.sleep(1)
        try:
            yield lines
        finally:
            strace.terminate()
            strace.wait()
            lines += out.read_text("utf-8", "replace").splitlines()


def l1_commit_fails(product: Product) -> Books:
    """One fsync in every thread says "input/output error": what was being taken is taken again."""
    product.start()
    files = [paper(f"L1 {number}") for number in range(4)]
    with traced(product, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=2") as lines:
        for number, data in enumerate(files):
            put(product, f"{number}.pdf", data)
            time.sleep(1)
        if not came_true(lambda: len(product.results()) == len(files), 60, 0.3):
            product.kill()
            product.start()  # a service manager would do this
    failed = sum("(INJECTED)" in line for line in lines)
    print(f"failed_fsyncs={failed}")
    assert failed, "it makes nothing durable, so that nothing of it could fail"
    return count(product, files)


def l2_power_cut(product: Product) -> Books:
    """What it has taken is on the disk before the scanner's file goes: by the order of system calls."""
    product.start()
    data, name = paper("L2"), "nguon-l2.pdf"
    calls = "trace=fsync,fdatasync,openat,rename,renameat,renameat2,unlink,unlinkat"
    with traced(product, "-e", calls) as lines:
        put(product, name, data)
        came_true(lambda: sha256(data) in known(product) and not (product.drop / name).exists(), 60, 0.3)
        time.sleep(1)
    last = max((at for at, line in enumerate(lines) if name in line and re.search("rename|unlink", line)), default=-1)
    first = min((at for at, line in enumerate(lines) if name in line), default=0)
    synced = [line for line in lines[first:last] if "sync(" in line and line.rstrip().endswith("= 0")]
    print(f"fsyncs_before_the_source_goes={len(synced)}")
    books = count(product, [data])
    if last < 0 or synced:
        return books  # the source stays, or its bytes were safe
    return replace(books, lost=1)


def l3_name_reuse(product: Product) -> Books:
    """The scanner uses a name again while the first paper under it is in work."""
    product.start()
    files = [paper(f"L3 {number}") for number in range(3)]
    for data in files:
        path = product.drop / "scan0001.pdf"
        path.write_bytes(data)
        came_true(lambda: not path.exists() or sha256(data) in known(product), 60, 0.02)  # noqa: B023
    return count(product, files)


def l4_old_side(product: Product) -> Books:
    """Two sides of a sheet, half an hour apart, and more backs than fronts: no side is thrown away."""
    product.start()
    files = [paper("L4 odd"), stack("L4 even", 2)]
    put(product, "odd.pdf", files[0])
    os.utime(product.drop / "odd.pdf", times=(time.time() - 31 * 60,) * 2)
    came_true(lambda: len(product.results()) == 1, 60, 0.3)
    put(product, "even.pdf", files[1])
    return count(product, files)


def l5_temporary_folder(product: Product) -> Books:
    """Whoever tidies the machine empties the temporary folder, again and again, and the service is restarted."""
    product.start()
    files = [paper(f"L5 {number}") for number in range(3)]
    for number, data in enumerate(files):
        put(product, f"{number}.pdf", data)
    for _ in range(20):
        for path in product.scratch.iterdir():
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        time.sleep(0.2)
    product.kill()
    product.start()
    return count(product, files)


def l5_split_stack(product: Product) -> Books:
    """A stack with separator sheets; killed while it is taken apart, its temporary folder emptied: no page is lost."""
    data, letters = stack("L5", 3, sheets=True), 3
    put(product, "xap.pdf", data)
    chance = random.Random(5)
    for _ in range(4):
        product.start()
        time.sleep(chance.uniform(0.5, 3.0))
        product.kill()
        for path in product.scratch.iterdir():
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    product.start()
    count(product, [data])
    parts = [one for one in product.results() if one.sha256 == sha256(data)]
    pages = sum(one.pages for one in parts)
    print(f"documents_of_the_stack={len(parts)} pages={pages}")
    with_sheets = 2 * letters - 1
    return Books(letters, len(parts), 0, max(0, letters - pages), max(0, pages - with_sheets),
                 sum(one.stage == "working" for one in parts), troubles=tuple(product.troubles()))


def l6_kill(product: Product) -> Books:
    """kill -9 while it works, five times; no new event tells it of the files that lie there."""
    files = [paper(f"L6 {number}") for number in range(5)]
    chance = random.Random(6)
    for number, data in enumerate(files):
        put(product, f"{number}.pdf", data)
        product.start()
        time.sleep(chance.uniform(0.1, 2.5))
        product.kill()
    product.start()
    return count(product, files)


def l7_bad_attachment(product: Product) -> Books:
    """A letter whose attachment is damaged is no end: it stays whole for a person, and the better one comes as well."""
    product.start()
    letters = [letter("Gửi tệp hỏng", padding=500), letter("Gửi lại", sample="giay-moi-hop.pdf")]
    return count(product, handed_in(product, letters))


def l8_nothing_readable(product: Product) -> Books:
    """A letter with nothing but what cannot be read is not silently done with."""
    product.start()
    return count(product, handed_in(product, [letter("Chỉ có tệp lạ").replace(b"a.pdf", b"a.xyz")]))


def handed_in(product: Product, letters: list[bytes]) -> list[bytes]:
    if not all(product.mail(raw) for raw in letters):
        pytest.skip("this product has no door for mail")
    return letters


def l9_doubles(product: Product) -> Books:
    """The same bytes twice are one document, and its bytes stay."""
    product.start()
    data = paper("L9")
    for name in ("a.pdf", "b.pdf"):
        put(product, name, data)
        came_true(lambda: not (product.drop / name).exists(), 20, 0.3)  # noqa: B023
    return count(product, [data])


def l10_slow_copy(product: Product) -> Books:
    """It starts anew while a file is half written; the rest comes seconds later."""
    data = paper("L10")
    product.start()
    with (product.drop / "cham.pdf").open("wb", buffering=0) as file:
        file.write(data[: len(data) // 2])
        time.sleep(1)
        product.kill()
        product.start()
        time.sleep(3)
        file.write(data[len(data) // 2:])
    return count(product, [data])


def l11_hidden_folder(product: Product) -> Books:
    """The share is away for some seconds, and comes back with what lay there."""
    product.start()
    files = [paper(f"L11 {number}") for number in range(3)]
    away = product.drop.with_name("drop.away")
    for number, data in enumerate(files):
        put(product, f"{number}.pdf", data)
        product.drop.rename(away)
        time.sleep(1.5)
        away.rename(product.drop)
    return count(product, files)


def clock_jumps(product: Product) -> Books:
    """Three days ahead, two years back, and right again, while it works."""
    if not FAKETIME.exists():
        pytest.skip("faketime is not installed")
    told = product.scratch.parent / "faketime"
    told.write_text("+0", "utf-8")
    product.start(environ={"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(told), "FAKETIME_NO_CACHE": "1",
                           "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
    files = [paper(f"clock {number}") for number in range(4)]
    for number, (data, jump) in enumerate(zip(files, ("+0", "+3d", "-730d", "+0"), strict=True)):
        swap(told, jump)
        put(product, f"{number}.pdf", data)
        time.sleep(1.5)
    return count(product, files)


def swap(file: Path, words: str) -> None:
    """In one go: libfaketime reads the file at every look at the clock, and an empty one ends the process."""
    new = file.with_suffix(".new")
    new.write_text(words, "utf-8")
    new.replace(file)


def full_disk(product: Product) -> Books:
    """No room where it keeps its papers, for some seconds."""
    data = product.drop.parent
    kept = data.with_name("kept")
    shutil.copytree(data, kept)
    command = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(data)]
    if not has("root") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        shutil.copytree(kept, data, dirs_exist_ok=True)
        product.start()
        files = [paper(f"full {number}") for number in range(4)]
        put(product, "0.pdf", files[0])
        ballast = threading.Timer(0.4, lambda: fill(data / "ballast"))
        ballast.start()
        ballast.join()
        time.sleep(3)
        (data / "ballast").unlink()
        for number, one in enumerate(files[1:], 1):
            put(product, f"{number}.pdf", one)
        books = count(product, files)
        product.stop()
    finally:
        product.kill()
        subprocess.run(["umount", "-l", str(data)], check=True)
    return books


def fill(path: Path) -> None:
    with path.open("wb") as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    os.write(file.fileno(), bytes(size))
            except OSError:
                continue


QUICK: tuple[Callable[[Product], Books], ...] = (l3_name_reuse, l11_hidden_folder)
ROUNDS: tuple[Callable[[Product], Books], ...] = (
    *QUICK, l1_commit_fails, l2_power_cut, l4_old_side, l5_temporary_folder, l5_split_stack,
    l6_kill, l7_bad_attachment, l8_nothing_readable, l9_doubles, l10_slow_copy, clock_jumps, full_disk)
