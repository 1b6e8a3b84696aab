"""The eleven ways papers were lost elsewhere (L1-L11) and the faults of a machine, as rounds from outside.

Documents in = documents accounted for.  A few rounds run always, all of them with CHAOS=1 (`make chaos`).
L2 (bytes on the disk before the source goes) is a matter of order: tests/faults/test_losses.py.
"""
from __future__ import annotations

import hashlib
import io
import os
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest

from tests.faults.product import Product, has, product_in
from tests.gateway.letters_by_mail import SAMPLES, letter, wait_for

CHAOS = bool(os.environ.get("CHAOS"))
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
pytestmark = pytest.mark.timeout(400)


def paper(word: str) -> bytes:
    """A letter that is quickly read, with bytes of its own."""
    with pikepdf.open(SAMPLES / "giay-moi-hop.pdf") as pdf:
        pdf.docinfo["/Subject"] = word
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    made = product_in(tmp_path / "product")
    yield made
    made.kill()


def put(product: Product, name: str, data: bytes) -> None:
    (product.drop / name).write_bytes(data)


def accounted(product: Product, files: list[bytes], *, seconds: float = 120.0, once: bool = True) -> None:
    """Waits until every file is a document or refused with a reason; then nothing may be there twice."""
    wanted = {sha256(data) for data in files}
    wait_for(lambda: wanted <= set(product.papers()) | product.refused(), seconds, 0.3)
    wait_for(product.idle, seconds, 0.3)
    if once:
        assert set(product.papers().values()) <= {1}
    assert set(product.papers()) <= wanted, "no half of a paper"
    assert product.troubles() == []
    print(f"in={len(files)} documents={product.papers().total()} refused={len(product.refused())}")


def l1_fsync_fails(product: Product) -> None:
    """One fsync in every thread says "input/output error": what was being taken is taken again."""
    product.start()
    files = [paper(f"L1 {number}") for number in range(4)]
    command = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-e",
               "inject=fsync,fdatasync:error=EIO:when=2", "-p", str(product.pid())]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as fault:
        time.sleep(1)
        for number, data in enumerate(files):
            put(product, f"{number}.pdf", data)
            time.sleep(1)
        if not wait(lambda: product.papers().total() == len(files), 60):
            product.kill()
            product.start()  # a service manager would do this
        fault.terminate()
        said = fault.communicate()[1]
    failed = said.count("(INJECTED)")
    print(f"failed_fsyncs={failed}")
    assert failed, "the fault happened"
    accounted(product, files)


def l3_name_reuse(product: Product) -> None:
    """The scanner uses a name again while the first paper under it is in work."""
    product.start()
    files = [paper(f"L3 {number}") for number in range(3)]
    for data in files:
        path = product.drop / "scan0001.pdf"
        path.write_bytes(data)
        wait_for(lambda: not path.exists() or sha256(data) in product.papers(), 60, 0.02)  # noqa: B023
    accounted(product, files)


def l4_old_files(product: Product) -> None:
    """Two sides of one sheet, half an hour apart."""
    product.start()
    files = [paper("L4 odd"), paper("L4 even")]
    put(product, "odd.pdf", files[0])
    os.utime(product.drop / "odd.pdf", times=(time.time() - 31 * 60,) * 2)
    wait_for(lambda: product.papers().total() == 1, 60)
    put(product, "even.pdf", files[1])
    accounted(product, files)


def l5_temporary_folder(product: Product) -> None:
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
    accounted(product, files)


def l6_kill(product: Product) -> None:
    """kill -9 while it works, five times; no new event tells it of the files that lie there."""
    files = [paper(f"L6 {number}") for number in range(5)]
    chance = random.Random(6)
    for number, data in enumerate(files):
        put(product, f"{number}.pdf", data)
        product.start()
        time.sleep(chance.uniform(0.1, 2.5))
        product.kill()
    product.start()
    accounted(product, files)


def l7_l8_letters(product: Product) -> None:
    """Letters with a damaged attachment, or with nothing but what cannot be read, are not silently done with."""
    product.start()
    letters = [letter("Gửi tệp hỏng", padding=500), letter("Chỉ có tệp lạ").replace(b"a.pdf", b"a.xyz")]
    if not all(product.mail(raw) for raw in letters):
        pytest.skip("this product has no door for mail")
    wait_for(lambda: {sha256(raw) for raw in letters} <= set(product.papers()), 60)
    wait_for(product.idle, 60)
    assert product.papers().total() == len(letters)


def l9_doubles(product: Product) -> None:
    """The same bytes twice are one document, and its bytes stay."""
    product.start()
    data = paper("L9")
    for name in ("a.pdf", "b.pdf"):
        put(product, name, data)
        wait_for(lambda: not (product.drop / name).exists(), 60)  # noqa: B023
    accounted(product, [data])


def l10_slow_copy(product: Product) -> None:
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
    accounted(product, [data])


def l11_hidden_folder(product: Product) -> None:
    """The share is away for some seconds, and comes back with what lay there."""
    product.start()
    files = [paper(f"L11 {number}") for number in range(3)]
    away = product.drop.with_name("drop.away")
    for number, data in enumerate(files):
        put(product, f"{number}.pdf", data)
        product.drop.rename(away)
        time.sleep(1.5)
        away.rename(product.drop)
    accounted(product, files)


def clock_jumps(product: Product) -> None:
    """Three days ahead, two years back, and right again, while it works."""
    if not FAKETIME.exists():
        pytest.skip("faketime is not installed")
    told = product.scratch.parent / "faketime"
    told.write_text("+0", "utf-8")
    product.start(environ={"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(told), "FAKETIME_NO_CACHE": "1",
                           "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
    files = [paper(f"clock {number}") for number in range(4)]
    for number, (data, jump) in enumerate(zip(files, ("+0", "+3d", "-730d", "+0"), strict=True)):
        told.write_text(jump, "utf-8")
        put(product, f"{number}.pdf", data)
        time.sleep(1.5)
    accounted(product, files)


def full_disk(product: Product) -> None:
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
        outside = product.scratch.parent / "waiting"
        outside.mkdir()
        time.sleep(3)
        (data / "ballast").unlink()
        for number, one in enumerate(files[1:], 1):
            put(product, f"{number}.pdf", one)
        accounted(product, files)
        product.stop()
    finally:
        product.kill()
        subprocess.run(["umount", "-l", str(data)], check=True)


def fill(path: Path) -> None:
    with path.open("wb") as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    os.write(file.fileno(), bytes(size))
            except OSError:
                continue


def wait(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.3)
    return False


ROUNDS: tuple[Callable[[Product], None], ...] = (
    l3_name_reuse, l11_hidden_folder, l1_fsync_fails, l4_old_files, l5_temporary_folder, l6_kill, l7_l8_letters,
    l9_doubles, l10_slow_copy, clock_jumps, full_disk)


@pytest.mark.parametrize("chosen", ROUNDS if CHAOS else ROUNDS[:2], ids=lambda one: one.__name__)
def test_documents_in_are_documents_accounted_for(product: Product, chosen: Callable[[Product], None]) -> None:
    if chosen is l1_fsync_fails and not has("strace"):
        pytest.skip("strace is not installed")
    begun = time.monotonic()
    chosen(product)
    print(f"round={chosen.__name__} seconds={time.monotonic() - begun:.0f}")
