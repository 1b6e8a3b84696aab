"""A letter of an invented office to the bodies of the sandbox's system, for rehearsing the return path."""

from __future__ import annotations

import datetime as dt
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gateway.document import VN
from gateway.exchange.port import Body, Enclosure, Parcel
from gateway.exchange.sandbox_replies import BODIES

_OFFICE = BODIES[1]


@contextmanager
def letter(organs: Sequence[str]) -> Iterator[Parcel]:
    """A document of today to these bodies; its file is there as long as the context lasts."""
    now = dt.datetime.now(VN)
    number = str(secrets.randbelow(9_000) + 1_000)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cong-van.pdf"
        file.write_bytes(_one_page(f"So: {number}/SNV-VP"))
        yield Parcel(
            document_id=f"{_OFFICE.code},{now:%Y/%m/%d},{number}/SNV-VP",
            sender=_OFFICE,
            recipients=tuple(Body(code, code) for code in organs),
            number=number,
            symbol="SNV-VP",
            date=now.date(),
            place="An Hòa",
            doc_type="Công văn",
            subject="V/v rà soát danh mục hồ sơ (diễn tập)",
            signer="Trần Thị Diễn Tập",
            signer_title="GIÁM ĐỐC",
            pages=1,
            enclosures=(Enclosure(file.name, "application/pdf", file),),
            sent_at=now,
        )


def _one_page(line: str) -> bytes:
    """A PDF of one page with one line of text (ASCII)."""
    content = f"BT /F1 14 Tf 72 770 Td ({line}) Tj ET".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, places = b"%PDF-1.7\n", []
    for place, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (place, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + end
