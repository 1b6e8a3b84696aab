"""Signed letters open and say whether they are as they were signed; OpenSSL signs, the house reads."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail import reasons
from mail.letter import Fate, parse
from mail.smime import check_detached
from mail.smime_open import Key, keys_in
from tests.mail.soundness import assert_sound, fates, taken
from tests.mail.writing import PDF, with_file

OPENSSL = shutil.which("openssl") or ""
pytestmark = pytest.mark.skipif(not OPENSSL, reason="openssl is not installed")
HEAD = b"From: vanthu@eakao.example.vn\r\nSubject: =?utf-8?Q?C=C3=B4ng_v=C4=83n?=\r\n"


def openssl(*words: str, stdin: bytes = b"") -> bytes:
    return subprocess.run([OPENSSL, *words], input=stdin, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates rsa.pem, ec.pem and ed.pem with their keys."""
    folder = tmp_path_factory.mktemp("keys")
    kinds = {"rsa": ["rsa:2048"], "ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}
    for name, kind in kinds.items():
        openssl("req", "-x509", "-newkey", *kind, "-nodes", "-subj", f"/CN=Van thu {name}", "-days", "30",
                "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem"))  # fmt: skip
    return folder


def inner() -> bytes:
    """The letter's content with the fields of content only, in canonical line ends."""
    raw = with_file(PDF, "Công văn.pdf")
    return raw[raw.index(b"MIME-Version") :].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def signed(keys: Path, *options: str, key: str = "rsa", content: bytes | None = None) -> bytes:
    own = ["-signer", str(keys / f"{key}.pem"), "-inkey", str(keys / f"{key}.key")]
    return HEAD + openssl("cms", "-sign", "-binary", *own, *options, stdin=inner() if content is None else content)


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("rsa", []),
        ("rsa", ["-md", "sha512"]),
        ("rsa", ["-md", "sha1"]),
        ("rsa", ["-noattr"]),
        ("rsa", ["-keyid"]),
        ("rsa", ["-keyopt", "rsa_padding_mode:pss"]),
        ("rsa", ["-stream"]),
        ("rsa", ["-nodetach"]),
        ("rsa", ["-nodetach", "-stream"]),
        ("ec", []),
        ("ec", ["-nodetach"]),
    ],
)
def test_an_intact_signature_is_unknown_while_nobody_vouches_for_the_key(
    keys: Path, key: str, options: list[str]
) -> None:
    found = parse(signed(keys, *options, key=key))

    assert (found.signed, found.subject) == ("unknown", "Công văn")
    assert [(part.name, part.data) for part in taken(found)] == [("Công văn.pdf", PDF)]
    assert Fate.HELD not in fates(found).values()
    assert found.text == "Kính gửi quý cơ quan."


def test_bare_line_feeds_of_a_kept_file_do_not_break_the_signature(keys: Path) -> None:
    assert parse(signed(keys).replace(b"\r\n", b"\n")).signed == "unknown"


@pytest.mark.parametrize("key", ["rsa", "ec"])
def test_a_changed_letter_is_invalid(keys: Path, key: str) -> None:
    detached = signed(keys, key=key)
    changed = detached.replace(b"filename*=utf-8''C%C3%B4ng", b"filename*=utf-8''D%C3%B4ng")
    opaque = signed(keys, "-nodetach", "-outform", "DER", key=key)[len(HEAD) :]
    other = opaque.replace(b"filename*=utf-8''C%C3%B4ng", b"filename*=utf-8''D%C3%B4ng")

    assert changed != detached
    assert other != opaque
    assert parse(changed).signed == "invalid"
    assert [part.data for part in taken(parse(changed))] == [PDF]
    assert parse(HEAD + b"Content-Type: application/pkcs7-mime\r\n\r\n" + other).signed == "invalid"


def test_a_signature_by_another_key_is_invalid(keys: Path) -> None:
    command = ["cms", "-sign", "-binary", "-signer", str(keys / "rsa.pem"), "-inkey", str(keys / "rsa.key"), "-outform",
               "DER", "-nocerts", "-certfile", str(keys / "ec.pem")]  # fmt: skip
    assert check_detached(b"a", openssl(*command, stdin=b"a")) == "invalid"


def test_encrypted_letters_are_held_and_compressed_ones_opened(keys: Path) -> None:
    locked = HEAD + openssl("cms", "-encrypt", "-aes256", str(keys / "rsa.pem"), stdin=inner())
    found = parse(locked)

    assert [(part.fate, part.why) for part in found.parts] == [(Fate.HELD, reasons.ENCRYPTED_MAIL)]
    assert found.signed == ""


def own(keys: Path, name: str = "rsa") -> tuple[Key, ...]:
    return keys_in((keys / f"{name}.pem").read_bytes() + (keys / f"{name}.key").read_bytes())


@pytest.mark.parametrize("options", [
    ["-aes256"], ["-aes128"], ["-des3"], ["-aes-256-gcm"], ["-aes192", "-keyid"], ["-aes256", "-stream"],
    ["-aes256", "-keyopt", "rsa_padding_mode:oaep"],
    ["-aes256", "-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"]], ids=" ".join)  # fmt: skip
def test_a_letter_encrypted_for_the_office_is_opened_with_its_key(keys: Path, options: list[str]) -> None:
    cipher, *others = options
    recipient = ["-recip", str(keys / "rsa.pem")]
    locked = HEAD + openssl("cms", "-encrypt", "-binary", cipher, *recipient, *others, stdin=inner())

    found = parse(locked, keys=own(keys))

    assert [(part.name, part.data) for part in taken(found)] == [("Công văn.pdf", PDF)]
    assert found.text == "Kính gửi quý cơ quan."
    assert Fate.HELD not in fates(found).values()


def test_a_letter_signed_and_then_encrypted_is_both(keys: Path) -> None:
    both = HEAD + openssl("cms", "-encrypt", "-aes256", str(keys / "rsa.pem"), stdin=signed(keys)[len(HEAD) :])
    found = parse(both, keys=own(keys))
    assert [part.data for part in taken(found)] == [PDF]


def test_what_is_encrypted_for_others_or_damaged_is_held_all_the_same(keys: Path) -> None:
    for name, *options in (["-recip", str(keys / "ec.pem")],), (["-recip", str(keys / "rsa.pem")], "-aes-256-gcm"):
        packed = openssl("cms", "-encrypt", "-outform", "DER", *name, *options, stdin=inner())
        raw = b"Content-Type: application/pkcs7-mime\r\n\r\n"
        for data in (packed, packed[:-1] + bytes([packed[-1] ^ 1]), packed[:-40]):
            if options and data is packed:
                continue
            found = parse(HEAD + raw + data, keys=own(keys))
            assert [part.fate for part in found.parts] == [Fate.HELD], options
            assert found.parts[0].why in (reasons.ENCRYPTED_FOR_OTHERS, reasons.BROKEN_PACKAGE)


def test_a_key_file_without_a_key_of_its_certificate_is_refused(keys: Path) -> None:
    plain, other = (keys / "rsa.pem").read_bytes(), (keys / "ec.key").read_bytes()
    locked = openssl("rsa", "-in", str(keys / "rsa.key"), "-aes256", "-passout", "pass:abcd")
    for data in (b"", plain, plain + other, plain + locked):
        with pytest.raises(ValueError, match="key"):
            keys_in(data)


def test_only_the_whole_letter_counts_as_signed(keys: Path) -> None:
    found = parse(with_file(signed(keys), "thu.eml"))

    assert found.signed == ""
    assert [part.data for part in taken(found)] == [PDF]


def test_a_signed_file_is_taken_out_of_its_envelope(keys: Path) -> None:
    wrapped = signed(keys, "-nodetach", "-outform", "DER", content=PDF)[len(HEAD) :]
    found = parse(with_file(wrapped, "cv.pdf.p7m"))

    assert [(part.name, part.data, part.place) for part in taken(found)] == [("cv.pdf", PDF, "2/p7m")]
    assert found.signed == ""


def test_damaged_signatures_never_make_it_fall(keys: Path) -> None:
    raw = signed(keys, "-nodetach", "-outform", "DER")[len(HEAD) :]

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), min_size=1, max_size=6))
    def damaged(changes: list[tuple[int, int]]) -> None:
        data = bytearray(raw)
        for at, value in changes:
            data[at] = value
        assert_sound(parse(b"Content-Type: application/pkcs7-mime\n\n" + bytes(data)))
        assert check_detached(b"x", bytes(data)) == "invalid"

    damaged()


def test_a_trusted_root_makes_a_signature_valid_for_the_address_it_names(tmp_path: Path) -> None:
    def made(name: str, *options: str) -> Path:
        files = ["-keyout", str(tmp_path / f"{name}.key"), "-out", str(tmp_path / f"{name}.pem")]
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *files, *options)
        return tmp_path / f"{name}.pem"

    root = made("root", "-subj", "/CN=Root", "-addext", "keyUsage=keyCertSign,cRLSign")
    ca = ["-CA", str(root), "-CAkey", str(tmp_path / "root.key"), "-addext", "keyUsage=digitalSignature"]
    for name in ("vanthu@eakao.example.vn", "other@eakao.example.vn"):
        made(name, "-subj", f"/CN={name}", "-addext", f"subjectAltName=email:{name}", *ca)
    roots = (openssl("x509", "-in", str(root), "-outform", "DER"),)
    good = signed(tmp_path, key="vanthu@eakao.example.vn")
    opaque = signed(tmp_path, "-nodetach", key="vanthu@eakao.example.vn")

    assert parse(good, roots=roots).signed == "valid"
    assert parse(opaque, roots=roots).signed == "valid"
    assert parse(good).signed == "unknown"
    assert parse(good.replace(b"JVBERi", b"JVBERj"), roots=roots).signed == "invalid"
    assert parse(signed(tmp_path, key="other@eakao.example.vn"), roots=roots).signed == "unknown"


def test_a_process_that_opened_a_signed_mail_can_still_seal() -> None:
    """asn1crypto closes its list of attribute names at its first use; a seal needs names that other modules add."""
    code = ("import mail.smime\n"
            "from asn1crypto import cms\n"
            "cms.CMSAttributeType('message_digest')\n"
            "import pyhanko.sign.signers\n"
            "cms.CMSAttributeType('signing_certificate_v2')\n"
            "cms.CMSAttributeType('adobe_revocation_info_archival')\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
