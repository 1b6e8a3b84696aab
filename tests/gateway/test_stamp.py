"""A seal without its time stamp waits for it, to be seen, and is not sent before."""
from __future__ import annotations

import datetime as dt
from pathlib import Path

from gateway.document import Change, Document, Role, Stage
from gateway.errors import GatewayError, StampUnavailable
from gateway.legs import Legs, Patience
from gateway.pipeline import pipeline
from gateway.seal.port import STAMP_LATER
from gateway.steps.stamp import StampTools, stamp
from tests.gateway.papers import Papers
from tests.gateway.review.house import TestSeal


class Unreached(TestSeal):
    """A seal whose time-stamping service is out of reach until `answers`."""

    answers = False

    def complete(self, source: Path, out: Path) -> None:
        if not self.answers:
            raise StampUnavailable
        super().complete(source, out)


def unstamped(papers: Papers) -> Document:
    document = papers.sealed()
    return papers.record(document, Change(what="sealed", remarks=(STAMP_LATER,)))


def test_a_complete_seal_is_left_alone(papers: Papers) -> None:
    assert stamp(papers.sealed(), StampTools(TestSeal(), papers.vault)) is None


def test_it_waits_to_be_stamped_and_is_sent_then(papers: Papers) -> None:
    seal, sent = Unreached(), []
    tools = StampTools(seal, papers.vault)

    def send(document: Document) -> Change | None:
        sent.append(document.file(Role.SEALED))
        return Change(what="sent", to=Stage.SENT, exchange_id="x")

    def none(_: Document) -> Change | None:
        raise GatewayError

    tasks = pipeline(read=none, propose=none, send=lambda document: stamp(document, tools) or send(document),
                     recall=none, read_tries=1, send_tries=5)  # fmt: skip
    legs = Legs(papers.store, tasks, Patience(1.0, 1.0, 3))
    document = unstamped(papers)

    legs.run(document.id, document.version)
    waiting = papers.store.get(document.id)
    assert (waiting.stage, waiting.tries, waiting.held, sent) == (Stage.SEALED, 1, None, [])
    assert waiting.next_try_at is not None
    assert waiting.next_try_at > dt.datetime.now(dt.UTC)
    assert papers.store.events(document.id)[-1].why.startswith("Đã ký số nhưng chưa lấy được dấu thời gian.")

    seal.answers = True
    legs.run(document.id, waiting.version)
    stamped = papers.store.get(document.id)
    newest = stamped.file(Role.SEALED)
    assert (stamped.stage, stamped.remarks, sent) == (Stage.SEALED, (), [])
    assert newest is not None
    assert papers.vault.path(newest).read_bytes().endswith(b"%stamp")

    legs.run(document.id, stamped.version)
    assert papers.store.get(document.id).stage is Stage.SENT
    assert sent == [newest]
    assert list(papers.vault.work_folder().iterdir()) == []
