"""A scripted clerk who works at the desk by HTTP and never gives up."""
from __future__ import annotations

import re
from dataclasses import dataclass, field

import httpx

from gateway.document import Document
from rules.field import Name

TRANSPORT = (httpx.TransportError, httpx.RemoteProtocolError)
"""What a clerk sees while the gateway is away."""


@dataclass
class Clerk:
    """Logs in when needed; every act answers True when the desk took it."""

    address: str
    login: str
    password: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.address, timeout=30.0)

    def enter(self) -> None:
        word = _word(self.client.get("/login").text)
        self.client.post("/login", data={"login": self.login, "password": self.password, "word": word, "next": "/"})

    def confirm(self, document: Document, number: int, to: str) -> bool:
        """Vouches for a Document with a number of the clerk's own."""
        values = {name.value: one.value for name, one in document.fields.items()} | {
            "number": str(number), "symbol": "UBND-VP", "date": "2026-11-19", "doc_type": "Công văn",
            "issuer": "Ủy ban nhân dân xã Mẫu", "subject": f"Thử nghiệm {number}"}
        form: dict[str, object] = {f"f.{name}": value for name, value in values.items()}
        return self._post(document, "confirm", form | {"to": to, "send": "1", "checked": [name.value for name in Name]})

    def seal(self, document: Document) -> bool:
        return self._post(document, "seal", {"kind": "SAO Y", "compared": "1", "pages": str(document.pages)})

    def recall(self, document: Document) -> bool:
        return self._post(document, "recall", {"reason": "Gửi nhầm nơi nhận."})

    def _post(self, document: Document, act: str, form: dict[str, object]) -> bool:
        page = self.client.get(f"/d/{document.id}")
        if page.status_code != 200:
            self.enter()
            page = self.client.get(f"/d/{document.id}")
        version = re.search(r'name="version" value="(\d+)"', page.text)
        if version is None:
            return False
        sent = form | {"word": _word(page.text), "version": version[1]}
        return self.client.post(f"/d/{document.id}/{act}", data=sent).status_code == 303

    def close(self) -> None:
        self.client.close()


def _word(page: str) -> str:
    found = re.search(r'name="word" value="([^"]+)"', page)
    return found[1] if found else ""
