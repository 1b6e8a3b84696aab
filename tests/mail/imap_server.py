"""Debian's dovecot as an ordinary process with a mailbox of its own, and a proxy that spoils connections to it."""

from __future__ import annotations

import contextlib
import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient

from tests.mail.smtp_doors import certificate
from tests.ports import free_port

LOGIN, PASSWORD = "hopthu@don.vn", "mật khẩu \"khó\" \\ 1"
_CONF = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
listen = 127.0.0.1
protocols = imap
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_home = {home}/mail/%u
mail_location = maildir:~/Maildir
mailbox_idle_check_interval = 1 secs
mail_max_userip_connections = 50
auth_mechanisms = plain login xoauth2
disable_plaintext_auth = no
login_trusted_networks = 127.0.0.0/8
auth_failure_delay = 0
ssl = yes
ssl_cert = <{home}/door.pem
ssl_key = <{home}/door.pem
namespace inbox {{
  inbox = yes
  prefix = INBOX.
  separator = .
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {home}/users
  mechanisms = plain login
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {home}/oauth.conf
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


@dataclass
class Dovecot:
    """A running server."""

    home: Path
    port: int
    tls_port: int
    ca_file: Path

    @contextlib.contextmanager
    def client(self, login: str = LOGIN) -> Iterator[IMAPClient]:
        """A person at the mailbox."""
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=60) as client:
            client.plain_login(login, PASSWORD)
            yield client

    def put(self, *letters: bytes, folder: str = "INBOX", login: str = LOGIN) -> None:
        with self.client(login) as client:
            for letter in letters:
                client.append(folder, letter)

    def letters(self, folder: str, login: str = LOGIN) -> list[bytes]:
        """All that lies in a folder; [] when it is not there."""
        with self.client(login) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            told = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
            return [told[uid][b"BODY[]"] for uid in sorted(told)]

    def flags(self, folder: str = "INBOX", login: str = LOGIN) -> list[set[bytes]]:
        with self.client(login) as client:
            client.select_folder(folder, readonly=True)
            return [set(flags) - {b"\\Recent"} for flags in client.get_flags(client.search("ALL")).values()]


@contextlib.contextmanager
def dovecot(tokeninfo: str, users: list[str]) -> Iterator[Dovecot]:
    """Starts it; `users` share one password; `tokeninfo` is the URL where it asks about access tokens."""
    # dovecot will not serve mail of root: where the suite is root, it runs as nobody, in a folder of nobody's.
    user = "nobody" if os.getuid() == 0 else getpass.getuser()
    who = pwd.getpwnam(user)
    home = Path(tempfile.mkdtemp(prefix="dovecot-"))
    try:
        port, tls_port = free_port(), free_port()
        pem = certificate(home)
        group = subprocess.run(["id", "-gn", user], capture_output=True, text=True, check=True).stdout.strip()
        conf = _CONF.format(home=home, user=user, group=group, port=port, tls_port=tls_port)
        (home / "dovecot.conf").write_text(conf)
        (home / "users").write_text("".join(f"{each}:{{PLAIN}}{PASSWORD}\n" for each in users))
        (home / "oauth.conf").write_text(
            f"tokeninfo_url = {tokeninfo}\nusername_attribute = email\nuse_grant_password = no\n"
        )
        (home / "mail").mkdir()
        for path in (home, *home.rglob("*")):
            os.chown(path, who.pw_uid, who.pw_gid)
        as_user = {"user": user, "group": group, "extra_groups": []} if os.getuid() == 0 else {}
        process = subprocess.Popen(["dovecot", "-F", "-c", str(home / "dovecot.conf")], **as_user)  # type: ignore[call-overload]
        try:
            _await(port, process, home)
            yield Dovecot(home, port, tls_port, pem)
        finally:
            process.terminate()
            process.wait(60)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _await(port: int, process: subprocess.Popen[bytes], home: Path) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as sock:
            sock.settimeout(1)
            if sock.recv(10).startswith(b"* OK"):
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError((home / "log").read_text() if (home / "log").exists() else "dovecot did not start")


class Proxy:
    """Stands before the server; `edit` sees what the server says and may change it, or raise ConnectionError to cut."""

    def __init__(self, target: int, edit: Callable[[bytes], bytes] = lambda data: data) -> None:
        self.edit = edit
        self.connections = 0
        self._open: list[socket.socket] = []
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                self.connections += 1
                there = socket.create_connection(("127.0.0.1", self._target))
                self._open += [here, there]
                threading.Thread(target=self._pump, args=(here, there, None), daemon=True).start()
                threading.Thread(target=self._pump, args=(there, here, self), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket, proxy: Proxy | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(proxy.edit(data) if proxy else data)
        for sock in (source, sink):
            _hang_up(sock)

    def drop(self) -> None:
        """Ends every connection that passes through."""
        for sock in self._open:
            _hang_up(sock)


def _hang_up(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
