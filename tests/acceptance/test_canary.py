"""R-002: a page with a secrecy mark leaves no byte, text or picture anywhere under the data folder.

Each secret paper carries words and bytes that are nowhere else; afterwards every file is searched: vault, drop folder,
spool, database with its log, work folders, log file, backup; and the bucket that the vault is kept in, with every
version, mark and unfinished upload.
"""
from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import httpx
import pikepdf
import pytest
from PIL import Image

from gateway.document import Stage
from gateway.store.bucket import Bucket
from gateway.store.store import Query, Store
from tests.gateway.letters_by_mail import OFFICE, SENDER, Place
from tests.gateway.store.s3_servers import NAMED, make_bucket, minio, moto, own, plan
from tests.ocr import drawing
from tests.waiting import wait_for

RED, DPI = (205, 30, 40), 150
CANARY = "Chimhoàngyến"
PASSWORD = "mat-khau-thu-nghiem"
SPEED = """
[folder]
settle_s = 0.2
poll_s = 0.3
"""

pytestmark = pytest.mark.timeout(240)


def page(word: str) -> Image.Image:
    sheet = drawing.letter(DPI)
    drawing.stamp(sheet, "TỐI MẬT", (150, 720), color=RED, dpi=DPI)
    drawing.stamp(sheet, word.upper(), (300, 1200), color=(20, 20, 20), dpi=DPI)
    return sheet


def picture(word: str) -> bytes:
    out = io.BytesIO()
    page(word).save(out, "JPEG", dpi=(DPI, DPI), quality=80, comment=word.encode())
    return out.getvalue()


def document(word: str) -> bytes:
    with pikepdf.open(io.BytesIO(drawing.scan_pdf([drawing.letter(DPI), page(word)], DPI))) as pdf:
        pdf.docinfo["/Title"] = word
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


@dataclass
class Secrets:
    """What was given in, and every trace by which it would be known again."""

    words: list[str] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)

    def new(self) -> str:
        self.words.append(f"{CANARY}{len(self.words)}")
        return self.words[-1]

    def traces(self) -> Iterator[bytes]:
        for word in self.words:
            for form in ("NFC", "NFD"):
                text = unicodedata.normalize(form, word)
                for case in {text, text.upper(), text.lower()}:
                    yield from (case.encode(), case.encode("utf-16-le"), case.encode("utf-16-be"))
            bare = unicodedata.normalize("NFD", word.lower()).encode("ascii", "ignore")
            yield from (bare, bare.upper(), word.encode().hex().encode())
        for data in self.files:
            for start in range(200, len(data) - 48, len(data) // 20):  # pieces of the very bytes, also inside base64
                piece = data[start - start % 3:][:48]
                yield from (piece[:24], base64.b64encode(piece)[:48])


def letter(subject: str, name: str, data: bytes, text: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, OFFICE, subject
    mail.set_content(text)
    mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes(policy=SMTP)


@pytest.fixture
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """A bucket that keeps versions, by itself: of what it holds nothing lies in the folders that are searched."""
    folder = tmp_path_factory.mktemp("s3")
    with minio(folder) if NAMED else moto(folder) as address:
        make_bucket(address, versions=True)
        yield Bucket(plan(address, prefix=own(folder)))


@pytest.fixture
def gateway(tmp_path: Path, bucket: Bucket) -> Iterator[tuple[Place, Store]]:
    place = Place.made(tmp_path, SPEED + vault_in(bucket, tmp_path)
                       + f'[backup]\nfolder = "{tmp_path}/chest"\nevery_h = 0.000001\n')
    (tmp_path / "password.txt").write_text(PASSWORD, "utf-8")
    word = str(tmp_path / "password.txt")
    assert place.start("user", "add", "lan", "--name", "Lan", "--role", "clerk", "--password-file", word).wait(60) == 0
    process: subprocess.Popen[bytes] = place.start("run")
    wait_for(place.open, 60)
    store = place.store()
    yield place, store
    store.close()
    process.terminate()
    process.wait(60)


def vault_in(bucket: Bucket, folder: Path) -> str:
    """Settings of a vault in that bucket, with its keys."""
    known = bucket._plan
    for name, word in (("access", known.access_key), ("secret", known.secret_key)):
        (folder / f"{name}.txt").write_text(word, "utf-8")
        (folder / f"{name}.txt").chmod(0o600)
    return (f'[vault]\nkind = "s3"\nendpoint = "{known.endpoint}"\nbucket = "{known.bucket}"\n'
            f'prefix = "{known.prefix}"\naccess_key_file = "{folder}/access.txt"\n'
            f'secret_key_file = "{folder}/secret.txt"\n')


def test_a_secret_page_leaves_no_byte_text_or_picture(
    gateway: tuple[Place, Store], tmp_path: Path, bucket: Bucket
) -> None:
    (place, store), secrets = gateway, Secrets()
    drop = place.data / "drop"
    for ending, make in ((".jpg", picture), (".pdf", document)):
        word = secrets.new()
        secrets.files.append(make(word))
        half = drop / f".{word}{ending}"
        half.write_bytes(secrets.files[-1])
        half.rename(drop / f"{word}{ending}")
    word = secrets.new()  # the mark is on the paper in a letter
    secrets.files.append(document(word))
    place.hand_in(letter(f"Gửi {word}", f"{word}.pdf", secrets.files[-1], f"Kính gửi, {word}."))
    word = secrets.new()  # the mark is in the letter's own words: a person decides
    secrets.files.append(drawing.scan_pdf([drawing.letter(DPI)], DPI) + word.encode())
    place.hand_in(letter(f"[TỐI MẬT] {word}", f"{word}.pdf", secrets.files[-1], word))

    def over() -> bool:
        documents = store.find(Query()).documents
        return len(documents) == 4 and all(one.stage is Stage.STOPPED or one.held for one in documents)

    wait_for(over, 90, 0.3)
    assert left_in(bucket, secrets), "what is held for a person lies there until somebody stops it"
    stop_what_is_doubtful(place, store)
    assert {one.stage for one in store.find(Query()).documents} == {Stage.STOPPED}
    wait_for(lambda: not store.pending_erasures() and not traces_left(secrets, tmp_path), 60, 0.5)
    assert left_in(bucket, secrets) == []
    assert store.journal.verify() == []


def left_in(bucket: Bucket, secrets: Secrets) -> list[str]:
    """Versions of objects, marks and unfinished uploads in which something of the secret papers is found."""
    ask, name, prefix = bucket._client, bucket._plan.bucket, bucket._plan.prefix
    told = ask.list_object_versions(Bucket=name, Prefix=prefix)
    assert not told["IsTruncated"]
    hashes, traces = {hashlib.sha256(data).hexdigest() for data in secrets.files}, set(secrets.traces())
    found = [one["Key"] for one in told.get("DeleteMarkers", [])]
    found += [one["Key"] for one in ask.list_multipart_uploads(Bucket=name).get("Uploads", [])]
    for one in told.get("Versions", []):
        data = version_of(bucket, one["Key"], one["VersionId"])
        if data is None:
            continue
        if any(trace in data + one["Key"].encode() for trace in traces) or one["Key"].rpartition("/")[2] in hashes:
            found.append(one["Key"])
    return found


def version_of(bucket: Bucket, key: str, version: str) -> bytes | None:
    """The bytes of one version; None when it was erased since it was listed."""
    from botocore.exceptions import ClientError

    try:
        told = bucket._client.get_object(Bucket=bucket._plan.bucket, Key=key, VersionId=version)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchVersion"):
            return None
        raise
    return bytes(told["Body"].read())


def stop_what_is_doubtful(place: Place, store: Store) -> None:
    """The clerk looks at the page (which draws a picture of it) and stops it."""
    with httpx.Client(base_url=f"http://127.0.0.1:{place.web}", timeout=60) as desk:
        send(desk, "/login", "/login", {"login": "lan", "password": PASSWORD, "next": "/"})
        for one in store.find(Query()).documents:
            if one.stage is Stage.STOPPED:
                continue
            desk.get(f"/d/{one.id}/pages/1.png")
            send(desk, f"/d/{one.id}", f"/d/{one.id}/stop", {"version": str(one.version)})


def send(desk: httpx.Client, page_: str, to: str, form: dict[str, str]) -> None:
    word = re.search(r'name="word" value="([^"]+)"', desk.get(page_).text)
    assert word is not None
    assert desk.post(to, data=form | {"word": word[1]}).status_code == 303


def traces_left(secrets: Secrets, folder: Path) -> list[str]:
    """Files in which something of the secret papers is found."""
    found, traces = [], set(secrets.traces())
    for here, _, names in os.walk(folder):
        for name in names:
            path = Path(here) / name
            try:
                data = path.read_bytes() + str(path).encode()
            except FileNotFoundError:
                continue
            if hit := next((trace for trace in traces if trace in data), b""):
                found.append(f"{path}: {hit!r}")
    print(*found, sep="\n")
    return found
