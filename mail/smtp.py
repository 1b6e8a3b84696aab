"""The SMTP door: listeners, sessions, and a way to close that loses nothing. Its own process (design, decision 10).

`250` is said only after `take` answered TAKEN; whoever is cut off before that still has the letter and comes again.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
import threading
from collections.abc import Callable

from aiosmtpd.proxy_protocol import ProxyData

from mail.envelope import Take
from mail.smtp_plan import Listener, SmtpLimits, SmtpPlan, Tls
from mail.smtp_porter import CheckLogin, Porter
from mail.smtp_proxy import ProxyFirst
from mail.smtp_session import LmtpSession, SmtpSession
from mail.smtp_spool import sweep

__all__ = ["Listener", "SmtpDoor", "SmtpLimits", "SmtpPlan", "Tls"]

log = logging.getLogger(__name__)

_HANDSHAKE_SECONDS = 15.0  # nobody is counted as a guest before this is over
_POLITE_SECONDS = 1.0  # how long a TLS goodbye is waited for


class SmtpDoor:
    """Takes letters by SMTP and LMTP.

    `take` is called in worker threads, several at once, and removes nothing: the spooled file goes when it returned.
    An exception of `take` or `check_login` is a `451`.
    """

    def __init__(self, plan: SmtpPlan, take: Take, check_login: CheckLogin) -> None:
        """Raises ValueError for a plan that contradicts itself, OSError for a certificate that cannot be read."""
        plan.check()
        self._plan = plan
        self._porter = Porter(plan, take, check_login)
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self.ports: dict[str, int] = {}  # by listener name; filled when ready

    def serve(self) -> None:
        """Serves until `stop`. Blocks; once per object. Raises OSError when a port or the spool cannot be had."""
        # aiosmtpd tells every command to its own logger; ours tells what matters, without what people wrote.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        asyncio.run(self._serve())

    def stop(self) -> None:
        """Closes the door, from any thread or a signal handler: letters on their way get their answer first."""
        self._stop.set()
        if self._loop and self._wake and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def wait_ready(self, seconds: float) -> bool:
        """Are all listeners open, within this time?"""
        return self._ready.wait(seconds)

    async def _serve(self) -> None:
        self._wake, self._loop = asyncio.Event(), asyncio.get_running_loop()
        swept = await asyncio.to_thread(sweep, self._plan.spool)
        servers: list[asyncio.Server] = []
        try:
            for listener in self._plan.listeners:
                servers.append(await self._open(listener))
            log.info("smtp open listeners=%s swept=%d", ",".join(f"{k}:{v}" for k, v in self.ports.items()), swept)
            self._ready.set()
            if not self._stop.is_set():
                await self._wake.wait()
        finally:
            await self._close(servers)

    async def _open(self, listener: Listener) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        factory: Callable[[], asyncio.BaseProtocol] = functools.partial(self._session, listener)
        certificate = self._porter.certificate
        context = certificate.context if certificate and listener.tls is Tls.IMPLICIT else None
        if context is not None and listener.proxy_networks:
            factory, context = functools.partial(self._behind_proxy, listener, context), None
        patience = _HANDSHAKE_SECONDS if context else None
        if listener.socket is not None:
            listener.socket.unlink(missing_ok=True)
            server = await loop.create_unix_server(factory, str(listener.socket), ssl=context)
            listener.socket.chmod(0o660)
            self.ports[listener.name] = 0
            return server
        server = await loop.create_server(
            factory, listener.host, listener.port, ssl=context, ssl_handshake_timeout=patience
        )
        self.ports[listener.name] = server.sockets[0].getsockname()[1]
        return server

    def _session(self, listener: Listener) -> SmtpSession:
        self._porter.renew_certificate()
        return (LmtpSession if listener.lmtp else SmtpSession)(self._porter, listener)

    def _behind_proxy(self, listener: Listener, context: ssl.SSLContext) -> ProxyFirst:
        def session(address: str, said: ProxyData | None) -> SmtpSession:
            made = self._session(listener)
            made.introduce(address, said)
            return made

        return ProxyFirst(session, proxies=listener.proxy_networks, context=context, handshake_s=_HANDSHAKE_SECONDS)

    async def _close(self, servers: list[asyncio.Server]) -> None:
        for server in servers:
            server.close()
        porter, loop = self._porter, asyncio.get_running_loop()
        porter.closing = True
        for guest in list(porter.guests):
            guest.ask_to_leave()
        now = loop.time()
        last, polite = now + self._plan.limits.grace_seconds, now + _POLITE_SECONDS
        while any(guest.busy or loop.time() < polite for guest in porter.guests) and loop.time() < last:
            await asyncio.sleep(0.02)
        last = max(last, loop.time()) + _POLITE_SECONDS
        while porter.guests and loop.time() < last:
            for guest in list(porter.guests):
                guest.throw_out()
            await asyncio.sleep(0.01)
        await asyncio.to_thread(porter.close)  # a letter handed over is finished, whoever waits for the answer
        for listener in self._plan.listeners:
            if listener.socket is not None:
                listener.socket.unlink(missing_ok=True)
        log.info("smtp closed")
