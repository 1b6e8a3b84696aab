"""A rehearsal axis: an HTTP server that speaks the VXP REST wire and answers every document with 01 and 03 by itself.

It checks signatures and hashes as the real axis does, keeps what it receives as `received/<docId>.edxml`, remembers
across restarts, and can be told to fail (POST /_control, `sandbox_faults`).  What the axis' own documents do not say
about replies is invented here and kept to one place, `sandbox_replies`.
"""

from __future__ import annotations

import base64
import json
import logging
import secrets
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from gateway.document import Receipt
from gateway.errors import BadMessage
from gateway.exchange import sandbox_replies as replies
from gateway.exchange.edxml_message import RECALL, EdocMessage
from gateway.exchange.edxml_read import read_message
from gateway.exchange.edxml_write import write_parcel
from gateway.exchange.port import Body, Parcel, StatusMessage
from gateway.exchange.sandbox_body import read_body
from gateway.exchange.sandbox_faults import DOWN, FAULTS, SLOW_S, Faults
from gateway.exchange.sandbox_letter import letter
from gateway.exchange.sandbox_state import Packet, SandboxState, Taken
from gateway.exchange.vxp_wire import hash_file, verify

__all__ = ["FAULTS", "Sandbox", "serve"]
log = logging.getLogger(__name__)
_LOOK_S = 0.5
"""A stop is noticed after so long."""


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
        self.faults = Faults()
        self._taking = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler_for(self))
        self._server.daemon_threads = True
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Address of the API."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Serves in a thread of its own."""
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_LOOK_S,), name="sandbox", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stops serving; what was received stays."""
        ending = threading.Thread(target=self._server.shutdown)
        ending.start()
        with suppress(OSError):  # a call ends the wait for one
            socket.create_connection(("127.0.0.1", self._server.server_port), _LOOK_S).close()
        ending.join()
        self._server.server_close()
        if self._thread is not None:
            self._thread.join()
        self.state.close()

    def serve_forever(self) -> None:
        """Serves in this thread until interrupted."""
        self._server.serve_forever()

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
        # A recall repeats the DocumentId of what it recalls and is another message all the same.
        key = f"{read.document_id}#recall" if read.kind == RECALL else read.document_id
        with self._taking:
            had = self.state.reached(key, sender)
            fresh = [body for body in read.recipients if body.code not in had]
            # A list of before the receivers were kept knows the document alone: then it has reached them all.
            if (known := self.state.known(key, sender)) and not (had and fresh):
                self.state.doubled(key, sender)
                return known
            return self._take_document(read, message, key, fresh)

    def _take_document(self, read: EdocMessage, message: bytes, key: str, fresh: Sequence[Body]) -> str:
        docid, now, sender = _new_id(), time.time(), read.sender.code
        also = self._answers(read, fresh, now)
        to = [body.code for body in fresh]
        if own := [code for code in to if code in self.organs]:
            also.append((Packet(f"{docid}-own", "edoc", key, sender, ",".join(own), now), message))
        packet = Packet(docid, "edoc", key, sender, ",".join(to), now)
        self.state.keep_document(Taken(packet, message, read.subject, f"{read.number}/{read.symbol}", to, also))
        log.info("sandbox_received docid=%s receivers=%d", docid, len(to))
        return docid

    def _answers(self, read: EdocMessage, fresh: Sequence[Body], now: float) -> list[tuple[Packet, bytes]]:
        """What every receiver says; a receiver of this system gets the document itself."""
        plan: Sequence[replies.Said] = replies.AGREED
        if read.kind != RECALL:
            refused, late = self.faults.take("office_refuses"), self.faults.take("answer_late")
            plan = replies.plan(self.register_after, refused=refused, late=late)
        times = 2 if self.faults.take("answer_twice") else 1
        return [
            self._answer(read, body, said, now)
            for body in fresh
            if body.code not in self.organs
            for said in plan
            for _ in range(times)
        ]

    def _answer(self, read: EdocMessage, body: Body, said: replies.Said, now: float) -> tuple[Packet, bytes]:
        at = now + said.after
        packet = Packet(f"{_new_id()}-{said.code}", "status", read.document_id, body.code, read.sender.code, at)
        receipt = Receipt(said.code, replies.moment(at), body.code, reason=said.words)
        return packet, replies.status_of(read, body, receipt)

    def post(self, parcel: Parcel) -> str:
        """An invented office writes to the bodies of this system; the packet's docId."""
        docid = _new_id()
        to = ",".join(body.code for body in parcel.recipients)
        packet = Packet(docid, "edoc", parcel.document_id, parcel.sender.code, to, time.time())
        self.state.keep_waiting(packet, write_parcel(parcel))
        return docid

    def ask_back(self, docid: str) -> None:
        """With the fault "recall" ordered: the office asks for the document of that packet back."""
        message = self.state.message(docid)
        read = read_message(message) if message is not None else None
        if isinstance(read, EdocMessage) and read.recipients and self.faults.take("recall"):
            now = time.time()
            to = read.recipients[0].code
            packet = Packet(f"{_new_id()}-13", "status", read.document_id, read.sender.code, to, now)
            self.state.keep_waiting(packet, replies.asked_back(read, replies.moment(now)))

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


def _operation(path: str) -> str:
    """The last part of the address: the API may stand below any other path."""
    return path.partition("?")[0].rstrip("/").rpartition("/")[2]


def _as_sent(value: str) -> str:
    """A header's text: clients write it in UTF-8, older ones in Latin-1, as http.server has read it."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _handler_for(sandbox: Sandbox) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        axis = sandbox

    return Handler


class _Handler(BaseHTTPRequestHandler):
    """One request of the wire."""

    axis: Sandbox
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    """Head and body in one write: in two, each answer would wait 40 ms for the client's acknowledgement."""

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: their headers hold what a log must not."""

    def handle_expect_100(self) -> bool:
        """"Continue" goes out at once: the client sends its body only after it."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def do_GET(self) -> None:
        if self.path == "/_control":
            received = len(list((self.axis.state.data / "received").glob("*.edxml")))
            self._reply({"received": received, "doubles": self.axis.state.doubles(), **self.axis.faults})
            return
        if self.axis.faults.take(DOWN):
            self.send_error(500)
            return
        operation = _operation(self.path)
        if operation not in ("countReceiveEdoc", "countReceiveStatus", "downloadEdoc"):
            self.send_error(404)
            return
        answer = self._act(operation, b"")
        if operation == "downloadEdoc" and answer["status"] == "OK":
            self._bytes(base64.b64decode(str(answer["data"])), "application/octet-stream")
            return
        self._reply(answer)

    def do_POST(self) -> None:
        try:
            body = read_body(self.rfile, self.headers)
        except ValueError:
            self.close_connection = True  # where the next request begins is anybody's guess
            self.send_error(400)
            return
        faults = self.axis.faults
        if self.path == "/_control":
            self._control(body)
            return
        if faults.take(DOWN) or faults.take("http_500"):
            self.send_error(500)
            return
        answer = self._act(_operation(self.path), body)
        if faults.take("slow"):
            time.sleep(SLOW_S)
        if faults.take("cut"):
            self.close_connection = True
            return
        self._reply(answer, cut=faults.take("cut_body"))

    def _control(self, body: bytes) -> None:
        try:
            orders = json.loads(body or b"{}")
            for _ in range(int(orders.pop("incoming", 0))):
                with letter(sorted(self.axis.organs)) as parcel:
                    self.axis.post(parcel)
            self.axis.faults.order(orders)
        except (ValueError, KeyError, AttributeError, TypeError):
            self.send_error(400, "no such fault")
            return
        self._reply(replies.ok())

    def _act(self, operation: str, body: bytes) -> dict[str, object]:
        headers = [(name, _as_sent(value)) for name, value in self.headers.items()]
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
        if self.axis.faults.take("refuse"):
            return replies.fail("104", "Tu choi theo lenh dien tap")
        try:
            docid = self.axis.take(body, sender)
        except BadMessage as error:
            return replies.fail("105", str(error))
        if self.axis.faults.take("lose_answer"):
            self.axis.faults["cut"] += 1
        return replies.ok(DocId=docid)

    def _getReceivedEdocList(self, parameters: Mapping[str, str], _: bytes) -> dict[str, object]:
        packets = self.axis.state.list_waiting(parameters.get("messagetype", "edoc"), time.time())
        rows = [replies.row(packet) for packet in packets]
        return replies.ok(data=rows * 2 if rows and self.axis.faults.take("list_twice") else rows)

    def _getEdoc(self, parameters: Mapping[str, str], _: bytes) -> dict[str, object]:
        message = self.axis.state.message(parameters.get("docId") or parameters.get("docid", ""))
        if message is None:
            return replies.fail("106", "Khong co goi tin nay")
        return replies.ok(data=base64.b64encode(message).decode("ascii"))

    def _updateStatus(self, parameters: Mapping[str, str], _: bytes) -> dict[str, object]:
        docid, status = parameters.get("docid", ""), parameters.get("status", "done")
        if not self.axis.state.settle(docid, status):
            return replies.fail("106", "Khong co goi tin nay")
        if status == "done":
            self.axis.ask_back(docid)
        return replies.ok()

    def _getSentEdocList(self, parameters: Mapping[str, str], _: bytes) -> dict[str, object]:
        return replies.ok(data=self.axis.state.sent(parameters.get("docId") or parameters.get("docid", "")))

    def _getAgenciesList(self, _: Mapping[str, str], __: bytes) -> dict[str, object]:
        return replies.ok(data=replies.agencies())

    def _downloadEdoc(self, parameters: Mapping[str, str], body: bytes) -> dict[str, object]:
        return self._getEdoc(parameters, body)

    def _countReceiveEdoc(self, _: Mapping[str, str], __: bytes) -> dict[str, object]:
        return replies.ok(data=len(self.axis.state.list_waiting("edoc", time.time())))

    def _countReceiveStatus(self, _: Mapping[str, str], __: bytes) -> dict[str, object]:
        return replies.ok(data=len(self.axis.state.list_waiting("status", time.time())))

    def _getSynchronizeUnit(self, _: Mapping[str, str], __: bytes) -> dict[str, object]:
        return replies.ok(data=replies.units())

    def _registerAgency(self, _: Mapping[str, str], body: bytes) -> dict[str, object]:
        return replies.ok() if body.strip().startswith(b"{") else replies.fail("107", "Thieu thong tin don vi")

    def _deleteAgency(self, parameters: Mapping[str, str], _: bytes) -> dict[str, object]:
        return replies.ok() if parameters.get("agencycode") else replies.fail("107", "Thieu AgencyCode")

    def _getAgenciesListQD20(self, _: Mapping[str, str], __: bytes) -> dict[str, object]:
        return replies.ok(data=[{**row, "code102": row["oldCode"]} for row in replies.agencies()])

    def _reply(self, answer: Mapping[str, object], *, cut: bool = False) -> None:
        data = json.dumps(answer, ensure_ascii=False).encode()
        self._bytes(data, "application/json; charset=utf-8", cut=cut)

    def _bytes(self, data: bytes, kind: str, *, cut: bool = False) -> None:
        try:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if cut else data)
            self.wfile.flush()
        except ConnectionError:
            cut = True  # the client has not waited
        self.close_connection = self.close_connection or cut


def serve(*, port: int, data: Path, system: str, secret: str, organs: Sequence[str],
          faults: Mapping[str, float] | None = None) -> None:  # fmt: skip
    """Runs a sandbox alone until it is interrupted; prints "ready" when it listens.  `faults`: see sandbox_faults."""
    sandbox = Sandbox(port=port, data=data, system=system, secret=secret, organs=organs)
    sandbox.faults.order(faults or {})
    print("ready", flush=True)
    try:
        sandbox.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        sandbox.state.close()
