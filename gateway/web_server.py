"""The desk's web server in a thread of its own: uvicorn, bound before it is announced."""
from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn

from gateway.errors import BadSettings

if TYPE_CHECKING:
    from fastapi import FastAPI
_CLOSING_S = 3
_TICK_S = 1.0
"""The clock in the answers' heads goes forward so often."""


class WebServer:
    """Serves one application on one address."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        """Binds at once.

        Raises:
            BadSettings: the address is in use or not this machine's.
        """
        try:
            # A restart right after a stop must not wait for the kernel to forget old connections.
            self._socket = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        except OSError as error:
            raise BadSettings(f"Không mở được {host}:{port} ({error.strerror}). "
                              "Hãy dừng chương trình đang dùng cổng này hoặc đổi web.port.") from error
        # asyncio does this only for sockets that name their protocol: without it the end of each answer waits 40 ms for
        # the browser's delayed acknowledgement of its beginning.  What is accepted inherits it.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.address = f"http://{host}:{self._socket.getsockname()[1]}"
        # Pages that stay open for live news must not hold up a stop.
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=_CLOSING_S,
                                server_header=False, proxy_headers=False)
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="web", daemon=True)

    def start(self) -> None:
        """Answers from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Ends open answers within seconds."""
        self._server.end()
        self._thread.join(_CLOSING_S + 2)
        self._socket.close()


class _Server(uvicorn.Server):
    """Is told of its end; uvicorn's own looks for it ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = asyncio.Event()

    async def main_loop(self) -> None:
        """Until the end, which may have come already."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), _TICK_S)

    def end(self) -> None:
        """Ends `main_loop`; to be called from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._told.set)
