"""A stand-in of the axis of Lạng Sơn (interchange.md §11): tokens that end, three headers, bodies with a length."""

from __future__ import annotations

import base64
import json
import threading
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class LangSonAxis:
    """Listens on 127.0.0.1; `tokens` are those that are good now."""

    def __init__(self) -> None:
        self.tokens: set[str] = set()
        self.logins = 0
        self.sent: list[tuple[str, bytes]] = []
        self.packets: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, bytes] = {}
        self.code: int | str = 0
        self.broken = ""
        self.lose = ""
        """The next document is taken and its answer lost: "cut", "half" (no JSON) or "late" (504)."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/apithunghiem"

    def __enter__(self) -> LangSonAxis:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def give(self, docid: str, kind: str, message: bytes) -> None:
        self.messages[docid] = message
        self.packets[docid] = {"docId": docid, "from": "H37.2", "to": "H37.DN.001", "status": "initial",
                               "statusDesc": "", "createdTime": "2026/11/20 08:00:00", "messageType": kind,
                               "serviceType": "eDoc"}  # fmt: skip

    def log_in(self, asked: dict[str, Any]) -> tuple[int, Any]:
        right = (asked["username"], asked["password"], asked["applicationCode"]) == ("vanthu", "mật khẩu", "QLVB")
        if not right or asked["typeObjs"] != [0, 1] or asked["otp"] is not None:
            return 401, {"code": 401, "message": "licenseInfo:invalid"}
        self.logins += 1
        self.tokens = {f"token-{self.logins}"}
        return 200, {"code": 200, "data": {"token": f"token-{self.logins}"}}


def _handler(axis: LangSonAxis) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            self._do(b"")

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length")
            if length is None:
                self._reply(411, {"code": 10, "message": "no length"})
                self.close_connection = True
                return
            self._do(self.rfile.read(int(length)))

        def _do(self, body: bytes) -> None:
            address = urlsplit(self.path)
            operation = address.path.removeprefix("/apithunghiem/v1/")
            asked = {name: values[0] for name, values in parse_qs(address.query).items()}
            if axis.broken:
                self._reply(500, axis.broken)
            elif operation == "auth/login":
                self._reply(*axis.log_in(json.loads(body)))
            elif not self._known():
                self._reply(401, {"code": 401, "message": "licenseInfo:invalid"})
            elif axis.code:
                self._reply(200, {"code": axis.code, "message": "Loi theo lenh"})
            else:
                self._reply(200, {"code": 0, "message": "OK"} | self._answer(operation, asked, body))

        def _known(self) -> bool:
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            return token in axis.tokens and (self.headers["X-SystemId"], self.headers["X-SecretKey"]) == ("sys", "key")

        def _answer(self, operation: str, asked: dict[str, str], body: bytes) -> dict[str, Any]:
            if operation == "sendEdoc":
                head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
                parts = {part.get_param("name", header="content-disposition"): part
                         for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts()}  # type: ignore[attr-defined]
                file = parts["edocFile"]
                assert file.get_content_type() == "application/xml"
                assert str(file.get_filename()).endswith(".edxml")
                axis.sent.append((parts["messageType"].get_content().strip(), file.get_payload(decode=True)))
                return {"data": {"docId": f"LS{len(axis.sent)}"}}
            if operation == "syncReceivedEdocList":
                assert all(len(asked[day].split("/")) == 3 for day in ("fromDate", "toDate"))
                rows = [row for row in axis.packets.values() if row["messageType"] == asked["messageType"]]
                return {"count": len(rows), "data": rows * 2, "errorDetail": []}
            if operation == "getEdoc":
                return {"data": {"data": base64.b64encode(axis.messages[asked["docId"]]).decode()}}
            if operation == "updateStatus":
                told = json.loads(body)
                axis.packets[told["docId"]]["status"] = told["status"]
                return {}
            return {"data": [{"orgCode": "H37.2", "orgName": "Sở Nội vụ tỉnh Lạng Sơn", "parentCode": "H37"}]}

        def _reply(self, status: int, answer: Any) -> None:
            data = json.dumps(answer).encode()
            if axis.lose and self.path.endswith("sendEdoc"):
                how, axis.lose = axis.lose, ""
                if how == "cut":
                    self.close_connection = True
                    return
                status, data = (504, b"<html>") if how == "late" else (200, data[:5])
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
