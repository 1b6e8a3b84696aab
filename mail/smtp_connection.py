"""One connection of the SMTP door: who is there, TLS, login, patience. Letters are in `mail.smtp_session`.

Built on aiosmtpd's protocol class, whose command loop, STARTTLS and PROXY reading are used. Overridden: what collected
a whole letter in memory, what checked passwords in the loop, what took implicit TLS for none, what told strangers the
text of exceptions, what hung up on peers that send QUIT and close their half (Exim) before our answer.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import defaultdict
from typing import Any

from aiosmtpd.proxy_protocol import ProxyData
from aiosmtpd.smtp import SMTP, TLSSetupException

from mail.smtp_login import credentials_of
from mail.smtp_plan import Listener, Tls, within
from mail.smtp_porter import Porter

log = logging.getLogger(__name__)

_PROXY_SECONDS = 10.0
_GOODBYE_SECONDS = 30.0  # for the last reply to go out
_PROXY_LOCAL = 0  # the proxy's own health check
_LONGEST_COMMAND = 2048  # a RCPT with ORCPT is longer than 512
_LONGEST_AUTH = 12288 + 64  # RFC 4954, 4


class _Hooks:
    """aiosmtpd asks here about a PROXY header."""

    async def handle_PROXY(self, server: Connection, _session: Any, _envelope: Any, data: ProxyData) -> bool:
        return server.proxied(data)


class _Reader(asyncio.StreamReader):
    """The end of what the other side says is the end of the connection wherever more was awaited."""

    async def readuntil(self, separator: Any = b"\n") -> bytes:
        try:
            return await super().readuntil(separator)
        except asyncio.IncompleteReadError:
            raise ConnectionResetError from None

    async def readexactly(self, n: int) -> bytes:
        try:
            return await super().readexactly(n)
        except asyncio.IncompleteReadError:
            raise ConnectionResetError from None


class Connection(SMTP):
    """From the first octet to the last, without the letters."""

    line_length_limit = 1 << 16  # how much the reader holds, twice this before it stops the other side

    def __init__(self, porter: Porter, listener: Listener) -> None:
        plan = porter.plan
        offered = porter.certificate and listener.tls in (Tls.STARTTLS, Tls.REQUIRED)
        super().__init__(
            _Hooks(),
            data_size_limit=plan.limits.size or None,
            enable_SMTPUTF8=True,
            hostname=plan.hostname,
            ident="LMTP" if listener.lmtp else "ESMTP",
            tls_context=porter.certificate.context if porter.certificate and offered else None,
            timeout=plan.limits.idle_seconds,
            loop=asyncio.get_running_loop(),
        )
        asyncio.StreamReaderProtocol.__init__(
            self, _Reader(self.line_length_limit, self.loop), self._cb_client_connected, self.loop
        )
        self.porter, self.listener, self.limits = porter, listener, plan.limits
        self.peer = ""
        self._introduced = False  # the proxy's header was read before TLS began
        self.account = ""  # who logged in
        self.busy = False  # a letter is on its way
        self.leaving = False
        self._errors = 0
        self.command_size_limit = _LONGEST_COMMAND
        self.command_size_limits = defaultdict(lambda: _LONGEST_COMMAND, AUTH=_LONGEST_AUTH)

    @property
    def secure(self) -> bool:
        """TLS is on, whichever way it came."""
        return self._tls_protocol is not None or bool(self.transport and self.transport.get_extra_info("sslcontext"))

    @property
    def inside(self) -> bool:
        """The other side needs no login here."""
        return self.listener.inside(self.peer)

    # ---- coming and going ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called a second time when STARTTLS is done: everything said in the clear is forgotten (RFC 3207, 4.2)."""
        self.account = ""
        if self._original_transport is None:
            name = transport.get_extra_info("peername")
            if not self._introduced:
                self.peer = str(name[0]) if isinstance(name, tuple) else ""
                if within(self.peer, self.listener.proxy_networks):
                    self._proxy_timeout = _PROXY_SECONDS
            self.porter.guests.add(self)
            super().connection_made(transport)
            assert self._handler_coroutine is not None
            # A guest until the last of it has run, not only until the line is cut.
            self._handler_coroutine.add_done_callback(lambda _: self.porter.guests.discard(self))
        else:
            super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Nobody came in where TLS behind a proxy failed."""
        if self.session is not None:
            super().connection_lost(error)
            self._closed.exception()  # type: ignore[attr-defined]  # heard: the session itself meets the end by reading

    def eof_received(self) -> bool | None:
        """Nothing more will be said; what was said is answered. TLS has no half of a goodbye."""
        open_still = asyncio.StreamReaderProtocol.eof_received(self)
        return open_still if self._original_transport is None else False

    async def _handle_client(self) -> None:
        log.info("smtp connected listener=%s peer=%s", self.listener.name, self.peer or "-")
        if self._proxy_timeout is None and (reply := self.porter.turned_away(self)):
            await self.leave(reply)
        try:
            await super()._handle_client()
        except ConnectionError:
            log.info("smtp connection_lost listener=%s peer=%s", self.listener.name, self.peer or "-")
        finally:
            if self._timeout_handle is not None:
                self._timeout_handle.cancel()
            if self.transport is not None:  # half closed by the other side, say: nobody serves it any more
                self.transport.close()

    def introduce(self, address: str, data: ProxyData | None) -> None:
        """Who is there, where that was told before TLS began: the other side's address, and a trusted proxy's word."""
        self.peer, self._introduced = address, True
        if data is not None:
            self._name(data)

    def proxied(self, data: ProxyData) -> bool:
        """The trusted proxy said who is there; False sends them away."""
        self._name(data)
        return not self.porter.turned_away(self)

    def _name(self, data: ProxyData) -> None:
        """UNKNOWN is from nowhere, so never inside."""
        if data.version != 2 or data.command != _PROXY_LOCAL:
            self.peer = str(data.src_addr) if data.src_addr is not None and data.family in (1, 2) else "unknown"
        log.info("smtp proxied listener=%s peer=%s", self.listener.name, self.peer)

    def _dismiss(self, reply: str) -> None:
        if self.transport is not None and not self.transport.is_closing():
            log.info("smtp dismissed listener=%s peer=%s code=%s", self.listener.name, self.peer or "-", reply[4:9])
            self._writer.write(reply.encode("ascii") + b"\r\n")
            self.transport.close()

    async def leave(self, reply: str) -> None:
        """The last reply; from the session's own task, and nothing of it runs after this."""
        self._dismiss(reply)
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
        await asyncio.sleep(0)  # where the cancelling takes hold

    def ask_to_leave(self) -> None:
        """The door closes."""
        self.leaving = True
        if not self.busy:
            self._dismiss("421 4.3.2 Closing, come again later")

    def throw_out(self) -> None:
        """Now, whatever the session is waiting for."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()

    def _timeout_cb(self) -> None:
        self._time_is_up("421 4.4.2 Nothing heard for too long")

    def _time_is_up(self, reply: str) -> None:
        if self.transport is None or self.transport.is_closing():
            self.throw_out()
        else:
            self._dismiss(reply)
            self._reset_timeout(_GOODBYE_SECONDS)

    async def push(self, status: str | bytes) -> None:
        """Sends a reply; too many bad ones end the connection."""
        await super().push(status.encode() if isinstance(status, str) else status)
        if status[:1] in ("4", "5", b"4", b"5"):
            self._errors += 1
            if self.limits.errors and self._errors >= self.limits.errors:
                await self.leave("421 4.7.0 Too many errors")

    async def handle_exception(self, error: Exception) -> str:
        """Nothing of our inside, and nothing of a letter, leaves by the reply or the log."""
        if isinstance(error, TLSSetupException):
            log.info("smtp tls_failed listener=%s peer=%s", self.listener.name, self.peer or "-")
            return ""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        log.error(
            "smtp trouble listener=%s peer=%s error=%s at=%s:%s",
            self.listener.name,
            self.peer or "-",
            type(error).__name__,
            frame.filename.rpartition("/")[2],
            frame.lineno,
        )
        return "451 4.3.0 Trouble here, come again later"

    # ---- greeting, TLS, small talk ----

    def _offers(self) -> list[str]:
        offers = ["PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "BINARYMIME"]
        if self.limits.size:
            offers.append(f"SIZE {self.limits.size}")
        if self.tls_context and not self.secure:
            offers.append("STARTTLS")
        if self.listener.login and self.secure:
            offers.append("AUTH PLAIN LOGIN")
        if self.porter.plan.announce_dsn:
            offers.append("DSN")
        return offers

    async def smtp_EHLO(self, hostname: str | None) -> None:
        """EHLO (LHLO at an LMTP listener)."""
        if not hostname:
            await self.push("501 5.5.4 Name yourself")
            return
        assert self.session is not None
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.session.extended_smtp = True
        self.session.host_name = hostname
        lines = [self.hostname, *self._offers()]
        await self.push("\r\n".join([f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]))

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """STARTTLS: what was sent ahead in the clear is thrown away."""
        if self.secure:
            await self.push("503 5.5.1 TLS is on already")
            return
        if self.tls_context and not arg and self._reader._buffer:  # type: ignore[attr-defined]
            log.warning("smtp plaintext_after_starttls listener=%s peer=%s", self.listener.name, self.peer or "-")
            self._reader._buffer.clear()  # type: ignore[attr-defined]
            self._reader._maybe_resume_transport()  # type: ignore[attr-defined]  # much of it stops the reading
        if self._reader.at_eof():
            raise ConnectionResetError
        await super().smtp_STARTTLS(arg)
        # Whoever hangs up during the handshake is heard by nobody but us: asyncio reports it as done.
        if self._tls_protocol is not None and self.session is not None and self.session.ssl is None:
            raise ConnectionResetError

    async def smtp_HELP(self, _arg: str | None) -> None:
        """No list of commands, no version."""
        await self.push("214 2.0.0 See RFC 5321")

    async def smtp_VRFY(self, _arg: str | None) -> None:
        """Nobody learns our recipients here."""
        await self.push("252 2.5.2 Send the letter and see")

    # ---- login ----

    def _auth_refusal(self, arg: str | None) -> str:
        assert self.session is not None
        if not self.listener.login:
            return "502 5.5.1 No login here"
        if not self.session.extended_smtp:
            return "503 5.5.1 Say EHLO first"
        if not self.secure:
            return "538 5.7.11 Login needs TLS"
        if self.account:
            return "503 5.5.1 Logged in already"
        if not arg or len(arg.split()) > 2:
            return "501 5.5.4 AUTH mechanism [initial-response]"
        if self.porter.failed_logins.full(self.peer):
            return "454 4.7.0 Too many wrong logins, come again later"
        return ""

    async def smtp_AUTH(self, arg: str | None) -> None:
        """AUTH PLAIN and LOGIN; the password is checked in a worker thread."""
        if refusal := self._auth_refusal(arg):
            await self.push(refusal)
            return
        given = await credentials_of((arg or "").split(), self._challenge)
        if isinstance(given, str):
            await self.push(given)
            return
        check = self.porter.check_login
        if given is not None and await self.loop.run_in_executor(self.porter.logins, check, *given):
            self.account = given[0]
            log.info("smtp login listener=%s peer=%s account=%s", self.listener.name, self.peer, word(self.account))
            await self.push("235 2.7.0 Welcome")
            return
        self.porter.failed_logins.add(self.peer)
        log.warning("smtp login_failed listener=%s peer=%s", self.listener.name, self.peer)
        await asyncio.sleep(self.limits.failed_login_seconds)
        await self.push("535 5.7.8 Wrong name or password")

    async def _challenge(self, line: str) -> bytes:
        await self.push("334 " + line)
        answer: bytes = await self._reader.readuntil(b"\n")
        return answer.strip()


def word(value: str) -> str:
    """A value for a log line: one word, nothing that could look like another line."""
    return "".join(char if char.isprintable() and char not in ' "=' else "?" for char in value[:200]) or "-"
