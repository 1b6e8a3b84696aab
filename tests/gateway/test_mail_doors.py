"""Mail through the real gateway: the SMTP door's process, a mailbox, and what `doctor --mail` foresees."""
from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.document import Document, Door, Role, Stage
from gateway.errors import BadSettings, GatewayError
from gateway.mail_doors import letters_plan, smtp_plan
from gateway.settings import Settings
from gateway.smtp_process import SmtpProcess
from gateway.store.store import Query, Store
from mail.smtp import Tls
from tests.gateway.letters_by_mail import OFFICE, ROOT, SENDER, Place, letter
from tests.mail.imap_server import LOGIN, PASSWORD, dovecot
from tests.waiting import wait_for


@pytest.fixture
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Place, subprocess.Popen[bytes]]]:
    place = Place.made(tmp_path)
    process = place.start("run")
    yield place, process
    if process.poll() is None:
        process.kill()
        process.wait()


def children(parent: int) -> list[int]:
    """The SMTP door's processes below the gateway."""
    found = []
    for path in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # what is looked at may just have ended
            found += [int(pid) for pid in path.read_text().split()
                      if b"\0smtp\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return found


def proposed(store: Store) -> list[Document]:
    return list(store.find(Query(stages=frozenset({Stage.PROPOSED}))).documents)


def gone(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def test_a_letter_handed_in_by_smtp_is_proposed_and_the_door_comes_and_goes_with_the_gateway(
        running: tuple[Place, subprocess.Popen[bytes]]) -> None:
    place, gateway = running
    wait_for(place.open)
    (first,) = children(gateway.pid)
    place.hand_in(letter("Công văn về rà soát", sample="cong-van-ra-soat.pdf"))
    store = place.store()
    wait_for(lambda: bool(proposed(store)), 90)
    (document,) = proposed(store)
    assert (document.name, document.by, document.origin.door) == ("Công văn về rà soát", SENDER, Door.SMTP)
    assert document.file(Role.PAPER) is not None
    assert document.fields
    assert {seen.door: seen.note for seen in store.doors()}["smtp"] == ""

    os.kill(first, signal.SIGKILL)
    wait_for(lambda: place.open() and children(gateway.pid) != [first])
    (second,) = children(gateway.pid)
    place.hand_in(letter("Giấy mời"))
    assert store.find(Query()).total == 2
    store.close()
    gateway.kill()
    gateway.wait()
    wait_for(lambda: gone(second))
    assert not place.open()


def test_a_letter_in_a_mailbox_is_proposed_and_flagged(tmp_path: Path) -> None:
    if shutil.which("dovecot") is None:
        pytest.skip("dovecot is not installed (Debian package dovecot-imapd)")
    with dovecot("http://127.0.0.1:9/", [LOGIN]) as server:
        mailbox = (f'[[imap]]\nname = "hop-thu"\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
                   f'login = "{LOGIN}"\npassword_file = "mailbox.txt"\npoll_s = 1\n')
        place = Place.made(tmp_path, mailbox, smtp=False)
        (place.data / "mailbox.txt").write_text(f"{PASSWORD}\n", "utf-8")
        server.put(letter("Thông báo nghỉ lễ", sample="giay-moi-hop.pdf"))
        gateway = place.start("run")
        try:
            wait_for((place.data / "vanthu.db").exists)
            store = place.store()
            wait_for(lambda: bool(proposed(store)), 90)
            (document,) = proposed(store)
            assert document.origin.door is Door.IMAP
            assert document.origin.key.startswith("hop-thu/INBOX/")
            wait_for(lambda: server.flags() == [{b"$VanthuTaken"}])
            wait_for(lambda: {seen.door: seen.note for seen in store.doors()}.get("imap:hop-thu") == "")
            store.close()
            gateway.terminate()
            assert gateway.wait(90) == 0
        finally:
            gateway.kill()
            gateway.wait()


def test_doctor_tells_what_becomes_of_a_letter(tmp_path: Path) -> None:
    place = Place.made(tmp_path, '[mail]\nrules = "../rules.toml"\ncheck_dkim = false\n')
    (tmp_path / "rules.toml").write_text('[[rule]]\nname = "Họp"\nwhen.attachment = "giay-moi*"\nthen.unit = "H99.1"\n'
                                         'then.recipients = ["H99.2"]\n', "utf-8")
    file = tmp_path / "a.eml"
    file.write_bytes(letter("Giấy mời", sample="giay-moi-hop.pdf"))

    def doctor(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(place.command("doctor", "--mail", str(file), *more), cwd=ROOT, capture_output=True,
                              text=True, timeout=60, check=False)

    said = doctor()
    assert said.returncode == 0, said.stderr
    assert "H99.1: nhận (quy tắc Họp)" in said.stdout
    assert "nơi nhận ban đầu: H99.2" in said.stdout
    assert "✓ nhận" in said.stdout
    told = json.loads(doctor("--json").stdout)
    assert told["units"] == [{"action": "take", "unit": "H99.1", "recipients": ["H99.2"], "text": "", "rule": "Họp",
                              "undecided": False, "sender_allowed": True}]
    assert {part["name"]: part["fate"] for part in told["parts"]}["giay-moi-hop.pdf"] == "taken"
    file.write_bytes(letter("Giấy mời").replace(SENDER.encode(), b"la@khac.example"))
    assert doctor().returncode == 3
    (tmp_path / "rules.toml").write_text("[[rule]]\n", "utf-8")
    broken = doctor()
    assert (broken.returncode, "số 1" in broken.stderr) == (2, True)


def loaded(folder: Path, text: str) -> Settings:
    (folder / "gateway.toml").write_text(text, "utf-8")
    return Settings.load(folder / "gateway.toml", {})


def test_the_door_offers_tls_and_login_only_with_a_certificate(tmp_path: Path) -> None:
    text = f'[smtp]\nenabled = true\n[[mail_unit]]\naddresses = ["{OFFICE.upper()}"]\n'
    plain = smtp_plan(loaded(tmp_path, text))
    assert [(one.tls, one.login) for one in plain.listeners] == [(Tls.NONE, False)]
    assert plain.knows(OFFICE)
    for more in ("require_tls = true", "tls_port = 465", 'certificate_file = "my.pem"'):
        with pytest.raises(BadSettings, match="Không có chứng thư TLS"):
            smtp_plan(loaded(tmp_path, text.replace("enabled = true", f"enabled = true\n{more}")))
    (tmp_path / "var" / "secrets").mkdir(parents=True)
    (tmp_path / "var" / "secrets" / "smtp-cert.pem").touch()
    whole = smtp_plan(loaded(tmp_path, text.replace("enabled = true", 'tls_port = 465\nlmtp_socket = "lmtp"')))
    assert [(one.name, one.tls, one.login) for one in whole.listeners] == [
        ("smtp", Tls.STARTTLS, True), ("smtps", Tls.IMPLICIT, True), ("lmtp", Tls.NONE, False)]


def test_rules_that_are_named_must_be_there_and_the_default_file_may_be_absent(tmp_path: Path) -> None:
    assert letters_plan(loaded(tmp_path, "")).rules == ()
    with pytest.raises(BadSettings, match="Không có tệp quy tắc phân thư"):
        letters_plan(loaded(tmp_path, '[mail]\nrules = "my.toml"\n'))


def test_a_door_that_cannot_open_is_told_again_and_again(tmp_path: Path) -> None:
    place = Place.made(tmp_path)
    config = tmp_path / "gateway.toml"
    config.write_text(config.read_text("utf-8").replace("[smtp]", "[smtp]\nrequire_tls = true"), "utf-8")
    process, told = SmtpProcess(config), list[str]()

    def heard() -> bool:
        try:
            process.turn()
        except GatewayError as trouble:
            told.append(str(trouble))
        return len(told) == 2

    wait_for(heard)  # a slow start is looked at again by the next turn
    assert all("Cửa SMTP đã dừng (mã 2)" in one for one in told)
    process.stop()
    assert not place.open()
