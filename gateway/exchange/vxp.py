"""The national axis over its VXP REST API: signed headers, edXML as the body (interchange notes §10)."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from gateway.document import VN, Receipt
from gateway.errors import BadMessage, BadSettings, ExchangeDown, ExchangeRefused
from gateway.exchange.edxml_message import Answered
from gateway.exchange.edxml_write import write_parcel, write_status
from gateway.exchange.port import Body, Parcel, SentMark, Waiting
from gateway.exchange.vxp_wire import AGENT, hash_file, sign, timestamp

_SERVICE = "eDoc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who we are at the axis."""

    endpoint: str
    """"https://host/path" of the API."""
    system: str
    secret: str
    organ: str
    """The registered code: every `from` is this one."""
    organ_name: str = ""
    padded_hash: bool = False
    """The axis' own client writes hash-file without zero padding; True for an axis that wants 64 digits."""


def _now() -> dt.datetime:
    return dt.datetime.now(VN)


class VxpExchange:
    """Adapter of the port Exchange.  Each call is one request; nothing is kept between calls but the connection."""

    def __init__(self, account: Account, *, seconds: float = 20.0, clock: Callable[[], dt.datetime] = _now) -> None:
        """
        Args:
            account: address and secret.
            seconds: time allowed for connecting, and again for each silence while reading.
            clock: aware time for the stamps.

        Raises:
            BadSettings: the address is not http or https.
        """
        if urlsplit(account.endpoint).scheme not in ("http", "https"):
            raise BadSettings("exchange.endpoint phải là địa chỉ http hoặc https. Hãy sửa tệp cấu hình.")
        self._account = account
        self._clock = clock
        # Redirects are not followed: signed headers must not travel to a host that nobody configured.
        self._client = httpx.Client(timeout=seconds, follow_redirects=False, headers={"User-Agent": AGENT})

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()

    def _call(self, operation: str, parameters: Mapping[str, str], body: bytes = b"") -> dict[str, Any]:
        """One request; the JSON answer.

        Raises:
            ExchangeDown: no answer, or one that is no answer of the axis; the axis may have acted all the same.
            ExchangeRefused: the axis says FAIL.
        """
        account = self._account
        signed = sign(
            {
                "systemid": account.system,
                **parameters,
                "timestamp": timestamp(self._clock()),
                "Content-Type": "application/json",
            },
            account.secret,
        )
        headers = [(name.encode(), value.encode()) for name, value in signed.items()]
        headers.append((b"Content-Type", b"application/octet-stream"))
        try:
            reply = self._client.post(f"{account.endpoint.rstrip('/')}/{operation}", content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise ExchangeDown from error
        return _answer(reply)

    def send(self, parcel: Parcel) -> SentMark:
        """See the port.  The DocumentId inside the message is the guard against doubles."""
        return self._send("edoc", write_parcel(parcel))

    def _send(self, kind: str, message: bytes) -> SentMark:
        answer = self._call(
            "sendEdoc",
            {
                "servicetype": _SERVICE,
                "messagetype": kind,
                "hash-file": hash_file(message, padded=self._account.padded_hash),
                "from": self._account.organ,
            },
            message,
        )
        return SentMark(str(_either(answer, "DocId", "docId")))

    def find_sent(self, document_id: str) -> SentMark | None:
        """See the port: getSentEdocList, matched on our own DocumentId exactly."""
        answer = self._call(
            "getSentEdocList", {"servicetype": _SERVICE, "messagetype": "edoc", "docId": _plain(document_id)}
        )
        for row in _rows(answer):
            if _plain(document_id) in (str(row.get("senderDocId", "")), _plain(str(row.get("senderDocId", "")))):
                return SentMark(str(_either(row, "receiverDocId", "docId")))
        return None

    def answer(self, document_id: str, receipt: Receipt, to_code: str, *, code: str = "",
               date: dt.date | None = None) -> SentMark:
        """See the port."""
        account = self._account
        speaker = Body(receipt.from_code or account.organ, receipt.from_name or account.organ_name or account.organ)
        return self._send("status", write_status(speaker, Answered(to_code, document_id, code, date), receipt))

    def recall(self, parcel: Parcel, reason: str, staff: str) -> SentMark:
        """See the port: one status 13 to each recipient (interchange notes §13.4, way 1)."""
        receipt = Receipt("13", self._clock(), parcel.sender.code, parcel.sender.name, reason, staff)
        code = f"{parcel.number}/{parcel.symbol}"
        marks = [
            self._send(
                "status",
                write_status(parcel.sender, Answered(body.code, parcel.document_id, code, parcel.date), receipt),
            )
            for body in parcel.recipients
        ]
        return marks[-1]

    def waiting(self, kind: str) -> Sequence[Waiting]:
        """See the port."""
        answer = self._call("getReceivedEdocList", {"servicetype": _SERVICE, "messagetype": kind})
        rows = {str(row.get("docId", "")): row for row in _rows(answer)}
        return [
            Waiting(
                docid, str(row.get("messageType", kind)), str(row.get("from", "")), str(row.get("created_time", ""))
            )
            for docid, row in rows.items()
            if docid and str(row.get("status", "")) not in ("done", "fail")
        ]

    def fetch(self, exchange_id: str) -> bytes:
        """See the port.

        Raises:
            BadMessage: the axis' answer holds no base64.
        """
        answer = self._call("getEdoc", {"docId": exchange_id}, b"{}")
        try:
            return base64.b64decode(str(answer.get("data", "")), validate=True)
        except binascii.Error as error:
            raise BadMessage from error

    def settle(self, exchange_id: str, *, ok: bool) -> None:
        """See the port."""
        self._call("updateStatus", {"docId": exchange_id, "status": "done" if ok else "fail"}, b"{}")

    def bodies(self) -> Sequence[Body]:
        """See the port."""
        return [
            Body(
                code=str(row.get("code", "")),
                name=str(row.get("name", "")),
                parent=str(row.get("pid") or ""),
                old_code=str(row.get("oldCode") or row.get("code102") or ""),
                mail=str(row.get("mail") or ""),
            )
            for row in _rows(self._call("getAgenciesList", {}))
            if row.get("code")
        ]


def _plain(text: str) -> str:
    """A DocumentId as it travels in a header: one line, no blanks at the ends."""
    return " ".join(text.split())


def _either(row: Mapping[str, Any], *names: str) -> object:
    return next((row[name] for name in names if row.get(name)), "")


def _rows(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = answer.get("data") or []
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _answer(reply: httpx.Response) -> dict[str, Any]:
    if reply.status_code != httpx.codes.OK:
        raise ExchangeDown(f"Trục liên thông trả mã HTTP {reply.status_code}. Hệ thống sẽ tự gửi lại.")
    try:
        answer = reply.json()
    except ValueError as error:
        raise ExchangeDown from error
    if not isinstance(answer, dict):
        raise ExchangeDown
    if str(answer.get("status", "")).upper() != "OK" or str(answer.get("ErrorCode", "0")) not in ("0", ""):
        told = " ".join(str(answer.get("ErrorDesc", "")).split())[:300]
        raise ExchangeRefused(
            f"Trục liên thông từ chối: {told or 'không nêu lý do'}. Hãy kiểm tra mã cơ quan gửi, nơi nhận rồi gửi lại."
        )
    return answer
