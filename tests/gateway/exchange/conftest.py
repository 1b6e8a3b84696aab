"""A Parcel to send, a sandbox to send it to, and both adapters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.document import VN
from gateway.exchange.port import Body, Enclosure, Parcel
from gateway.exchange.sandbox import Sandbox
from gateway.exchange.vxp import Account, VxpExchange

SENDER = Body("H99.20", "Ủy ban nhân dân xã Bình Minh", mail="vanthu@binhminh.example")
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\nthan\n%%EOF\n"


@pytest.fixture
def parcel(tmp_path: Path) -> Parcel:
    path = tmp_path / "147-UBND-VP.pdf"
    path.write_bytes(PDF)
    return Parcel(
        document_id="H99.20,2026/10/09,147/UBND-VP",
        sender=SENDER,
        recipients=(Body("H99.2", "Sở Nội vụ tỉnh An Hòa"), Body("000.00.04.H98", "Sở Đối chiếu tỉnh Khác")),
        number="147",
        symbol="UBND-VP",
        date=dt.date(2026, 10, 9),
        place="Bình Minh",
        doc_type="Công văn",
        subject="V/v rà soát <thủ tục> & hồ sơ",
        content="Đề nghị rà soát trước thời hạn",
        signer="Trần Văn Hòa",
        signer_title="KT. CHỦ TỊCH, PHÓ CHỦ TỊCH",
        urgency="Khẩn",
        pages=2,
        due=dt.date(2026, 10, 23),
        places=("Như trên", "Lưu: VT, VP"),
        appendixes=("Phụ lục I. Danh mục thủ tục",),
        staff="Lê Thị Mẫu",
        enclosures=(Enclosure("147-UBND-VP.pdf", "application/pdf", path),),
        sent_at=dt.datetime(2026, 10, 9, 8, 30, 5, 7000, tzinfo=VN),
    )


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    box = Sandbox(
        port=0,
        data=tmp_path / "axis",
        system="rehearsal",
        secret="bí mật",
        organs=["H99.20", "H99.21"],
        register_after=0.0,
    )
    box.start()
    yield box
    box.stop()


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    return Account(endpoint=sandbox.url, system="rehearsal", secret="bí mật", organ="H99.20", organ_name=SENDER.name)


@pytest.fixture
def vxp(account: Account) -> Iterator[VxpExchange]:
    adapter = VxpExchange(account, seconds=30)
    yield adapter
    adapter.close()
