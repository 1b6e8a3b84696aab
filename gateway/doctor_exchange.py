"""What `vanthu doctor` and the health page say of the certificate that we show to the interchange (mutual TLS)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from gateway.document import VN
from gateway.errors import BadSettings
from gateway.exchange.net import ClientKey, Line, client
from gateway.review.desk import HealthLine
from gateway.settings import Settings

_NAME = "Chứng thư với trục"
_SOON = dt.timedelta(days=30)


def exchange_findings(settings: Settings) -> Iterator[HealthLine]:
    """One line where there is such a certificate, or a key that lacks it; none otherwise: most axes ask for none."""
    chosen = settings.exchange
    own = ClientKey(chosen.client_certificate_file, chosen.client_key_file)
    if settings.embedded or chosen.kind == "folder" or not (own.certificate.is_file() or own.key.is_file()):
        return
    if not own.certificate.is_file():
        yield HealthLine(_NAME, False, f"Có khóa {own.key} nhưng không có chứng thư {own.certificate}. "
                                       "Hãy đặt tệp đó, hoặc sửa exchange.client_certificate_file.")
        return
    try:
        client(Line(settings.endpoint, chosen.hosts, own=own), "doctor").close()
    except BadSettings as error:
        yield HealthLine(_NAME, False, str(error))
        return
    yield _lasting(own.certificate)


def _lasting(file: Path) -> HealthLine:
    from cryptography import x509

    own = x509.load_pem_x509_certificates(file.read_bytes())[0]  # OpenSSL has just read the first one as ours
    until = own.not_valid_after_utc.astimezone(VN)
    day = f"{until:%d/%m/%Y}"
    if until < dt.datetime.now(VN):
        return HealthLine(_NAME, False, f"{file} đã hết hạn ngày {day}. Hãy xin đơn vị quản trị trục cấp "
                                        "chứng thư mới.")
    if until < dt.datetime.now(VN) + _SOON:
        return HealthLine(_NAME, False, f"{file} hết hạn ngày {day}. Hãy xin đơn vị quản trị trục cấp chứng thư mới.")
    return HealthLine(_NAME, True, f"{own.subject.rfc4514_string()}, có hạn đến {day}.")
