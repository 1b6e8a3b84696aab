"""`python -m bench.seal [--seals N] [FILE]`: seals per minute with a key in SoftHSM, and where the time goes.

One seal is what the desk does: gate, mark, signature by the token (PKCS#11), embedding, checking, durable on disk.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import secrets
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.document import VN
from gateway.seal.looks import Here
from gateway.seal.pades import PadesSeal
from gateway.seal.pins import pin_in
from gateway.seal.pkcs11 import Pkcs11Signer, TokenSettings
from gateway.seal.port import SealOrder
from gateway.seal.rehearsal import RehearsalFiles, make_rehearsal_key
from gateway.seal.report import Report

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
SAMPLE = Path(__file__).parent.parent / "samples" / "giay-moi-hop.pdf"
BODY = "Ủy ban nhân dân xã Mẫu"
PARTS = ("PDF/A", "mark", "CMS", "check", "disk")


@dataclass
class Split:
    """Seconds of one seal by part."""

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))

    def timed(self, part: str, call: Callable[..., Any], inside: str = "") -> Callable[..., Any]:
        """The call, its time counted to that part, and no longer to the part around it."""

        def runs(*args: Any, **more: Any) -> Any:
            begun = time.perf_counter()
            try:
                return call(*args, **more)
            finally:
                spent = time.perf_counter() - begun
                self.seconds[part] += spent
                if inside:
                    self.seconds[inside] -= spent

        return runs


class Timed(Here):
    """The looks at the file, timed."""

    def __init__(self, split: Split) -> None:
        self._split = split

    def sealable_part(self, path: Path) -> str:
        """Before the mark."""
        part: str = self._split.timed("PDF/A", super().sealable_part, "mark")(path)
        return part

    def verify(self, path: Path) -> Report:
        """The finished seal."""
        report: Report = self._split.timed("check", super().verify, "disk")(path)
        return report


def token(folder: Path) -> Pkcs11Signer:
    """A new token with a rehearsal key in it."""
    files = RehearsalFiles(folder / "key.p12", folder / "pass.txt", folder / "ca.pem")
    make_rehearsal_key(files, body=BODY, place="Mẫu", now=dt.datetime.now(VN))
    pin, store, key, chain = secrets.token_hex(4), folder / "tokens", folder / "key.pem", folder / "chain.pem"
    store.mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {store}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    _unpack(files, key, chain)
    tool = ("softhsm2-util", "--label")
    _run(*tool, "bench", "--init-token", "--free", "--so-pin", pin, "--pin", pin)
    _run(*tool, "seal", "--import", str(key), "--token", "bench", "--id", "a1", "--pin", pin)
    (folder / "pin.txt").write_text(pin)
    settings = TokenSettings(library=LIBRARY, label="bench", key="seal", certificates=chain)
    return Pkcs11Signer(settings, pin_in(folder / "pin.txt"))


def _unpack(files: RehearsalFiles, key: Path, chain: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    private, own, others = pkcs12.load_key_and_certificates(files.key.read_bytes(), files.passphrase.read_bytes())
    if private is None or own is None:
        raise SystemExit("The rehearsal key could not be opened.")
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    key.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    chain.write_bytes(b"".join(one.public_bytes(pem) for one in (own, *others)))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def archive(source: Path, out: Path) -> Path:
    """The scan as PDF/A-2b, as reading leaves it but without its words."""
    import pikepdf
    from pikepdf import pdfa

    with pikepdf.open(source) as pdf:
        pdfa.save(pdf, out, "2b")
    return out


def seal_once(seal: PadesSeal, signer: Pkcs11Signer, source: Path, out: Path) -> tuple[float, Split]:
    """One seal; its seconds, and by part."""
    split = Split()
    order = SealOrder(copy_kind="SAO Y", body=BODY, place="Mẫu", at=dt.datetime.now(VN))
    begun = time.perf_counter()
    seal.looks = Timed(split)
    prepared = split.timed("mark", seal.prepare)(source, order, signer)
    cms = split.timed("CMS", signer.cms)(prepared)
    split.timed("disk", seal.finish)(prepared, cms, out)
    return time.perf_counter() - begun, split


def measure(source: Path, seals: int) -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        signer, seal = token(folder), PadesSeal()
        paper = archive(source, folder / "scan.pdf")
        seal_once(seal, signer, paper, folder / "warm.pdf")
        done = [seal_once(seal, signer, paper, folder / f"{number}.pdf") for number in range(seals)]
        signer.close()
    middle = statistics.median(wall for wall, _ in done)
    print(f"{source.name}: {seals} seals by SoftHSM, median {middle * 1000:.0f} ms, {60 / middle:.0f} a minute:")
    for part in PARTS:
        spent = statistics.median(split.seconds[part] for _, split in done)
        print(f"  {part:6} {spent * 1000:6.0f} ms {spent / middle:6.0%}")


def main() -> int:
    """Prints seals per minute, or why there is no figure."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.seal", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--seals", type=int, default=20)
    args = parser.parse_args()
    report(args.file, args.seals)
    return 0


def report(source: Path = SAMPLE, seals: int = 20) -> None:
    """The figures; a sentence where there is no SoftHSM."""
    if not LIBRARY.exists():
        print("Seals: not measured, SoftHSM (softhsm2) is not installed.")
        return
    measure(source, seals)


if __name__ == "__main__":
    raise SystemExit(main())
