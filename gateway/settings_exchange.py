"""Settings of the interchange: where it is, how it wants its messages, how patient we are with it."""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gateway.errors import BadSettings


@dataclass(frozen=True, slots=True)
class Exchange:
    """The interchange."""

    kind: str = "vxp"
    """Module of the adapter: "vxp" (national axis), "langson" (REST with a bearer token) or "folder"."""
    endpoint: str = ""
    """Address of the interchange; "" means the built-in sandbox."""
    hosts: tuple[str, ...] = ()
    """The only hosts that are ever spoken to; none means the endpoint's own (R-134)."""
    ca_file: Path = Path("secrets/exchange-ca.pem")
    """Certificates of the authority behind the endpoint's TLS; while it is not there, those of the system."""
    client_certificate_file: Path = Path("secrets/exchange-client.pem")
    """Our own certificate and its issuers (PEM), for an interchange that asks for one; while it is not there, none is
    shown."""
    client_key_file: Path = Path("secrets/exchange-client.key")
    """The certificate's private key (PEM, no passphrase, mode 0600)."""
    timeout_s: float = 20.0
    """For connecting, and again for each silence while reading."""
    system_id: str = "99.99.W00"
    """Our system as the interchange knows it."""
    secret_file: Path = Path("secrets/exchange-secret.txt")
    user: str = ""
    """For kind "langson": who logs in."""
    password_file: Path = Path("secrets/exchange-password.txt")
    application: str = ""
    """For kind "langson": applicationCode of the login."""
    padded_hash: bool = False
    """For kind "vxp": hash-file with 64 digits.  The axis' own client leaves leading zeros out."""
    dialect: str = "A1"
    """How documents are written: "A1" (order of the Java systems) or "A2" (order of the .NET systems)."""
    zip_files: bool = False
    """Each file in a zip of its own, for an axis that takes no others."""
    type_numbers: tuple[str, ...] = ()
    """Type and TypeDetail of document types where this axis has others than Amendment 1:2022: "Công văn=1/0"."""
    recall_by: str = "status"
    """How a document is asked back: "status" (13), "document" (type 1) or "both"."""
    paper_also: tuple[str, ...] = ()
    """Codes of bodies that get paper as well, with all below them ("H99.2" is also "H99.2.1"; R-124)."""
    rest_after: int = 5
    """After so many failures in a row the interchange is left alone for a while."""
    rest_s: float = 30.0
    """So long; then one call tries whether it is back."""
    quiet_h: float = 24.0
    """Hours after which a receiver that has not even said 01 is shown on the health page."""
    folder: Path = Path("exchange")
    """For kind "folder": where parcels are laid down."""
    collect_s: float = 5.0
    """Between two looks for receipts."""
    directory_s: float = 3600.0
    """Between two fetches of the directory of receiving bodies."""


CHOICES = {
    "exchange.kind": ("vxp", "langson", "folder"),
    "exchange.dialect": ("A1", "A2"),
    "exchange.recall_by": ("status", "document", "both"),
}


_NUMBERS = re.compile(r"(.+)=([0-9]{1,3})/([0-9]{1,3})")


def type_numbers_of(chosen: Exchange) -> Mapping[str, tuple[int, int]]:
    """Name of a type to its numbers.

    Raises:
        BadSettings: a line that is none.
    """
    found = {}
    for line in chosen.type_numbers:
        parts = _NUMBERS.fullmatch(line)
        if parts is None:
            raise BadSettings(f'exchange.type_numbers: "{line}" không đúng dạng "Công văn=1/0". Hãy sửa tệp cấu hình.')
        found[parts.group(1).strip()] = int(parts.group(2)), int(parts.group(3))
    return found


def check_exchange(chosen: Exchange) -> None:
    """Raises BadSettings when the address is none that may be spoken to, or a line does not fit."""
    type_numbers_of(chosen)
    if not chosen.endpoint:
        if chosen.kind == "langson":
            raise BadSettings("exchange.endpoint chưa có. Hãy ghi địa chỉ của trục liên thông.")
        return
    address = urlsplit(chosen.endpoint)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise BadSettings("exchange.endpoint phải là địa chỉ http hoặc https. Hãy sửa tệp cấu hình.")
    if chosen.hosts and address.hostname not in chosen.hosts:
        raise BadSettings(f"Máy chủ {address.hostname} của exchange.endpoint không có trong exchange.hosts. "
                          "Hãy kiểm tra địa chỉ, rồi thêm máy chủ nếu đúng.")
