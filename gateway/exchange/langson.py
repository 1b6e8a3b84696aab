"""The provincial axis of Lạng Sơn over REST with a bearer token (interchange notes §11): the same edXML, another wire.

This axis has no list of what was sent.  After a lost answer a document is not sent again by itself: the word of any
receiver proves that it arrived; until one comes, a person decides.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from gateway.document import VN, Receipt
from gateway.errors import BadMessage, ExchangeDown, ExchangeRefused, ExchangeUnsure
from gateway.exchange.answers import packet_of, rows_of
from gateway.exchange.edxml_message import Answered
from gateway.exchange.edxml_read import ReadMessage, read_message
from gateway.exchange.edxml_write import write_parcel, write_status
from gateway.exchange.manner import PLAIN, Manner, recall_messages
from gateway.exchange.net import Line, client, down
from gateway.exchange.port import Body, Parcel, SentMark, StatusMessage, Waiting

_AGENT = "vanthu"
_DAYS = 30
"""So far back is looked for what was not settled."""
_AXIS_TROUBLE = "20"
"""The one code of its table that speaks of the axis itself."""
_LOST = (httpx.HTTPError, ValueError)
"""Causes of a trouble that leave open whether the axis has acted: no answer, half an answer, none of the axis."""
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_LOOKED_AT = 200
"""So many of the newest statuses are looked through for a document whose answer was lost."""
_LOGIN = "Trục liên thông không nhận tài khoản kết nối. Hãy kiểm tra exchange.user, mật khẩu, system_id và mã bí mật."


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who we are at the axis."""

    system: str
    secret: str = field(repr=False)
    user: str
    password: str = field(repr=False)
    application: str
    organ: str
    organ_name: str = ""


def _now() -> dt.datetime:
    return dt.datetime.now(VN)


class LangSonExchange:
    """Adapter of the port Exchange.  Keeps a token until the axis refuses it; thread-safe."""

    def __init__(self, login: Login, line: Line, *, manner: Manner = PLAIN,
                 clock: Callable[[], dt.datetime] = _now, read: ReadMessage = read_message) -> None:  # fmt: skip
        """
        Args:
            login: names and secrets.
            line: where the axis is.
            manner: how it wants its messages.
            clock: aware time.
            read: opens what others have written.

        Raises:
            BadSettings: the address may not be spoken to.
        """
        self._login, self._manner, self._clock = login, manner, clock
        self._read = read
        self._base = line.endpoint.rstrip("/")
        self._client = client(line, _AGENT)
        self._lock = threading.Lock()
        self._token = ""

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()

    def send(self, parcel: Parcel) -> SentMark:
        """See the port, and the module.

        Raises:
            ExchangeUnsure: the answer was lost; whoever sends again may make two documents.
        """
        try:
            return self._send("edoc", write_parcel(parcel, parcel.turn, self._manner.profile))
        except ExchangeDown as trouble:
            if isinstance(trouble.__cause__, _LOST) and not isinstance(trouble.__cause__, _NEVER_LEFT):
                raise ExchangeUnsure from trouble
            raise

    def find_sent(self, document_id: str) -> SentMark | None:
        """Looks for a status about it among those that wait: only what has arrived is spoken of."""
        for packet in reversed(self.waiting("status")[-_LOOKED_AT:]):
            try:
                said = self._read(self.fetch(packet.exchange_id))
            except BadMessage:
                continue
            if isinstance(said, StatusMessage) and said.document_id == document_id:
                return SentMark("")
        return None

    def answer(self, document_id: str, receipt: Receipt, to_code: str, *, code: str = "",
               date: dt.date | None = None) -> SentMark:  # fmt: skip
        """See the port."""
        ours = receipt.from_code or self._login.organ
        speaker = Body(ours, receipt.from_name or (self._login.organ_name if ours == self._login.organ else ours))
        return self._send("status", write_status(speaker, Answered(to_code, document_id, code, date), receipt))

    def recall(self, parcel: Parcel, reason: str, staff: str) -> SentMark:
        """See the port."""
        messages = recall_messages(parcel, reason, staff, at=parcel.sent_at, manner=self._manner)
        return [self._send(kind, message) for kind, message in messages][-1]

    def _send(self, kind: str, message: bytes) -> SentMark:
        # Bytes and not a stream: this axis refuses a body without its length.
        name = f"{hashlib.sha256(message).hexdigest()[:32]}.edxml"
        answer = self._call("POST", "sendEdoc", files={"edocFile": (name, message, "application/xml")},
                            data={"messageType": kind})  # fmt: skip
        data = answer.get("data")
        return SentMark(str((data.get("docId") if isinstance(data, dict) else data) or ""))

    def waiting(self, kind: str) -> Sequence[Waiting]:
        """See the port."""
        today = self._clock().astimezone(VN).date()
        days = {"fromDate": f"{today - dt.timedelta(days=_DAYS):%Y/%m/%d}",
                "toDate": f"{today + dt.timedelta(days=1):%Y/%m/%d}"}  # fmt: skip
        answer = self._call("GET", "syncReceivedEdocList", params={"messageType": kind, **days})
        rows = {str(row.get("docId") or ""): row for row in rows_of(answer)}
        return [
            Waiting(docid, str(row.get("messageType") or kind), str(row.get("from") or ""),
                    str(row.get("createdTime") or ""))
            for docid, row in rows.items() if docid and str(row.get("status") or "").lower() not in ("done", "fail")
        ]  # fmt: skip

    def fetch(self, exchange_id: str) -> bytes:
        """See the port.

        Raises:
            BadMessage: the answer holds no base64.
        """
        data = self._call("GET", "getEdoc", params={"docId": exchange_id}).get("data")
        return packet_of(data.get("data") if isinstance(data, dict) else data)

    def settle(self, exchange_id: str, *, ok: bool) -> None:
        """See the port."""
        self._call("POST", "updateStatus", json={"docId": exchange_id, "status": "done" if ok else "fail"})

    def bodies(self) -> Sequence[Body]:
        """See the port."""
        return [Body(str(row["orgCode"]), str(row.get("orgName") or ""), str(row.get("parentCode") or ""))
                for row in rows_of(self._call("GET", "getAgenciesList")) if row.get("orgCode")]  # fmt: skip

    def _call(self, method: str, operation: str, **what: Any) -> Mapping[str, Any]:
        """One request; a refused token is renewed once.

        Raises:
            ExchangeDown: no answer, or one that is no answer of the axis.
            ExchangeRefused: the axis refuses the message or the account.
        """
        token = self._token or self._log_in("")
        reply = self._request(method, operation, token, **what)
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            reply = self._request(method, operation, self._log_in(token), **what)
            if reply.status_code == httpx.codes.UNAUTHORIZED:
                raise ExchangeRefused(_LOGIN)
        return _answer(reply)

    def _request(self, method: str, operation: str, token: str, **what: Any) -> httpx.Response:
        headers = {"X-SystemId": self._login.system, "X-SecretKey": self._login.secret}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            return self._client.request(method, f"{self._base}/v1/{operation}", headers=headers, **what)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise down(error) from error

    def _log_in(self, refused: str) -> str:
        """A token other than the refused one; whoever comes second takes what the first has got."""
        with self._lock:
            if self._token and self._token != refused:
                return self._token
            login = self._login
            try:
                reply = self._request("POST", "auth/login", "", params={"allow_anonymous": "true"}, json={
                    "username": login.user, "password": login.password, "applicationCode": login.application,
                    "otp": None, "twoFactorProvider": None, "typeObjs": [0, 1]})  # fmt: skip
            except ExchangeDown as trouble:
                raise ExchangeDown(str(trouble)) from None  # whatever was lost here, it was no document
            if reply.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
                raise ExchangeRefused(_LOGIN)
            data = _answer(reply).get("data")
            token = str(data.get("token") or "") if isinstance(data, dict) else ""
            if not token:
                raise ExchangeRefused(_LOGIN)
            self._token = token
            return token


def _answer(reply: httpx.Response) -> Mapping[str, Any]:
    if reply.status_code == httpx.codes.GATEWAY_TIMEOUT:  # somebody before the axis has given up waiting for it
        raise ExchangeDown from httpx.ReadTimeout("gateway")
    if reply.status_code != httpx.codes.OK:
        raise ExchangeDown(f"Trục liên thông trả mã HTTP {reply.status_code}. Hệ thống sẽ tự gửi lại.")
    try:
        answer = reply.json()
    except ValueError as error:
        raise ExchangeDown from error
    if not isinstance(answer, dict):
        raise ExchangeDown
    code = str(answer.get("code", ""))
    told = " ".join(str(answer.get("message") or "").split())[:300] or "không nêu lý do"
    if code == _AXIS_TROUBLE:
        raise ExchangeDown(f"Trục liên thông báo lỗi: {told}. Hệ thống sẽ tự gửi lại.")
    if code not in ("0", "200"):
        raise ExchangeRefused(f"Trục liên thông từ chối: {told}. Hãy kiểm tra mã cơ quan gửi, nơi nhận rồi gửi lại.")
    return answer
