"""The desk's web server in a thread of its own: uvicorn, bound before it is announced."""
from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

from gateway.errors import BadSettings

if TYPE_CHECKING:
    from fastapi import FastAPI
_CLOSING_S = 3


class WebServer:
    """Serves one application on one address."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        """Binds at once.

        Raises:
            BadSettings: the address is in use or not this machine's.
        """
        import uvicorn

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
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="web", daemon=True)

    def start(self) -> None:
        """Answers from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Ends open answers within seconds."""
        self._server.should_exit = True
        self._thread.join(_CLOSING_S + 2)
        self._socket.close()
