"""Parts that seldom look whether they shall end are told so: no stop waits for their next look."""
from __future__ import annotations

import threading
import urllib.request
from pathlib import Path

import pytest
from fastapi import FastAPI

from gateway.exchange.sandbox import Sandbox
from gateway.web_server import WebServer


def test_the_desk_answers_and_ends_before_its_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.web_server._TICK_S", 600.0)
    app = FastAPI()
    app.add_api_route("/", lambda: "here")
    server = WebServer(app, "127.0.0.1", 0)
    server.start()
    with urllib.request.urlopen(server.address, timeout=10) as answer:
        assert answer.read() == b'"here"'
        assert answer.headers["date"]
    server.stop()
    assert not server._thread.is_alive()


def test_a_desk_that_is_ended_before_it_began_ends() -> None:
    server = WebServer(FastAPI(), "127.0.0.1", 0)
    server.start()
    server.stop()
    assert not server._thread.is_alive()


def test_the_rehearsal_axis_ends_before_its_next_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.exchange.sandbox._LOOK_S", 600.0)
    axis = Sandbox(port=0, data=tmp_path, system="s", secret="k", organs=["H99.1"])
    axis.start()
    ending = threading.Thread(target=axis.stop, daemon=True)
    ending.start()
    ending.join(60)
    assert not ending.is_alive()
