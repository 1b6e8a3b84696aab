"""Letters encrypted for a key on an elliptic curve: OpenSSL locks, the house opens (RFC 5753)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail import reasons
from mail.letter import Fate, parse
from mail.smime_open import Key, keys_in
from tests.mail.soundness import assert_sound, fates, taken
from tests.mail.test_smime import HEAD, OPENSSL, inner, openssl
from tests.mail.writing import PDF

pytestmark = pytest.mark.skipif(not OPENSSL, reason="openssl is not installed")
CURVES = ("P-256", "P-384", "P-521", "brainpoolP256r1", "secp256k1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates and keys, one of each curve and a second on P-256."""
    place = tmp_path_factory.mktemp("curves")
    for name in (*CURVES, "other"):
        curve = "P-256" if name == "other" else name
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-nodes", "-days", "30",
                "-subj", f"/CN={name}",
                "-keyout", str(place / f"{name}.key"), "-out", str(place / f"{name}.pem"))  # fmt: skip
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=rsa",
            "-keyout", str(place / "rsa.key"), "-out", str(place / "rsa.pem"))  # fmt: skip
    return place


def own(folder: Path, *names: str) -> tuple[Key, ...]:
    return keys_in(b"".join((folder / f"{name}{end}").read_bytes() for name in names for end in (".pem", ".key")))


def locked(folder: Path, *options: str, name: str = "P-256", cipher: str = "-aes256") -> bytes:
    recipient = ["-recip", str(folder / f"{name}.pem")]
    return HEAD + openssl("cms", "-encrypt", "-binary", cipher, *recipient, *options, stdin=inner())


@pytest.mark.parametrize(("name", "cipher", "options"), [
    ("P-256", "-aes128", []),
    ("P-256", "-aes256", ["-keyopt", "ecdh_kdf_md:sha256"]),
    ("P-256", "-aes-256-gcm", ["-keyopt", "ecdh_kdf_md:sha256", "-aes128-wrap"]),
    ("P-384", "-aes256", ["-keyopt", "ecdh_kdf_md:sha384", "-aes256-wrap"]),
    ("P-384", "-aes-128-gcm", ["-keyopt", "ecdh_kdf_md:sha224", "-keyid"]),
    ("P-521", "-aes192", ["-keyopt", "ecdh_kdf_md:sha512", "-stream"]),
    ("P-521", "-des3", ["-keyopt", "ecdh_cofactor_mode:1", "-aes192-wrap"]),
    ("brainpoolP256r1", "-aes256", ["-keyopt", "ecdh_kdf_md:sha256", "-keyopt", "ecdh_cofactor_mode:1"]),
], ids=lambda value: " ".join(value) if isinstance(value, list) else value)  # fmt: skip
def test_a_letter_encrypted_for_a_key_on_a_curve_is_opened(
    folder: Path, name: str, cipher: str, options: list[str]
) -> None:
    found = parse(locked(folder, *options, name=name, cipher=cipher), keys=own(folder, "rsa", "other", name))

    assert [(part.name, part.data) for part in taken(found)] == [("Công văn.pdf", PDF)]
    assert found.text == "Kính gửi quý cơ quan."
    assert Fate.HELD not in fates(found).values()


def test_of_several_recipients_each_opens_the_letter(folder: Path) -> None:
    raw = locked(folder, "-recip", str(folder / "rsa.pem"), "-recip", str(folder / "P-384.pem"))
    for name in ("P-256", "rsa", "P-384"):
        assert [part.data for part in taken(parse(raw, keys=own(folder, name)))] == [PDF]
    assert parse(raw, keys=own(folder, "other")).parts[0].why == reasons.ENCRYPTED_FOR_OTHERS


def test_a_way_of_locking_that_is_not_known_is_told_apart_from_a_letter_for_others(folder: Path) -> None:
    raw = locked(folder, "-des3-wrap", cipher="-des3")
    assert parse(raw, keys=own(folder, "P-256")).parts[0].why == reasons.ENCRYPTED_UNKNOWN_WAY
    assert parse(raw, keys=own(folder, "other")).parts[0].why == reasons.ENCRYPTED_FOR_OTHERS
    assert parse(raw).parts[0].why == reasons.ENCRYPTED_MAIL


def test_a_key_on_an_unusual_curve_or_of_another_certificate_is_refused(folder: Path) -> None:
    pairs = (("secp256k1", "secp256k1"), ("P-256", "other"), ("rsa", "P-256"))
    for certificate, key in pairs:
        with pytest.raises(ValueError, match="key"):
            keys_in((folder / f"{certificate}.pem").read_bytes() + (folder / f"{key}.key").read_bytes())


def test_a_damaged_one_is_held_and_never_makes_it_fall(folder: Path) -> None:
    raw = locked(folder, "-outform", "DER", "-keyopt", "ecdh_kdf_md:sha256", cipher="-aes-256-gcm")[len(HEAD) :]
    keys = own(folder, "P-256")

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 420), st.integers(0, 255)), min_size=1, max_size=4))
    def damaged(changes: list[tuple[int, int]]) -> None:
        data = bytearray(raw)
        for at, value in changes:
            data[at] = value
        found = parse(b"Content-Type: application/pkcs7-mime\n\n" + bytes(data), keys=keys)
        assert_sound(found)
        assert all(part.data == PDF for part in taken(found))  # the tag stands for all of it

    damaged()
