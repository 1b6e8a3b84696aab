"""The leg runner: what goes wrong in a step becomes a later try or a hold, never a lost Document."""
from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.document import Change, Document, Held, Mover, Role, Stage
from gateway.errors import DiskFull, ExchangeDown, FileMissing
from gateway.legs import Legs, Patience, code_of
from gateway.pipeline import pipeline
from ocr.errors import Encrypted, NotArchivable, ReaderCrashed, TimedOut
from tests.gateway.papers import Papers, now

PATIENCE = Patience(first_s=10.0, longest_s=60.0, most_crashes=3)


def legs(papers: Papers, step: Callable[[Document], Change | None]) -> Legs:
    tasks = pipeline(read=step, propose=step, send=step, recall=step, read_tries=3, send_tries=5)
    return Legs(papers.store, tasks, PATIENCE)


def failing(error: Exception) -> Callable[[Document], Change | None]:
    def step(document: Document) -> Change | None:
        raise error

    return step


def run(papers: Papers, document: Document, step: Callable[[Document], Change | None]) -> Document:
    legs(papers, step).run(document.id, document.version)
    return papers.store.get(document.id)


def test_a_step_moves_the_document_and_the_journal_says_the_machine_did_it(papers: Papers) -> None:
    document = run(papers, papers.received(), lambda _: Change(what="read", to=Stage.READ))
    assert document.stage is Stage.READ
    assert [(event.what, event.who) for event in papers.store.events(document.id)][-1] == ("read", "machine")
    assert [attempt.outcome for attempt in papers.store.attempts(document.id)] == ["done"]


@pytest.mark.parametrize("error", [ExchangeDown(), DiskFull(), OSError(28, "full")])
def test_temporary_trouble_is_tried_again_later_and_later_and_then_held(papers: Papers, error: Exception) -> None:
    document, waits = papers.received(), []
    for _ in range(2):
        document = run(papers, document, failing(error))
        assert document.held is None
        assert document.next_try_at is not None
        waits.append((document.next_try_at - now()).total_seconds())
    assert 7 < waits[0] < 13 < waits[1] < 25
    document = run(papers, document, failing(error))
    assert document.held is not None
    assert document.held.code == "too_many_tries"
    assert "Đã thử 3 lần" in document.held.reason
    assert document.stage is Stage.RECEIVED


@pytest.mark.parametrize("error", [ReaderCrashed(), TimedOut()])
def test_a_poisoned_file_is_tried_twice_then_held(papers: Papers, error: Exception) -> None:
    document = run(papers, papers.received(), failing(error))
    assert document.held is None
    document = run(papers, document, failing(error))
    assert document.held is not None
    assert "Đã thử 2 lần" in document.held.reason


@pytest.mark.parametrize(("error", "code"), [
    (Encrypted(), "encrypted"), (NotArchivable(), "not_archivable"), (FileMissing(), "file_missing")])
def test_permanent_trouble_is_held_with_its_sentence(papers: Papers, error: Exception, code: str) -> None:
    document = run(papers, papers.received(), failing(error))
    assert document.held == Held(code, str(error))
    assert code_of(error) == code


def test_an_unknown_fault_is_held_and_its_message_is_never_logged(
        papers: Papers, caplog: pytest.LogCaptureFixture) -> None:
    document = papers.received()
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            document = run(papers, document, failing(KeyError("noi dung thu")))
    assert document.held is not None
    assert document.held.code == "unknown_fault"
    assert "unknown_fault=KeyError" in caplog.text
    assert "noi dung thu" not in caplog.text


def test_the_wait_never_grows_beyond_its_cap() -> None:
    assert all(PATIENCE.wait(failures) <= dt.timedelta(seconds=72) for failures in (0, 5, 50, 5000))


def test_a_document_that_kills_its_process_is_held_after_so_many_deaths(papers: Papers) -> None:
    document = papers.received()
    for _ in range(3):
        with pytest.raises(SystemExit):
            legs(papers, failing(SystemExit())).run(document.id, document.version)
    after = run(papers, document, lambda _: Change(what="read", to=Stage.READ))
    assert after.held is not None
    assert after.held.code == "crashed"
    again = papers.record(after, Change(what="retried", release=True))
    assert run(papers, again, lambda _: Change(what="read", to=Stage.READ)).stage is Stage.READ


def test_a_leg_of_an_older_version_does_nothing(papers: Papers) -> None:
    document = papers.received()
    legs(papers, failing(AssertionError())).run(document.id, document.version + 1)
    held = papers.record(document, Change(what="held", held=Held("clerk", "Chờ.")))
    legs(papers, failing(AssertionError())).run(held.id, held.version)
    legs(papers, failing(AssertionError())).run("unknown", 1)
    assert papers.store.attempts(document.id) == []


def test_what_a_person_did_meanwhile_stands(papers: Papers) -> None:
    document = papers.received()

    def step(_: Document) -> Change:
        papers.record(document, Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK, reason="nhầm"))
        return Change(what="read", to=Stage.READ)

    assert run(papers, document, step).stage is Stage.REJECTED


def test_a_stopped_document_leaves_no_bytes_behind(papers: Papers) -> None:
    document = papers.received()
    original = document.file(Role.ORIGINAL)
    assert original is not None
    place = papers.vault.path(original)
    after = run(papers, document, lambda _: Change(what="stopped", to=Stage.STOPPED, reason="secrecy"))
    assert after.stage is Stage.STOPPED
    assert not place.exists()
    assert after.files == ()
    assert replace(after, id="") != after
