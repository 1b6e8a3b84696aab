"""A token service as RFC 6749 describes it, and the page where dovecot asks what a token is worth."""

from __future__ import annotations

import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class TokenService:
    """Every refresh token serves once."""

    def __init__(self) -> None:
        self.refresh: dict[str, str] = {}
        self.access: dict[str, str] = {}
        self.broken = False
        service = self

        class Page(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self._say(*service.renew({key: value[0] for key, value in form.items()}))

            def do_GET(self) -> None:
                token = parse_qs(urlsplit(self.path).query).get("access_token", [""])[0]
                login = service.access.get(token)
                self._say(200 if login else 400, {"email": login} if login else {"error": "invalid_token"})

            def _say(self, status: int, answer: dict[str, object]) -> None:
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def grant(self, login: str) -> str:
        """A person allows the gateway to read the mailbox."""
        token = secrets.token_hex(8)
        self.refresh[token] = login
        return token

    def renew(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        if self.broken:
            return 503, {}
        if (form["grant_type"], form["client_id"], form["client_secret"]) != ("refresh_token", "vanthu", "s"):
            return 401, {"error": "invalid_client"}
        login = self.refresh.pop(form["refresh_token"], "")
        if not login:
            return 400, {"error": "invalid_grant"}
        token = secrets.token_hex(8)
        self.access[token] = login
        return 200, {"access_token": token, "expires_in": 3600, "refresh_token": self.grant(login)}

    def __enter__(self) -> TokenService:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
