"""A program that listens on a real socket."""
from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Program:
    """What came, and what it answers next: a status, or "hang", "drip", "close"; 204 when nothing is set."""

    port: int = 0
    came: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    answers: list[int | str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    wrap: Callable[[ssl.SSLContext], None] = lambda context: None
    """From now on it speaks TLS."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/nhan?k=1"


@pytest.fixture
def program() -> Iterator[Program]:
    made, lock, over = Program(), threading.Lock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with lock:
                made.at_once += 1
                made.most_at_once = max(made.most_at_once, made.at_once)
            body = self.rfile.read(int(self.headers["content-length"]))
            with lock:
                made.came.append((dict(self.headers), body))
                answer = made.answers.pop(0) if made.answers else 204
            time.sleep(0.01)
            with lock:
                made.at_once -= 1
            self._answer(answer)

        def _answer(self, answer: int | str) -> None:
            if answer == "hang":
                over.wait(10)
            elif answer == "drip":
                while not over.wait(0.05):
                    self.wfile.write(b"X")
            elif answer != "close":
                self.send_response(int(answer))
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()

        def log_message(self, *said: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *said: None  # type: ignore[method-assign]
    def wrap(context: ssl.SSLContext) -> None:
        server.socket = context.wrap_socket(server.socket, server_side=True)

    made.wrap = wrap
    made.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield made
    over.set()
    server.shutdown()
    server.server_close()
