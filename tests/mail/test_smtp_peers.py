"""The SMTP door with programs that others wrote: Debian's swaks, and Debian's postfix as a relay in front of us."""

from __future__ import annotations

import contextlib
import os
import shutil
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_network
from pathlib import Path

import pytest

from mail.envelope import Answer
from mail.smtp import Listener
from tests.mail.smtp_doors import HERE, TO, Open, Tls, opened
from tests.ports import free_port
from tests.waiting import wait_for

swaks_here = pytest.mark.skipif(shutil.which("swaks") is None, reason="Debian's swaks is not installed")
postfix_here = pytest.mark.skipif(
    shutil.which("postfix") is None or os.geteuid() != 0, reason="Debian's postfix is not installed, or we are not root"
)

MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
daemon_directory = /usr/lib/postfix/sbin
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
smtp_host_lookup = native
smtp_dns_support_level = disabled
smtp_tls_security_level = encrypt
smtp_destination_concurrency_limit = 2
smtputf8_enable = yes
smtpd_tls_security_level = none
relayhost =
default_transport = {transport}
message_size_limit = 100000000
"""
MASTER_CF = """
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


FROM_192 = ["--proxy-source", "192.0.2.9", "--proxy-source-port", "99"]
FROM_192 += ["--proxy-dest", "192.0.2.1", "--proxy-dest-port", "25"]
STREAM = ["--proxy-command", "PROXY", "--proxy-protocol", "STREAM"]


@contextlib.contextmanager
def postfix(transport: str) -> Iterator[tuple[int, Path]]:
    """A postfix of our own that relays everything by `transport`; gives its port and its log, in its folder.

    It tries again when it is told to: of its own accord it now and then looks at a letter that is just being put off,
    says "skipped, still being delivered", and never comes back to it.
    """
    folder, port = Path(tempfile.mkdtemp(prefix="postfix-")), free_port()
    folder.chmod(0o755)  # postfix is another user
    for name in ("config", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    (folder / "config/main.cf").write_text(MAIN_CF.format(folder=folder, transport=transport))
    (folder / "config/master.cf").write_text(MASTER_CF.format(port=port))
    command = ["postfix", "-c", str(folder / "config")]
    try:
        subprocess.run([*command, "start"], check=True, capture_output=True, timeout=60)
        yield port, folder / "postfix.log"
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True, timeout=60)
        shutil.rmtree(folder)


def letter(size: int = 0) -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = "Công văn số 12/UBND", "Xã A <a@xa.vn>", TO
    made.set_content("Kính gửi Sở.\n.\n..\n")
    made.add_attachment(os.urandom(size), maintype="application", subtype="pdf", filename="Công văn.pdf")
    return made


def wait_for_words(log: Path, words: str, count: int) -> None:
    """Until they stand in the log so often: postfix writes after we have answered."""
    wait_for(lambda: log.read_text("utf-8").count(words) >= count)


def offered(door: Open) -> set[bytes]:
    """The bodies that were offered to the house, each once however often its sender has tried."""
    return {body.partition(b"\r\n\r\n")[2] for body in door.house.bodies}


@swaks_here
@pytest.mark.parametrize(
    ("port", "options", "code"),
    [
        ("door", ["--tls", "-a", "PLAIN", "-au", "so-b", "-ap", "khau"], 0),
        ("door", ["--tls", "-a", "LOGIN", "-au", "so-b", "-ap", "khau", "--pipeline"], 0),
        ("door", ["--tls", "-a", "PLAIN", "-au", "so-b", "-ap", "wrong"], 28),
        ("door", [], 23),  # MAIL refused
        ("tls", ["--tlsc", "-a", "LOGIN", "-au", "so-b", "-ap", "khau"], 0),
        ("proxy", [*FROM_192, "--proxy-version", "1", "--proxy-family", "TCP4"], 0),
        ("proxy", [*FROM_192, "--proxy-version", "2", "--proxy-family", "AF_INET", *STREAM], 0),
        ("lmtp", ["--protocol", "LMTP"], 0),
    ],
)
def test_swaks_is_served(tmp_path: Path, port: str, options: list[str], code: int) -> None:
    listeners = (
        Listener(name="door"),
        Listener(name="tls", tls=Tls.IMPLICIT),
        Listener(name="proxy", open_networks=(ip_network("192.0.2.0/24"),), proxy_networks=HERE),
        Listener(name="lmtp", lmtp=True, open_networks=HERE),
    )
    with opened(tmp_path, *listeners) as door:
        command = ["swaks", "--server", "127.0.0.1", "--port", str(door.port(port)), "--to", TO, "--from", "a@xa.vn"]
        ran = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == code, ran.stdout + ran.stderr
        assert len(door.house.letters) == (code == 0)
        if port == "proxy":
            assert door.house.letters[0][0].peer == "192.0.2.9"


NET_SMTP = """
use Net::SMTP;
my ($port, $to) = @ARGV;
binmode STDIN;
my $letter = do { local $/; <STDIN> };
my $smtp = Net::SMTP->new('127.0.0.1', Port => $port, Timeout => 60) or die 'no banner';
defined $smtp->supports('BINARYMIME') or die 'no BINARYMIME';
$smtp->mail('a@xa.vn', Bits => 'binary') && $smtp->to($to) or die $smtp->message;
$smtp->bdat(substr($letter, 0, 1000)) && $smtp->bdatlast(substr($letter, 1000)) or die $smtp->message;
print $smtp->message;
$smtp->quit;
"""


@swaks_here  # it brings perl, whose library speaks BDAT; postfix takes BDAT but never says it
def test_perls_library_hands_in_by_chunks(tmp_path: Path) -> None:
    raw = letter(300_000).as_bytes(policy=SMTP)
    with opened(tmp_path) as door:
        command = ["perl", "-e", NET_SMTP, str(door.port()), TO]
        ran = subprocess.run(command, input=raw, capture_output=True, timeout=60, check=False)
        assert (ran.returncode, ran.stderr) == (0, b"")
        assert b"Da tiep nhan" in ran.stdout
        assert door.house.bodies == [raw]


@postfix_here
def test_postfix_relays_to_us_over_tls_and_keeps_what_we_do_not_take(tmp_path: Path) -> None:
    with opened(tmp_path, Listener(name="door", open_networks=HERE, tls=Tls.REQUIRED)) as door:
        door.house.answer = Answer.later("Đang bảo trì.")
        with postfix(f"smtp:[127.0.0.1]:{door.port()}") as (port, log):
            with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
                for number in range(3):
                    client.send_message(letter(2_000_000 if number == 2 else 1000))
            # what it has offered is counted by letter, not by try
            wait_for(lambda: len(offered(door)) == 3)
            wait_for_words(log, "451 4.3.0 Dang bao tri.", 3)
            wait_for(lambda: sum(path.is_file() for path in (log.parent / "queue/deferred").rglob("*")) == 3)
            assert "status=sent" not in log.read_text("utf-8")
            door.house.answer = Answer.taken()
            subprocess.run(["postqueue", "-c", str(log.parent / "config"), "-f"], check=True, timeout=60)
            wait_for_words(log, "status=sent (250 2.0.0 Taken)", 3)
            assert len(offered(door)) == 3
            assert log.read_text("utf-8").count("status=sent") == 3
    assert all(envelope.tls and envelope.sender == "a@xa.vn" for envelope, _ in door.house.letters)
    assert all(b"\r\n.\r\n..\r\n" in body or b"base64" in body for body in door.house.bodies)


@postfix_here
def test_postfix_hands_over_by_lmtp(tmp_path: Path) -> None:
    listener = Listener(name="door", lmtp=True, open_networks=HERE, tls=Tls.NONE)
    with opened(tmp_path, listener) as door, postfix(f"lmtp:inet:127.0.0.1:{door.port()}") as (port, log):
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.sendmail("a@xa.vn", [TO, "b@don.vn", "c@la.vn"], letter().as_bytes())
        wait_for_words(log, "status=", 3)
        words = log.read_text("utf-8")
    assert words.count("status=sent (250 2.0.0 Da tiep nhan)") == 2
    assert "to=<c@la.vn>" in words
    assert "said: 550 5.1.1 No such recipient here" in words
    assert set(door.house.letters[0][0].recipients) == {TO, "b@don.vn"}
