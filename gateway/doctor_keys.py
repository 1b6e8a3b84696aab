"""What `vanthu doctor` says of the keys that seal: the office's own, and those of the units."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from gateway.document import VN
from gateway.errors import GatewayError
from gateway.review.desk import HealthLine
from gateway.seal.plan import SealPlan, plan_of
from gateway.settings import Settings

_NO_STAMP = ("Chữ ký chưa kèm dấu thời gian nên khi chứng thư hết hạn sẽ khó chứng minh thời điểm ký. Hãy khai báo "
             "seal.stamp_url của nhà cung cấp và đặt seal.level = \"B-T\" trở lên.")


def key_findings(settings: Settings) -> Iterator[HealthLine]:
    """One line for each key, and one where real keys seal without a time stamp (law.md section 15, point 12)."""
    yield _key(settings)
    if settings.seal.level == "B-B" and settings.seal.kind in ("pkcs11", "vgca"):
        yield HealthLine("Dấu thời gian", False, _NO_STAMP)
    for one in settings.seal_unit:
        yield _judged(settings, f"Khóa ký của {one.name}", plan_of(settings.seal, one), body=one.name)


def _key(settings: Settings) -> HealthLine:
    if settings.seal.kind == "pkcs12" and not settings.seal.file.exists():
        return HealthLine("Khóa ký", False, "Chưa có khóa ký. Chạy vanthu run một lần để tạo khóa diễn tập, "
                                         "hoặc khai báo khóa của cơ quan.")
    return _judged(settings, "Khóa ký", settings.seal)


def _judged(settings: Settings, name: str, plan: SealPlan, *, body: str = "") -> HealthLine:
    """`body`: whose the certificate must be; "" where no key is held against a name here."""
    from asn1crypto.x509 import Certificate

    from gateway.seal.identity import Identity
    from gateway.seal.keys import open_key

    try:
        signer = open_key(plan)
        if signer is not None:
            signer.check(dt.datetime.now(VN))
        if signer is not None and body and not plan.any_body:
            Identity(Certificate.load(signer.certificate())).check_body(body)
    except GatewayError as error:
        return HealthLine(name, False, str(error))
    if plan.kind == "vgca":
        return _program(settings, name)
    if signer is None:
        return HealthLine(name, True, "Không ký số ở máy này.")
    if signer.rehearsal:
        return HealthLine(name, False, f"{signer.subject()}: khóa diễn tập, không có giá trị pháp lý. "
                                       "Hãy khai báo khóa của cơ quan trước khi dùng thật.")
    return HealthLine(name, True, f"{signer.subject()}.")


def _program(settings: Settings, name: str) -> HealthLine:
    from gateway.seal.keys import trust_of
    from gateway.seal.vgca import NO_ROOTS

    try:
        roots = trust_of(settings.seal).roots
    except GatewayError as error:
        return HealthLine(name, False, str(error))
    if not roots:
        return HealthLine(name, False, NO_ROOTS)
    return HealthLine(name, True, f"VGCA Sign Service trên máy văn thư, {settings.vgca.address}.")
