"""A rehearsal axis: an HTTP server that speaks the VXP REST wire and answers every document with 01 and 03 by itself.

It checks signatures and hashes as the real axis does, keeps what it receives as `received/<docId>.edxml`, remembers
across restarts, and can be told to fail (POST /_control).  What the axis' own documents do not say about replies is
invented here and kept to one place, `sandbox_replies`.
"""

from __future__ import annotations

import base64
import json
import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from gateway.document import Receipt
from gateway.errors import BadMessage
from gateway.exchange import sandbox_replies as replies
from gateway.exchange.edxml_message import EdocMessage
from gateway.exchange.edxml_read import read_message
from gateway.exchange.port import StatusMessage
from gateway.exchange.sandbox_state import Packet, SandboxState
from gateway.exchange.vxp_wire import hash_file, verify

log = logging.getLogger(__name__)

FAULTS = ("lose_answer", "refuse", "http_500", "cut", "list_twice", "down")
"""What POST /_control {"fault": count} can order for the next `count` requests; "down" lasts until set to 0."""


class Sandbox:
    """One rehearsal axis for one system; `start` and `stop` it, or `serve` forever."""

    def __init__(
        self, *, port: int, data: Path, system: str, secret: str, organs: Sequence[str], register_after: float = 2.0
    ) -> None:
        """
        Args:
            port: on 127.0.0.1; 0 takes a free one.
            data: folder of the sandbox.
            system: the one system id that may call.
            secret: its secret.
            organs: codes the system speaks for.
            register_after: seconds from 01 to 03.
        """
        self.system, self.secret, self.organs = system, secret, frozenset(organs)
        self.register_after = register_after
        self.state = SandboxState(data)
        self.faults: Counter[str] = Counter()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler_for(self))
        self._server.daemon_threads = True
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Address of the API."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Serves in a thread of its own."""
        self._thread = threading.Thread(target=self._server.serve_forever, name="sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops serving; what was received stays."""
        self._server.shutdown()
        self._server.server_close()
        if self._thread is not None:
            self._thread.join()
        self.state.close()

    def serve_forever(self) -> None:
        """Serves in this thread until interrupted."""
        self._server.serve_forever()

    def fault(self, name: str) -> bool:
        """True when that fault is ordered for this request; uses one up ("down" stays)."""
        if self.faults[name] <= 0:
            return False
        if name != "down":
            self.faults[name] -= 1
        return True

    def take(self, message: bytes, sender: str) -> str:
        """Takes a message in and writes the answers to it; its docId.

        Raises:
            BadMessage: it cannot be read, or speaks for another body.
        """
        read = read_message(message)
        if isinstance(read, StatusMessage):
            return self._take_status(read, message)
        if read.sender.code != sender:
            raise BadMessage(f"Don vi gui {read.sender.code} khong dung voi ma da dang ky: {sender}")
        if known := self.state.known(read.document_id, sender):
            return known
        docid = _new_id()
        now = time.time()
        for packet, answer in self._answers(read, now):
            self.state.keep_waiting(packet, answer)
        packet = Packet(docid, "edoc", read.document_id, sender, ",".join(body.code for body in read.recipients), now)
        self.state.keep_document(packet, message, read.subject, f"{read.number}/{read.symbol}")
        log.info("sandbox_received docid=%s receivers=%d", docid, len(read.recipients))
        return docid

    def _answers(self, read: EdocMessage, now: float) -> list[tuple[Packet, bytes]]:
        """01 and 03 of every receiver; a receiver of this system gets the document itself."""
        found = []
        for body in read.recipients:
            if body.code in self.organs:
                continue
            for code, words, after in (("01", "", 0.0), ("03", replies.REGISTERED, self.register_after)):
                docid = f"{_new_id()}-{code}"
                packet = Packet(docid, "status", read.document_id, body.code, read.sender.code, now + after)
                found.append(
                    (
                        packet,
                        replies.status_of(
                            read, body, Receipt(code, replies.moment(now + after), body.code, reason=words)
                        ),
                    )
                )
        return found

    def _take_status(self, read: StatusMessage, message: bytes) -> str:
        docid, now = _new_id(), time.time()
        if read.to_code in self.organs:
            self.state.keep_waiting(
                Packet(docid, "status", read.document_id, read.receipt.from_code, read.to_code, now), message
            )
        if read.receipt.code == "13":
            packet = Packet(f"{docid}-15", "status", read.document_id, read.to_code, read.receipt.from_code, now)
            self.state.keep_waiting(packet, replies.give_back(read, replies.moment(now)))
        return docid


def _new_id() -> str:
    return f"{time.time_ns():020d}{secrets.token_hex(4)}"


def _handler_for(sandbox: Sandbox) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        axis = sandbox

    return Handler


class _Handler(BaseHTTPRequestHandler):
    """One request of the wire."""

    axis: Sandbox
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: their headers hold what a log must not."""

    def do_GET(self) -> None:
        if self.path == "/_control":
            self._reply(
                {
                    "received": len(list((self.axis.state.data / "received").glob("*.edxml"))),
                    "doubles": self.axis.state.doubles(),
                    **self.axis.faults,
                }
            )
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/_control":
            for name, count in json.loads(body or b"{}").items():
                self.axis.faults[name] = int(count)
            self._reply(replies.ok())
            return
        if self.axis.fault("down") or self.axis.fault("http_500"):
            self.send_error(500)
            return
        answer = self._act(self.path.rpartition("/")[2], body)
        if self.axis.fault("cut"):
            self.close_connection = True
            return
        self._reply(answer)

    def _act(self, operation: str, body: bytes) -> dict[str, object]:
        headers = {name: value.encode("latin-1").decode("utf-8", "replace") for name, value in self.headers.items()}
        parameters = verify(headers, self.axis.secret)
        if parameters is None or parameters.get("systemid") != self.axis.system:
            return replies.fail("101", "Chu ky header khong hop le")
        action = getattr(self, f"_{operation}", None) if operation.isalnum() else None
        if action is None:
            return replies.fail("404", "Khong co chuc nang nay")
        done: dict[str, object] = action(parameters, body)
        return done

    def _sendEdoc(self, parameters: Mapping[str, str], body: bytes) -> dict[str, object]:
        if parameters.get("hash-file") not in (hash_file(body), hash_file(body, padded=True)):
            return replies.fail("102", "hash-file khong dung")
        sender = parameters.get("from", "")
        if sender not in self.axis.organs:
            return replies.fail(
                "103", f"Don vi gui {sender} khong dung voi ma da dang ky: {', '.join(sorted(self.axis.organs))}"
            )
        if self.axis.fault("refuse"):
            return replies.fail("104", "Tu choi theo lenh dien tap")
        try:
            docid = self.axis.take(body, sender)
        except BadMessage as error:
            return replies.fail("105", str(error))
        if self.axis.fault("lose_answer"):
            self.axis.faults["cut"] += 1
        return replies.ok(DocId=docid)

    def _getReceivedEdocList(self, parameters: Mapping[str, str], _: bytes) -> dict[str, object]:
        packets = self.axis.state.list_waiting(parameters.get("messagetype", "edoc"), time.time())
        rows = [replies.row(packet) for packet in packets]
        return replies.ok(data=rows * 2 if rows and self.axis.fault("list_twice") else rows)

    def _getEdoc(self, parameters: Mapping[str, str], _: bytes) -> dict[str, object]:
        message = self.axis.state.message(parameters.get("docid", ""))
        if message is None:
            return replies.fail("106", "Khong co goi tin nay")
        return replies.ok(data=base64.b64encode(message).decode("ascii"))

    def _updateStatus(self, parameters: Mapping[str, str], _: bytes) -> dict[str, object]:
        known = self.axis.state.settle(parameters.get("docid", ""), parameters.get("status", "done"))
        return replies.ok() if known else replies.fail("106", "Khong co goi tin nay")

    def _getSentEdocList(self, parameters: Mapping[str, str], _: bytes) -> dict[str, object]:
        return replies.ok(data=self.axis.state.sent(parameters.get("docid", "")))

    def _getAgenciesList(self, _: Mapping[str, str], __: bytes) -> dict[str, object]:
        return replies.ok(data=replies.agencies())

    def _getAgenciesListQD20(self, _: Mapping[str, str], __: bytes) -> dict[str, object]:
        return replies.ok(data=[{**row, "code102": row["oldCode"]} for row in replies.agencies()])

    def _reply(self, answer: Mapping[str, object]) -> None:
        data = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve(*, port: int, data: Path, system: str, secret: str, organs: Sequence[str]) -> None:
    """Runs a sandbox alone until it is interrupted; prints "ready" when it listens."""
    sandbox = Sandbox(port=port, data=data, system=system, secret=secret, organs=organs)
    print("ready", flush=True)
    try:
        sandbox.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        sandbox.state.close()
