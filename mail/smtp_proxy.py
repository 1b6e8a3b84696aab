"""A PROXY header before TLS: a load balancer in front of the port that speaks TLS from the first octet.

The header comes in the clear, the handshake after it (haproxy's "send-proxy" to a TLS port).  It is read octet by octet
up to its end, so that nothing of the handshake is taken with it; then the connection goes on as the session's.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable

from aiosmtpd.proxy_protocol import ProxyData, get_proxy

from mail.smtp_plan import Networks, within

log = logging.getLogger(__name__)

_SECONDS = 10.0
_V2 = b"\r\n\r\n\x00\r\nQUIT\n"
_V2_HEAD = 16
_LONGEST_V1 = 107  # octets (the PROXY protocol, section 2.1)
_LONGEST_V2 = 1024


class ProxyFirst(asyncio.BufferedProtocol):
    """Reads the header of a trusted proxy, then begins TLS and hands over to the session.

    A peer that is no proxy goes to TLS at once.
    """

    def __init__(
        self,
        session: Callable[[str, ProxyData | None], asyncio.Protocol],
        *,
        proxies: Networks,
        context: ssl.SSLContext,
        handshake_s: float,
    ) -> None:
        """`session(address, header)` makes the session: the address of the other side, what the header says or None."""
        self._session, self._proxies, self._context, self._handshake_s = session, proxies, context, handshake_s
        self._transport: asyncio.Transport | None = None
        self._address = ""
        self._header, self._buffer = bytearray(), bytearray(1)
        self._task: asyncio.Task[None] | None = None
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The other side is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        name = transport.get_extra_info("peername")
        self._address = str(name[0]) if isinstance(name, tuple) else ""
        if within(self._address, self._proxies):
            self._patience = asyncio.get_running_loop().call_later(_SECONDS, transport.abort)
        else:
            self._go_on()

    def get_buffer(self, _sizehint: int) -> bytearray:
        """Room for exactly as much as surely belongs to the header."""
        self._buffer = bytearray(max(1, self._wanted()))
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """So many octets came."""
        self._header += self._buffer[:nbytes]
        if self._wanted() < 0:
            log.info("smtp proxy_header_bad peer=%s", self._address)
            assert self._transport is not None
            self._transport.abort()
        elif self._wanted() == 0:
            self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone before the session began."""
        if self._patience is not None:
            self._patience.cancel()

    def _wanted(self) -> int:
        """Octets still missing; 0 for a whole header, -1 for none that is allowed."""
        head = self._header
        if not _V2.startswith(head[: len(_V2)]):
            if head.endswith(b"\n"):
                return 0
            fits = b"PROXY ".startswith(head[:6]) and len(head) < _LONGEST_V1
            return 1 if fits else -1
        if len(head) < len(_V2):
            return 1  # either version may begin so
        if len(head) < _V2_HEAD:
            return _V2_HEAD - len(head)
        length = int.from_bytes(head[14:16], "big")
        return _V2_HEAD + length - len(head) if length <= _LONGEST_V2 else -1

    def _go_on(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        assert self._transport is not None
        self._transport.pause_reading()
        self._task = asyncio.get_running_loop().create_task(self._begin(self._transport))

    async def _begin(self, transport: asyncio.Transport) -> None:
        said = await _parsed(bytes(self._header)) if self._header else None
        if said is not None and not said.valid:
            log.info("smtp proxy_header_bad peer=%s", self._address)
            transport.abort()
            return
        session = self._session(self._address, said)
        try:
            secured = await asyncio.get_running_loop().start_tls(
                transport, session, self._context, server_side=True, ssl_handshake_timeout=self._handshake_s
            )
        except (OSError, ssl.SSLError) as error:
            log.info("smtp tls_failed peer=%s error=%s", self._address, type(error).__name__)
            transport.abort()
            return
        if secured is not None:
            session.connection_made(secured)


async def _parsed(header: bytes) -> ProxyData:
    reader = asyncio.StreamReader()
    reader.feed_data(header)
    reader.feed_eof()
    return await get_proxy(reader)
