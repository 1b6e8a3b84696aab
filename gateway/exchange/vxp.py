"""The national axis over its VXP REST API: signed headers, edXML as the body (interchange notes §10)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from gateway.document import VN, Receipt
from gateway.errors import BadMessage, ExchangeDown, ExchangeRefused
from gateway.exchange.answers import packet_of, rows_of
from gateway.exchange.edxml_message import Answered
from gateway.exchange.edxml_read import parse_date, parse_moment
from gateway.exchange.edxml_write import write_parcel, write_status
from gateway.exchange.manner import PLAIN, Manner, recall_messages
from gateway.exchange.net import Line, client, down
from gateway.exchange.port import Body, Parcel, SentMark, Waiting
from gateway.exchange.vxp_wire import AGENT, hash_file, sign, timestamp

_SERVICE = "eDoc"
_REGISTERED = re.compile(r"da dang ky:? *([0-9A-Za-z.]+)")
"""The axis' one known refusal: the sender's code is not that with which the system is registered."""
_OTHER_CODE = ("Trục ghi mã đăng ký của hệ thống này là {}, khác mã cơ quan gửi ({}). "
               "Hãy sửa unit.code hoặc đăng ký lại mã với đơn vị quản trị trục, rồi thử lại.")


class _Unregistered(ExchangeRefused):
    """The axis has registered the system under another code than that of the sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who we are at the axis."""

    endpoint: str
    """"https://host/path" of the API."""
    system: str
    secret: str = field(repr=False)
    organ: str
    """The registered code of the office; a unit that is served here speaks under its own."""
    organ_name: str = ""
    padded_hash: bool = False
    """The axis' own client writes hash-file without zero padding; True for an axis that wants 64 digits."""


def _now() -> dt.datetime:
    return dt.datetime.now(VN)


class VxpExchange:
    """Adapter of the port Exchange.  Each call is one request; nothing is kept between calls but the connection."""

    def __init__(
        self,
        account: Account,
        *,
        seconds: float = 20.0,
        clock: Callable[[], dt.datetime] = _now,
        line: Line | None = None,
        manner: Manner = PLAIN,
    ) -> None:
        """
        Args:
            account: address and secret.
            seconds: time allowed for connecting, and again for each silence while reading.
            clock: aware time for the stamps.
            line: how the endpoint is reached, when more is to be said than its address.
            manner: how this axis wants its messages.

        Raises:
            BadSettings: the address may not be spoken to.
        """
        self._account = account
        self._clock = clock
        self._manner = manner
        self._unregistered: set[str] = set()
        self._client = client(line or Line(account.endpoint, seconds=seconds), AGENT)

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()

    def _call(self, operation: str, parameters: Mapping[str, str], body: bytes = b"") -> dict[str, Any]:
        """One request; the JSON answer.

        Raises:
            ExchangeDown: no answer, or one that is no answer of the axis; the axis may have acted all the same.
            ExchangeRefused: the axis says FAIL.
        """
        return _answer(self._request("POST", operation, parameters, body))

    def _request(self, method: str, operation: str, parameters: Mapping[str, str], body: bytes = b"") -> httpx.Response:
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
            url = f"{account.endpoint.rstrip('/')}/{operation}"
            return self._client.request(method, url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise down(error) from error

    def send(self, parcel: Parcel) -> SentMark:
        """See the port.  The DocumentId inside the message is the guard against doubles."""
        return self._send("edoc", write_parcel(parcel, parcel.turn, self._manner.profile), parcel.sender.code)

    def _send(self, kind: str, message: bytes, speaker: str) -> SentMark:
        """A unit that is served here speaks under its own code; where the axis knows the office alone, under that."""
        own = self._account.organ
        if speaker in self._unregistered:
            return self._send_as(own, kind, message)
        try:
            return self._send_as(speaker or own, kind, message)
        except _Unregistered:
            if speaker == own:
                raise
            mark = self._send_as(own, kind, message)
            self._unregistered.add(speaker)
            return mark

    def _send_as(self, code: str, kind: str, message: bytes) -> SentMark:
        answer = self._call(
            "sendEdoc",
            {
                "servicetype": _SERVICE,
                "messagetype": kind,
                "hash-file": hash_file(message, padded=self._account.padded_hash),
                "from": code,
            },
            message,
        )
        return SentMark(str(_either(answer, "DocId", "docId")))

    def find_sent(self, document_id: str) -> SentMark | None:
        """See the port: getSentEdocList, matched on our own DocumentId exactly."""
        answer = self._call(
            "getSentEdocList", {"servicetype": _SERVICE, "messagetype": "edoc", "docId": _plain(document_id)}
        )
        known = [row for row in rows_of(answer) if _plain(str(row.get("senderDocId") or "")) == _plain(document_id)]
        if not known:
            return None
        times = [at for row in known if (at := parse_moment(str(row.get("sentTime") or "")))]
        return SentMark(str(_either(known[0], "receiverDocId", "docId")), min(times, default=None),
                        frozenset(str(row["toCode"]).strip() for row in known if row.get("toCode")))

    def answer(self, document_id: str, receipt: Receipt, to_code: str, *, code: str = "",
               date: dt.date | None = None) -> SentMark:
        """See the port."""
        account = self._account
        speaker = Body(receipt.from_code or account.organ, receipt.from_name or account.organ_name or account.organ)
        message = write_status(speaker, Answered(to_code, document_id, code, date), receipt)
        return self._send("status", message, speaker.code)

    def recall(self, parcel: Parcel, reason: str, staff: str) -> SentMark:
        """See the port."""
        messages = recall_messages(parcel, reason, staff, at=parcel.sent_at, manner=self._manner)
        return [self._send(kind, message, parcel.sender.code) for kind, message in messages][-1]

    def waiting(self, kind: str) -> Sequence[Waiting]:
        """See the port."""
        answer = self._call("getReceivedEdocList", {"servicetype": _SERVICE, "messagetype": kind})
        rows = {str(row.get("docId", "")): row for row in rows_of(answer)}
        return [
            Waiting(
                docid, str(row.get("messageType", kind)), str(row.get("from", "")), str(row.get("created_time", ""))
            )
            for docid, row in rows.items()
            if docid and str(row.get("status") or "").lower() not in ("done", "fail")
        ]

    def fetch(self, exchange_id: str) -> bytes:
        """See the port.

        Raises:
            BadMessage: the axis' answer holds no packet, asked either way.
        """
        try:
            return packet_of(self._call("getEdoc", {"docId": exchange_id}, b"{}").get("data"))
        except BadMessage:
            if (packet := self._download(exchange_id)) is None:
                raise
            return packet

    def _download(self, exchange_id: str) -> bytes | None:
        """The same as a stream of bytes (SDK 2.0.1), or None from an axis that does not have that."""
        reply = self._request("GET", "downloadEdoc", {"docId": exchange_id})
        right = reply.status_code == httpx.codes.OK and "json" not in reply.headers.get("Content-Type", "")
        return reply.content if right and reply.content.lstrip()[:1] != b"{" else None

    def settle(self, exchange_id: str, *, ok: bool) -> None:
        """See the port."""
        self._call("updateStatus", {"docId": exchange_id, "status": "done" if ok else "fail"}, b"{}")

    def bodies(self) -> Sequence[Body]:
        """See the port: the list with old codes, what the list of Decision 20/2020 knows beside it, and what the list
        for synchronizing says has ended."""
        rows = {str(row["code"]): row for row in rows_of(self._call("getAgenciesList", {})) if row.get("code")}
        for row in self._perhaps("getAgenciesListQD20", {"level": "1"}):
            if code := str(row.get("code") or ""):
                rows[code] = {**rows.get(code, {}), **{name: value for name, value in row.items() if value}}
        by_id = {str(row["id"]): code for code, row in rows.items() if row.get("id")}
        gone = [replace(_body(row, by_id), until=self._last_day(row)) for row in self._perhaps("getSynchronizeUnit", {})
                if _is_yes(row.get("deleted")) and row.get("code") and str(row["code"]) not in rows]
        return [_body(row, by_id) for row in rows.values()] + gone

    def _perhaps(self, operation: str, parameters: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        """The rows of a list that not every axis has."""
        try:
            return rows_of(self._call(operation, parameters))
        except ExchangeRefused:
            return []

    def _last_day(self, row: Mapping[str, Any]) -> dt.date:
        """The day before it was taken out; yesterday where the axis does not say when."""
        today = self._clock().astimezone(VN).date()
        told = parse_date(str(row.get("modifyDate") or ""))
        return min(told or today, today) - dt.timedelta(days=1)


def _is_yes(value: object) -> bool:
    return str(value or "").strip().lower() in ("1", "true", "y", "yes")


def _body(row: Mapping[str, Any], by_id: Mapping[str, str]) -> Body:
    above = str(row.get("pid") or "")
    return Body(
        code=str(row["code"]),
        name=str(row.get("name") or ""),
        parent=by_id.get(above, above),
        old_code=str(row.get("oldCode") or row.get("code102") or ""),
        mail=str(row.get("mail") or ""),
    )


def _plain(text: str) -> str:
    """A DocumentId as it travels in a header: one line, no blanks at the ends."""
    return " ".join(text.split())


def _either(row: Mapping[str, Any], *names: str) -> object:
    return next((row[name] for name in names if row.get(name)), "")


def _answer(reply: httpx.Response) -> dict[str, Any]:
    if reply.status_code != httpx.codes.OK:
        raise ExchangeDown(f"Trục liên thông trả mã HTTP {reply.status_code}. Hệ thống sẽ tự gửi lại.")
    try:
        answer = reply.json()
    except ValueError as error:
        raise ExchangeDown from error
    if not isinstance(answer, dict):
        raise ExchangeDown
    if str(answer.get("status", "")).upper() != "OK" or str(answer.get("ErrorCode") or "0") != "0":
        told = " ".join(str(answer.get("ErrorDesc") or "").split())[:300]
        if other := _REGISTERED.search(told):
            raise _Unregistered(_OTHER_CODE.format(other.group(1).rstrip("."), told))
        raise ExchangeRefused(
            f"Trục liên thông từ chối: {told or 'không nêu lý do'}. Hãy kiểm tra mã cơ quan gửi, nơi nhận rồi gửi lại."
        )
    return answer
