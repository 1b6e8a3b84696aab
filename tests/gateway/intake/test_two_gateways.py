"""Two gateways with one database watch one mailbox: every letter is one Document, and none is lost."""
from __future__ import annotations

import threading
import time
from functools import partial
from pathlib import Path

from gateway.intake.accept import accept
from gateway.intake.letters import Letters
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from mail.imap import After, ImapDoor, ImapPlan, Security
from tests.gateway.intake.scans import House
from tests.gateway.intake.test_letters import fates, plan
from tests.mail.imap_server import PASSWORD, dovecot
from tests.mail.imap_tokens import TokenService

USER, MANY = "chung@don.vn", 25


def test_two_gateways_at_one_mailbox_make_no_two_documents_of_a_letter(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD, "utf-8")
    stores = [Store.open(f"sqlite:///{tmp_path}/vanthu.db") for _ in range(2)]
    vault, stop = Vault(tmp_path / "vault"), threading.Event()
    raw = [f"From: lan@xa.example\r\nSubject: Công văn {number}\r\n\r\nx\r\n".encode() for number in range(MANY)]

    def door(number: int, store: Store) -> ImapDoor:
        letters = Letters(plan(mailboxes={"chung": "H99.1"}), partial(accept, store, vault),
                          works_for=lambda *_: False, name_of=str, keep=partial(fates, House(tmp_path, store, vault)))
        return ImapDoor(ImapPlan(
            name="chung", host="127.0.0.1", port=server.port, login=USER, security=Security.NONE, poll_s=0.2,
            spool=tmp_path / f"spool-{number}", password_file=tmp_path / "password", after=After.MOVE,
            retry_s=0.1), letters.take)

    with TokenService() as tokens, dovecot(tokens.url + "/tokeninfo?access_token=", [USER]) as server:
        server.put(*raw, login=USER)
        doors = [door(number, store) for number, store in enumerate(stores)]
        threads = [threading.Thread(target=one.watch, args=(stop,), daemon=True) for one in doors]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 30
        while server.letters("INBOX", USER) and time.monotonic() < end:
            time.sleep(0.1)
        stop.set()
        for thread in threads:
            thread.join(10)
        done = server.letters("INBOX.vanthu-done", USER)
    documents = stores[0].find(Query(limit=1000)).documents
    assert sorted(document.name for document in documents) == sorted(f"Công văn {number}" for number in range(MANY))
    assert set(done) == set(raw)
    for store in stores:
        store.close()
