"""The settings of the seal: which key, which level, where time stamps come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.errors import BadSettings

REHEARSAL_KEY = Path("secrets/rehearsal.p12")
"""The one key that the gateway makes for itself; no other file is ever made in place of a missing key."""


@dataclass(frozen=True, slots=True)
class SealPlan:
    """The key of the organisation's signature, and how far its seals reach."""

    kind: str = "pkcs12"
    """"pkcs12" (a file, for rehearsal), "pkcs11" (a token or HSM), "vgca" (the VGCA Sign Service on the sealer's own
    machine, see [vgca]), or "none" where nothing is sealed."""
    file: Path = REHEARSAL_KEY
    """For pkcs12."""
    passphrase_file: Path = Path("secrets/rehearsal-passphrase.txt")
    module: Path = Path("/usr/lib/softhsm/libsofthsm2.so")
    """For pkcs11: the maker's library."""
    token: str = ""
    """Label of the token."""
    key: str = ""
    """Label of the key, and of its certificate in the token."""
    pin_file: Path = Path("secrets/pin.txt")
    ask_pin: bool = False
    """The sealer types the PIN at every act, and it is kept nowhere; otherwise it stands in the file."""
    certificate: Path = Path("secrets/certificate.pem")
    """The key's certificate and its issuers, where the token holds the key alone; used when the file exists."""
    pss: bool = False
    """An RSA key signs by RSASSA-PSS instead of PKCS#1 v1.5."""
    trust: Path = Path("secrets/rehearsal-ca.pem")
    """File or folder of certificates (.pem .cer) and revocation lists (.crl) by which signatures are judged."""
    old_signatures: bool = True
    """Signatures of others by SHA-1 may be trusted; they are told as old either way."""
    any_body: bool = False
    """Lets the certificate seal for this office although it does not name it; units say so of their own keys."""
    level: str = "B-B"
    """PAdES level: B-B, B-T (time stamp), B-LT (revocation data inside), B-LTA (archive time stamp)."""
    embed_message: bool = False
    """Sealed copies carry the head of their edXML message as an associated file: they are PDF/A-3b then.  Not where a
    program at the desk seals."""
    stamp_url: str = ""
    """The time-stamping service (RFC 3161); needed above B-B."""
    stamp_login_file: Path = Path("secrets/stamp-login.txt")
    """"login:password" of that service; used when the file exists."""
    stamp_timeout_s: float = 10.0
    stamp_trouble: str = "refuse"
    """No time stamp or revocation data to be had: "refuse" the seal, or seal and get them "later", before sending."""
    ask_issuer: bool = False
    """Asks the OCSP and CRL addresses in the office's own certificate before sealing; always so from B-LT on."""
    clock_limit_s: float = 60.0
    """Our clock may differ so much from a time stamp's or the time server's; a seal by a wrong clock is refused."""
    time_server: str = ""
    """"host" or "host:port" (SNTP) that our clock is held against; "" asks nobody."""
    time_check_s: float = 300.0
    """Between two such questions."""


@dataclass(frozen=True, slots=True)
class SealUnit:
    """The key of a unit that is served here, as often as there are such units: [[seal_unit]].  Level, time stamps and
    trust are those of [seal]."""

    unit: str = ""
    """Organisation code."""
    name: str = ""
    """Full name: it stands in the mark, and the certificate must be this body's."""
    place: str = ""
    """Place name in the mark."""
    kind: str = "pkcs11"
    """As seal.kind: "pkcs11", "pkcs12" or "vgca"."""
    file: Path = Path("secrets/unit.p12")
    """For pkcs12."""
    passphrase_file: Path = Path("secrets/unit-passphrase.txt")
    module: Path = Path("/usr/lib/softhsm/libsofthsm2.so")
    """For pkcs11: the maker's library."""
    token: str = ""
    key: str = ""
    """Label of the key, and of its certificate in the token."""
    pin_file: Path = Path("secrets/unit-pin.txt")
    ask_pin: bool = False
    certificate: Path = Path("secrets/unit-certificate.pem")
    """The key's certificate and its issuers, where the token holds the key alone; used when the file exists."""
    pss: bool = False
    any_body: bool = False
    """As seal.any_body, for this unit's key alone."""


def plan_of(home: SealPlan, unit: SealUnit) -> SealPlan:
    """How a unit seals: with its own key, in all else as the office itself."""
    return replace(home, kind=unit.kind, file=unit.file, passphrase_file=unit.passphrase_file, module=unit.module,
                   token=unit.token, key=unit.key, pin_file=unit.pin_file, ask_pin=unit.ask_pin,
                   certificate=unit.certificate, pss=unit.pss, any_body=unit.any_body)


def unchecked(home: SealPlan, name: str, units: Sequence[SealUnit]) -> frozenset[str]:
    """Full names of the bodies whose seal a certificate in any name may lay; `name` is the office's own."""
    return frozenset(([name] if home.any_body else []) + [one.name for one in units if one.any_body])


def check_units(units: Sequence[SealUnit], home: str) -> None:
    """Looks at what types alone do not tell.

    Raises:
        BadSettings: a unit without code or name, one that stands twice, or a kind that there is not.
    """
    codes = [home]
    for one in units:
        if not one.unit or not one.name:
            raise BadSettings("Mỗi [[seal_unit]] cần seal_unit.unit và seal_unit.name. Hãy khai báo đủ.")
        if one.unit in codes:
            raise BadSettings(f"Đơn vị {one.unit} đã có khóa ký. Hãy bỏ bớt một [[seal_unit]]; khóa của chính cơ quan "
                              "khai báo ở [seal].")
        if one.kind not in ("pkcs11", "pkcs12", "vgca"):
            raise BadSettings(f'seal_unit.kind = "{one.kind}" không có. Hãy chọn một trong: pkcs11, pkcs12, vgca.')
        codes.append(one.unit)


@dataclass(frozen=True, slots=True)
class Vgca:
    """VGCA Sign Service on the sealer's machine (seal.kind = "vgca"): where it listens and what it is told.

    The service is not ours and its manual is not public: what is doubtful about it is a setting.
    """

    address: str = "wss://127.0.0.1:8987"
    operation: str = "SignCopy"
    """Its word for sealing a digitized copy."""
    attachment_operation: str = "SignAppendix"
    """Its word for sealing an attachment that is a file of its own."""
    desk: str = ""
    """Address of the desk as that machine reaches it; "" means as the sealer's browser does."""
    minutes: float = 10.0
    """So long the service may fetch the file and bring it back."""
    mark: str = "service"
    """Who lays the mark: the "service" shows its signature in the corner, or the "gateway" prints the mark before."""
    part: str = "uploadfile"
    """Name of the form's part that holds the sealed file."""
    date: str = "%Y-%m-%dT00:00:00+07:00"
    """How the date of issue is written, as strftime has it."""
    status: str = "bool"
    """How our answer says that all is well: "bool" (true) or "code" (0)."""
    pdfa_loss: str = "refuse"
    """The service's mark makes the file no PDF/A any more: "refuse" it, or "record" that and go on."""
