"""What the settings say of S/MIME reaches the process that opens the letters."""
from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.errors import BadSettings
from gateway.letter_bounds import letter_bounds
from gateway.settings import Settings
from mail import reasons
from mail.parsing import Bounds, NotParsed, parse_apart
from ocr.fences import file_fence
from tests.mail.test_smime import HEAD, OPENSSL, inner, keys, openssl, signed
from tests.mail.writing import PDF

__all__ = ["keys"]
pytestmark = pytest.mark.skipif(not OPENSSL, reason="openssl is not installed")


def settings(folder: Path, **mail: str) -> Settings:
    lines = "".join(f'{key} = "{value}"\n' for key, value in mail.items())
    (folder / "gateway.toml").write_text(f'data = "{folder}"\n[mail]\n{lines}', "utf-8")
    return Settings.load(folder / "gateway.toml", {})


def test_a_letter_encrypted_for_the_office_is_opened_only_with_its_key(keys: Path, tmp_path: Path) -> None:
    raw, first, second = tmp_path / "letter.eml", tmp_path / "1", tmp_path / "2"
    raw.write_bytes(HEAD + openssl("cms", "-encrypt", "-aes256", str(keys / "rsa.pem"), stdin=inner()))
    (tmp_path / "own.pem").write_bytes((keys / "rsa.key").read_bytes() + (keys / "rsa.pem").read_bytes())
    for folder in (first, second):
        folder.mkdir()

    closed = parse_apart(raw, first, bounds=letter_bounds(settings(tmp_path)))
    found = parse_apart(raw, second, bounds=letter_bounds(settings(tmp_path, smime_key_file="own.pem")))

    assert [part.why for part in closed.letter.parts] == [reasons.ENCRYPTED_MAIL]
    assert PDF in [path.read_bytes() for path in found.files.values()]


def test_a_root_in_the_folder_vouches_for_a_signature(tmp_path: Path) -> None:
    who, roots = "vanthu@eakao.example.vn", tmp_path / "roots"
    for name, options in (("root", ["-subj", "/CN=Root", "-addext", "keyUsage=keyCertSign,cRLSign"]),
                          ("rsa", ["-subj", f"/CN={who}", "-addext", f"subjectAltName=email:{who}", "-addext",
                                   "keyUsage=digitalSignature", "-CA", str(tmp_path / "root.pem"), "-CAkey",
                                   str(tmp_path / "root.key")])):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout",
                str(tmp_path / f"{name}.key"), "-out", str(tmp_path / f"{name}.pem"), *options)
    raw = tmp_path / "letter.eml"
    raw.write_bytes(signed(tmp_path))
    for folder in (roots, tmp_path / "1", tmp_path / "2"):
        folder.mkdir()
    (roots / "root.pem").write_bytes((tmp_path / "root.pem").read_bytes())

    alone = parse_apart(raw, tmp_path / "1", bounds=letter_bounds(settings(tmp_path)))
    vouched = parse_apart(raw, tmp_path / "2", bounds=letter_bounds(settings(tmp_path, smime_trust="roots")))

    assert (alone.letter.signed, vouched.letter.signed) == ("unknown", "valid")


@pytest.mark.parametrize("mail", [{"smime_key_file": "none.pem"}, {"smime_trust": "none.pem"}],
                         ids=["key", "root"])
def test_a_file_that_is_not_there_is_a_fault_of_the_settings(tmp_path: Path, mail: dict[str, str]) -> None:
    with pytest.raises(BadSettings, match=next(iter(mail))):
        letter_bounds(settings(tmp_path, **mail))


@pytest.mark.skipif(not file_fence(), reason="the kernel has no Landlock")
def test_the_child_opens_its_letter_and_no_other(tmp_path: Path) -> None:
    fence = letter_bounds(settings(tmp_path)).fence
    (tmp_path / "letter.eml").write_bytes(b"Subject: a\n\nword")
    (tmp_path / "other.eml").write_bytes(b"Subject: b\n\nword")
    (tmp_path / "own").mkdir()

    def tried(command: str) -> int:
        words = fence([tmp_path / "letter.eml"], tmp_path / "own")
        return subprocess.run([*words, "sh", "-c", command], cwd=tmp_path, check=False, capture_output=True).returncode

    assert tried("cat letter.eml > own/1") == 0
    assert tried("cat other.eml") != 0
    assert tried("echo more >> letter.eml") != 0
    assert tried("ls") != 0


@pytest.mark.parametrize("data", ["1", "../secret.txt", "..", "/etc/passwd"])
def test_a_child_that_was_taken_over_names_no_other_file(tmp_path: Path, data: str) -> None:
    folder, raw = tmp_path / "own", tmp_path / "letter.eml"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("key", "utf-8")
    raw.write_bytes(b"Subject: a\n\nword")
    assert parse_apart(raw, folder).letter.subject == "a"
    told = json.loads((folder / "letter.json").read_bytes())
    told["parts"] = [part | {"data": data} for part in told["parts"]]
    (folder / "told").write_text(json.dumps(told), "utf-8")

    def hostile(read: Sequence[Path], folder: Path) -> Sequence[str]:
        return ("sh", "-c", f"cd {folder}; ln -sf ../secret.txt 1; mv told letter.json")

    with pytest.raises(NotParsed, match="odd_file"):
        parse_apart(raw, folder, bounds=Bounds(fence=hostile))
