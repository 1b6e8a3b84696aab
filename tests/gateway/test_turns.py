"""Updates and replacements: by a named person, with a reason, in the message as receivers expect it (R-135)."""
from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.document import Change, CopyKind, Document, Mover, Recipient, Stage
from gateway.duties import turn_of
from gateway.errors import Incomplete, NotAllowed, WrongStage
from gateway.exchange.edxml import EdocMessage, read_message
from gateway.exchange.folder import FolderExchange
from gateway.exchange.port import REPLACE, UPDATE, Body
from gateway.review.acts import Person
from gateway.review.relate import Relation, find_earlier, relate, unrelate
from gateway.steps.send import SendTools, send
from tests.gateway.papers import BODIES, Papers, now

HOME = Body("H99.1", "Ủy ban nhân dân xã Mẫu")
CLERK = Person("lan", "Lan", frozenset({"clerk"}))
OTHERS = (BODIES[0], Recipient("H99.4", "Sở Y tế"))


def related(papers: Papers, earlier: Document, kind: str) -> Document:
    document = papers.confirmed("new.pdf", OTHERS)
    return papers.store.record(document, relate(document, Relation(earlier, kind, "Sai phụ lục"), who=CLERK), who="lan")


def sent_as(papers: Papers, document: Document, folder: Path) -> EdocMessage:
    document = papers.record(document, Change(what="sealed", to=Stage.SEALED, by=Mover.CLERK,
                                              copy_kind=CopyKind.SAO_Y, parcel_id="H99.1,2026/11/20,126/UBND-VP",
                                              files=papers.sealed("other.pdf").files))
    exchange = FolderExchange(folder / "x", HOME)
    tools = SendTools(exchange, papers.vault, HOME, lambda _: None, lambda _: False, now,
                      turn=partial(turn_of, papers.store))
    send(document, tools)
    (path,) = (folder / "x" / "out").iterdir()
    message = read_message(path.read_bytes())
    assert isinstance(message, EdocMessage)
    return message


def test_a_replacement_names_what_it_replaces_and_for_whom(papers: Papers, tmp_path: Path) -> None:
    earlier = papers.sent()
    message = sent_as(papers, related(papers, earlier, "replace"), tmp_path)
    (replaced,) = message.turn.replaces
    assert (message.kind, message.reason, message.turn.staff) == (REPLACE, "Sai phụ lục", "lan")
    assert (replaced.document_id, replaced.bodies) == (earlier.parcel_id, ("H99.2",))


def test_an_update_names_its_document_and_who_comes_and_goes(papers: Papers, tmp_path: Path) -> None:
    earlier = papers.sent()
    message = sent_as(papers, related(papers, earlier, "update"), tmp_path)
    assert (message.kind, message.target_id, message.turn.data_changed) == (UPDATE, earlier.parcel_id, True)
    assert (message.turn.added, message.turn.removed) == (("H99.4",), ("H99.3",))


def test_both_papers_know_each_other_and_the_journal_says_who_and_why(papers: Papers) -> None:
    earlier = papers.sent()
    document = related(papers, earlier, "replace")
    (row,) = papers.store.turns.of(document.id)
    assert (row.earlier, row.kind, row.by) == (earlier.id, REPLACE, "lan")
    assert [one.document for one in papers.store.turns.later(earlier.id)] == [document.id]
    event = papers.store.events(document.id)[-1]
    assert (event.who, event.what, event.why) == ("lan", "related", "Thay thế văn bản 125/UBND-VP: Sai phụ lục")
    others = papers.store.turns.of(document.id)
    changed = relate(document, Relation(earlier, "update", "Sai nơi nhận"), who=CLERK, others=others)
    papers.store.record(document, changed, who="lan")
    assert len(papers.store.turns.later(earlier.id)) == 1


def test_one_paper_replaces_several_and_what_was_said_is_taken_back(papers: Papers, tmp_path: Path) -> None:
    first, second, third = papers.sent("a.pdf"), papers.sent("b.pdf"), papers.sent("c.pdf")
    document = related(papers, first, "replace")
    for one in (second, third):
        others = papers.store.turns.of(document.id)
        with pytest.raises(Incomplete):
            relate(document, Relation(one, "update", "x"), who=CLERK, others=others)
        change = relate(document, Relation(one, "replace", "Gộp ba văn bản"), who=CLERK, others=others)
        document = papers.store.record(document, change, who="lan")
    others = papers.store.turns.of(document.id)
    document = papers.store.record(document, unrelate(document, second, who=CLERK, others=others), who="lan")
    with pytest.raises(Incomplete):
        unrelate(document, second, who=CLERK, others=papers.store.turns.of(document.id))
    assert (papers.store.turns.later(second.id), papers.store.events(document.id)[-1].what) == ([], "unrelated")
    message = sent_as(papers, document, tmp_path)
    assert [one.document_id for one in message.turn.replaces] == [first.parcel_id, third.parcel_id]
    assert message.reason == "Sai phụ lục Gộp ba văn bản"


def test_the_earlier_paper_is_found_by_number_or_id_and_never_guessed(papers: Papers) -> None:
    earlier, document = papers.sent(), papers.confirmed("new.pdf")
    for said in ("125/UBND-VP", " 125 / UBND-VP ", earlier.id, earlier.parcel_id):
        assert find_earlier(papers.store, document, said).id == earlier.id
    papers.sent("b.pdf")
    for said in ("", "9/KHAC", document.id, "125/UBND-VP"):
        with pytest.raises(Incomplete):
            find_earlier(papers.store, document, said)


def test_only_the_desk_relates_and_only_before_sealing_and_with_a_reason(papers: Papers) -> None:
    earlier, document = papers.sent(), papers.confirmed("new.pdf")
    with pytest.raises(NotAllowed):
        relate(document, Relation(earlier, "replace", "x"), who=Person("an", "An", frozenset({"auditor"})))
    with pytest.raises(WrongStage):
        relate(earlier, Relation(earlier, "replace", "x"), who=CLERK)
    for kind, reason in (("replace", " "), ("erase", "x")):
        with pytest.raises(Incomplete):
            relate(document, Relation(earlier, kind, reason), who=CLERK)


def test_the_command_shows_the_next_try_and_what_each_receiver_said(
        papers: Papers, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(f'data = "{tmp_path}"\n')
    document = papers.sealed(recipients=(Recipient("H99.2", "Sở Nội vụ", "02", "Sai thẩm quyền"),))
    papers.record(document, Change(what="delayed", again_at=now()))
    assert main(["--config", str(config), "show", document.id]) == 0
    shown = capsys.readouterr().out
    assert "đã thử 1 lần; thử lại lúc" in shown
    assert "H99.2 Sở Nội vụ  02  (Sai thẩm quyền)" in shown
