"""Files of a Parcel as edXML carries them: raw bytes under their true media type, base64 on one line."""

from __future__ import annotations

import base64
import io
import re
import uuid
import zipfile

from gateway.errors import BadMessage
from gateway.exchange.edxml_text import NAMESPACE, clean, element, group
from gateway.exchange.port import Enclosure, Parcel

MAX_BYTES = 200 * 1024 * 1024
"""Of all files together; a message is held in memory by everybody on its way."""
_XLINK = "http://www.w3.org/1999/xlink"
_ZIP = "application/zip"


def enclose(parcel: Parcel, *, dialect: str, zipped: bool) -> tuple[str, str]:
    """Manifest entries and attachments of all files.

    Raises:
        BadMessage: together they are too large.
        OSError: a file cannot be read.
    """
    total = sum(enclosure.path.stat().st_size for enclosure in parcel.enclosures)
    if total > MAX_BYTES:
        size = f"{total // 1_000_000} MB"
        raise BadMessage(f"Tệp đính kèm nặng {size}, quá lớn để gửi qua trục. Hãy tách tệp rồi gửi lại.")
    references, attachments = [], []
    for place, enclosure in enumerate(parcel.enclosures, 1):
        # Always the same for the same parcel: a message that is sent again is the same message.
        content_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{parcel.document_id}#{place}"))
        fields, data = _fields(enclosure), enclosure.path.read_bytes()
        if zipped and not fields["name"].lower().endswith(".zip"):
            fields["type"], data = _ZIP, _zip(data, fields["name"], content_id)
        encoded = base64.b64encode(data).decode("ascii")
        write = _a2 if dialect == "A2" else _a1
        reference, attachment = write(content_id, fields, encoded)
        references.append(reference)
        attachments.append(attachment)
    return "".join(references), "".join(attachments)


def _fields(enclosure: Enclosure) -> dict[str, str]:
    name = re.sub(r"[/\\]", "-", clean(enclosure.name)) or "tep"
    return {"name": name, "type": media_type(name, enclosure.media_type)}


def media_type(name: str, said: str) -> str:
    """application/zip is a command to unpack for one reader: only a file that is called .zip may bear it."""
    if said == _ZIP and not name.lower().endswith(".zip"):
        return "application/octet-stream"
    return said or "application/octet-stream"


def _zip(data: bytes, name: str, content_id: str) -> bytes:
    """A zip of one entry, as the Java library writes it."""
    out = io.BytesIO()
    entry = zipfile.ZipInfo(f"{content_id}.{name.rpartition('.')[2]}")
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, data)
    return out.getvalue()


def _a1(content_id: str, fields: dict[str, str], encoded: str) -> tuple[str, str]:
    reference = group(
        "Reference",
        element("ContentId", f"cid:{content_id}"),
        element("ContentType", fields["type"]),
        element("Description", fields["name"]),
        element("AttachmentName", fields["name"]),
    )
    attachment = group(
        "Attachment",
        element("ContentId", f"cid:{content_id}", prefix=""),
        element("AttachmentName", fields["name"], prefix=""),
        element("Description", fields["name"], prefix=""),
        element("ContentType", fields["type"], prefix=""),
        # The prefix is declared on the envelope, and this block stands outside of it.
        f'<edXML:ContentTransferEncoded xmlns:edXML="{NAMESPACE}">{encoded}</edXML:ContentTransferEncoded>',
        prefix="",
    )
    return reference, attachment


def _a2(content_id: str, fields: dict[str, str], encoded: str) -> tuple[str, str]:
    link = f' xmlns:xlink="{_XLINK}" xlink:href="cid:{content_id}" xlink:role="XLinkRole" xlink:type="simple"'
    reference = group(
        "Reference",
        element("Description", fields["name"]),
        element("AttachmentName", fields["name"]),
        element("ContentType", fields["type"]),
        element("ContentId", f"cid:{content_id}"),
        attributes=link,
    )
    attachment = group(
        "Attachment",
        element("ContentType", fields["type"], prefix=""),
        element("ContentId", content_id, prefix=""),
        element("Description", fields["name"], prefix=""),
        f"<ContentTransferEncoded>{encoded}</ContentTransferEncoded>",
        element("AttachmentName", fields["name"], prefix=""),
        prefix="",
    )
    return reference, attachment
