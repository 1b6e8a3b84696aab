"""VGCA Sign Service: what it is told, and how we judge what it brings back.

The service belongs to the Government Cipher Committee (Ban Cơ yếu Chính phủ) and runs on the sealer's Windows machine;
its websocket is talked to by our page.  It sees one file, and nothing it sends is believed: what comes back must be
the file it was given, one seal of the right body in the right place, and nothing more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gateway.document import VN
from gateway.errors import CertificateUnfit, ClockOff, CornerTaken, ReturnUnfit, SealError
from gateway.seal.additions import Addition
from gateway.seal.corner import covers, first_sheet, in_corner
from gateway.seal.identity import Identity
from gateway.seal.laying import lay, placed_on
from gateway.seal.looks import HERE, Looks
from gateway.seal.mark import MarkStyle
from gateway.seal.pades import PadesSeal
from gateway.seal.pdfa_gate import demand_verdict, judged
from gateway.seal.plan import Vgca
from gateway.seal.port import Errand, Given, SealOrder
from gateway.seal.practice import Practice
from gateway.seal.report import Report, SignatureReport

_CHUNK = 1 << 20
NO_ROOTS = "Chưa khai báo chứng thư gốc để kiểm tra chữ ký của VGCA. Hãy đặt chứng thư gốc vào seal.trust rồi ký lại."
_OTHER_FILE = "Tệp trả về không nối tiếp đúng tệp đã giao nên không nhận. Hãy ký lại từ trang này."
_UNSIGNED = "Tệp trả về chưa có chữ ký số. Hãy ký lại và chờ chương trình ký báo xong."
_SEVERAL = "Tệp trả về có nhiều chữ ký. Hãy ký lại, mỗi văn bản một lần."
_NOT_WHOLE = "Chữ ký trong tệp trả về không nguyên vẹn hoặc không phủ hết tệp nên không nhận. Hãy ký lại."
_WEAK = "Chữ ký dùng thuật toán băm quá yếu nên không nhận. Hãy chọn SHA-256 trong cấu hình chương trình ký rồi ký lại."
_UNSEEN = (
    "Chữ ký không hiện ở góc trên bên phải trang đầu. "
    "Hãy chỉnh vị trí chữ ký trong cấu hình chương trình ký, hoặc đặt vgca.mark = \"gateway\", rồi ký lại."
)
_COVERS = "Khung chữ ký đè lên nội dung trang đầu. Hãy chỉnh vị trí trong cấu hình chương trình ký rồi ký lại."
_NOT_PDFA = (
    "Mẫu chữ ký của chương trình ký làm tệp không còn là PDF/A nên không nhận. "
    "Hãy nhúng phông chữ trong mẫu chữ ký, hoặc đặt vgca.mark = \"gateway\", rồi ký lại."
)


class VgcaProgram:
    """The port DeskProgram."""

    name = "VGCA Sign Service"

    def __init__(self, plan: Vgca, practice: Practice, style: MarkStyle, *, any_body: bool = False,
                 looks: Looks = HERE) -> None:
        """
        Args:
            plan: its settings.
            practice: how the office seals.
            style: the mark, where the gateway lays it.
            any_body: what comes back may bear a certificate that does not name the body.
            looks: who looks at the files given and brought back.
        """
        self._plan, self._practice, self._style, self._any_body = plan, practice, style, any_body
        self._looks = looks
        self._seal = PadesSeal(style, practice, looks=looks)
        self.address = f"{plan.address.rstrip('/')}/{plan.operation}"
        self.attachment_address = f"{plan.address.rstrip('/')}/{plan.attachment_operation}"
        self.minutes, self.part = plan.minutes, plan.part

    def message(self, errand: Errand) -> Mapping[str, object]:
        """See the port.  No cookie and no bearer token: the two addresses are the key."""
        return {
            "FileUploadHandler": errand.upload,
            "SessionId": "",
            "JWTToken": "",
            "FileName": errand.fetch,
            "DocNumber": errand.number,
            "IssuedDate": errand.date.strftime(self._plan.date) if errand.date else "",
            "MetaData": [],
        }

    def answer(self, errand_done: bool, said: str, name: str) -> Mapping[str, object]:
        """See the port."""
        status: object = errand_done if self._plan.status == "bool" else int(not errand_done)
        return {"Status": status, "Message": said, "FileName": name, "FileServer": name}

    def check_place(self, source: Path, order: SealOrder) -> None:
        """See the port."""
        from pyhanko.pdf_utils.misc import PdfError
        from pyhanko.pdf_utils.reader import PdfFileReader

        demand_verdict(source, self._looks.sealable_part(source))
        self._demand_roots()
        if self._plan.mark != "gateway":
            return
        with source.open("rb") as data:
            try:
                placed_on(PdfFileReader(data, strict=False).root, source, order, self._style,
                          self._looks)
            except (PdfError, KeyError) as error:
                raise SealError from error

    def _demand_roots(self) -> None:
        """The key is not ours: without a root anybody's certificate in the body's name would do."""
        if not self._practice.trust().roots:
            raise CertificateUnfit(NO_ROOTS)

    def give(self, source: Path, order: SealOrder, out: Path) -> None:
        """See the port."""
        if self._plan.mark == "gateway":
            lay(source, order, self._style, out, self._looks)
        else:
            shutil.copyfile(source, out)

    def take(self, returned: Path, given: Given, order: SealOrder, out: Path) -> bool:
        """See the port."""
        self._demand_roots()
        with TemporaryDirectory(dir=out.parent, prefix="given-") as folder:
            before = Path(folder) / "given.pdf"
            _cut(returned, given, before)
            added, report = self._looks.additions(before, returned), self._looks.verify(returned)
            found = _the_one(report)
            identity = Identity(*_signer_of(returned), self._practice)
            identity.check(order.at)
            if not self._any_body:
                identity.check_body(order.body)
            _check_time(found.time, given, order.at, self._practice.clock_limit_s)
            self._check_mark(added, before, order)
        archival = added.archival and report.pdfa != "" and judged(returned, report.pdfa) is not False
        if not archival and self._plan.pdfa_loss == "refuse":
            raise ReturnUnfit(_NOT_PDFA)
        self._settle(returned, out)
        return archival

    def _check_mark(self, added: Addition, before: Path, order: SealOrder) -> None:
        """The mark stands where the decree wants it; what is shown besides hides nothing."""
        from pyhanko.pdf_utils.reader import PdfFileReader

        shown = added.page == 0
        if self._plan.mark == "gateway" and added.page < 0:
            return
        with before.open("rb") as data:
            sheet = first_sheet(PdfFileReader(data, strict=False).root)
        if not shown or (self._plan.mark == "service" and not in_corner(sheet, added.rect)):
            raise ReturnUnfit(_UNSEEN)
        if not (order.cover and self._plan.mark == "service") and covers(self._looks.ink_of(before), sheet, added.rect):
            raise CornerTaken(_COVERS)

    def _settle(self, returned: Path, out: Path) -> None:
        half = out.with_name(f".{out.name}.{os.getpid()}")
        try:
            shutil.copyfile(returned, half)
            with half.open("r+b") as data:
                os.fsync(data.fileno())
            self._seal.settle(half, out)
        finally:
            half.unlink(missing_ok=True)

    def lacks(self, path: Path) -> bool:
        """See the port."""
        return self._seal.lacks(path)


def _cut(returned: Path, given: Given, out: Path) -> None:
    """Writes what the returned file begins with, after making sure that this is what was given."""
    digest, left = hashlib.sha256(), given.size
    with returned.open("rb") as data, out.open("wb") as begins:
        while left > 0 and (block := data.read(min(left, _CHUNK))):
            begins.write(block)
            digest.update(block)
            left -= len(block)
        longer = bool(data.read(1))
    if left or digest.hexdigest() != given.sha256:
        raise ReturnUnfit(_OTHER_FILE)
    if not longer:
        raise ReturnUnfit(_UNSIGNED)


def _the_one(report: Report) -> SignatureReport:
    """What is known of the seal.

    Raises:
        ReturnUnfit: no seal, several, or one that is not whole.
    """
    found = report.signatures
    if len(found) != 1:
        raise ReturnUnfit(_SEVERAL if found else _UNSIGNED)
    (one,) = found
    if one.weak:
        raise ReturnUnfit(_WEAK)
    if not (one.intact and one.valid) or one.problem:
        raise ReturnUnfit(_NOT_WHOLE)
    return one


def _signer_of(returned: Path) -> tuple[Any, tuple[Any, ...]]:
    """The certificate of the seal, and those that came with it."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    with returned.open("rb") as data:
        (embedded,) = PdfFileReader(data, strict=False).embedded_regular_signatures
        return embedded.signer_cert, tuple(embedded.other_embedded_certs)


def _check_time(said: dt.datetime | None, given: Given, now: dt.datetime, limit_s: float) -> None:
    """The time that the seal says lies between fetching and bringing back (R-101, R-165)."""
    limit = dt.timedelta(seconds=limit_s)
    if said is None:
        raise ReturnUnfit("Chữ ký không ghi thời gian ký. Hãy bật thời gian trong cấu hình chương trình ký rồi ký lại.")
    if not given.at - limit <= said <= now + limit:
        raise ClockOff(
            f"Chữ ký ghi lúc {said.astimezone(VN):%d/%m/%Y %H:%M:%S}, lệch với đồng hồ của cổng nên không nhận. "
            "Hãy chỉnh đồng hồ máy văn thư rồi ký lại."
        )
