"""A sealer's acts in a process of its own, for tests that kill it: `python seal_process.py ROOT WAY [POINT]`.

WAY is "key" (our own key) or "program" (a signing program at the desk).  With a point the process kills itself there.
"""
from __future__ import annotations

import datetime as dt
import sys
from functools import partial
from pathlib import Path
from typing import Any

from gateway.document import VN, CopyKind, Document, Stage
from gateway.exchange.port import Body
from gateway.review import handing, sealing
from gateway.review.acts import Person
from gateway.review.desk import Desk, Office
from gateway.review.seal_acts import SealWish
from gateway.seal.evidence import witness
from gateway.seal.mark import MarkStyle
from gateway.seal.pades import PadesSeal
from gateway.seal.plan import Vgca
from gateway.seal.practice import Practice
from gateway.seal.rehearsal import RehearsalFiles
from gateway.seal.signers import Pkcs12Signer, open_signer
from gateway.seal.trust import load_trust
from gateway.seal.vgca import VgcaProgram
from gateway.store.handovers import Handovers
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from tests.faults.door_process import dying
from tests.gateway.seal.vgca_service import Hand

POINTS = {
    "key": ("prepared", "signed", "finished", "kept", "recorded"),
    "program": ("handed", "fetched", "spent", "judged", "kept", "recorded"),
}
LAN = Person("lan", "Lan", frozenset({"sealer"}))
BODY = "Ủy ban nhân dân xã Bình Minh"


def files_in(root: Path) -> RehearsalFiles:
    return RehearsalFiles(root / "key.p12", root / "pass.txt", root / "ca.pem")


def lay_mine(point: str) -> None:
    """Makes the process die right after that."""
    owner, name = {
        "prepared": (PadesSeal, "prepare"), "signed": (Pkcs12Signer, "cms"), "finished": (PadesSeal, "finish"),
        "handed": (Handovers, "begin"), "fetched": (Handovers, "fetched"), "spent": (Handovers, "uploaded"),
        "judged": (VgcaProgram, "take"), "kept": (Vault, "put"), "recorded": (Store, "record"),
    }[point]
    setattr(owner, name, dying(getattr(owner, name)))


def by_key(desk: Desk, document: Document, files: RehearsalFiles) -> None:
    sealing.seal_document(desk, document, wish(document), who=LAN)


def by_program(desk: Desk, document: Document, files: RehearsalFiles) -> None:
    """What page and program do between them, without the wire."""
    ticket = handing.hand_over(desk, document, wish(document), who=LAN, base="http://127.0.0.1")
    folder = desk.vault.work_folder() / document.id
    folder.mkdir(exist_ok=True)
    given = handing.given_file(desk, str(ticket.message["FileName"]).split("/")[-2], folder)
    returned = folder / "returned.pdf"
    returned.write_bytes(Hand((files.key, files.passphrase)).sign(given.read_bytes()))
    handover = handing.waiting(desk, str(ticket.message["FileUploadHandler"]).split("/")[-1])
    assert handover is not None
    answer = handing.take_back(desk, handover, returned)
    assert answer["Status"], answer


def wish(document: Document) -> SealWish:
    return SealWish(CopyKind.SAO_Y, compared=True, pages=document.pages)


def desk_in(root: Path, way: str) -> Desk:
    store, vault, files = Store.open(f"sqlite:///{root}/vanthu.db"), Vault(root / "vault"), files_in(root)
    key = open_signer(files.key, files.passphrase) if way == "key" else None
    practice = Practice(trust=lambda: load_trust(files.authority))
    program = VgcaProgram(Vgca(), practice, MarkStyle()) if way == "program" else None
    body, nothing = Body("H99.1", BODY, "H99"), partial(_nothing)
    return Desk(store=store, vault=vault, seal=PadesSeal(), offices={"H99.1": Office(body, "Bình Minh", key, program)},
                home="H99.1", picture=nothing, take=nothing, clock=lambda: dt.datetime.now(VN),
                witness=lambda path: witness(path, load_trust(files.authority)))


def _nothing(*_: Any, **__: Any) -> Any:
    raise AssertionError("nobody asks for this")


def main(root: Path, way: str, point: str = "") -> None:
    """Seals every confirmed paper."""
    desk = desk_in(root, way)
    if point:
        lay_mine(point)
    print("ready", flush=True)
    seal = by_key if way == "key" else by_program
    for document in desk.store.find(Query(stages=frozenset({Stage.CONFIRMED}), limit=100)).documents:
        seal(desk, document, files_in(root))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
