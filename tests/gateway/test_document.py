"""MOVES and Document.move: the whole way through, and nothing beside it."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from gateway.document import MACHINE_STAGES, MOVES, VN, Document, Door, FileRef, Mover, Origin, Role, Stage
from gateway.errors import WrongStage

RECEIVED = Document(id="d1", stage=Stage.RECEIVED, version=1, unit="H99.1", origin=Origin(Door.FOLDER, "k"),
                    name="a.pdf", received_at=dt.datetime(2026, 11, 20, 9, 0, tzinfo=VN))


def test_every_move_of_the_table_is_made_and_every_other_is_refused() -> None:
    for stage in Stage:
        for to in Stage:
            for mover in Mover:
                document = replace(RECEIVED, stage=stage)
                if MOVES[stage].get(to) is mover:
                    assert document.move(to, mover).stage is to
                else:
                    with pytest.raises(WrongStage):
                        document.move(to, mover)


def test_every_stage_can_be_reached_and_every_way_ends() -> None:
    reached, edge = set(), {Stage.RECEIVED}
    while edge:
        reached |= edge
        edge = {to for stage in edge for to in MOVES[stage]} - reached
    assert reached == set(Stage)
    ends = {stage for stage in Stage if not MOVES[stage]}
    assert ends == {Stage.REFUSED, Stage.RECALLED, Stage.STOPPED}
    assert set(MOVES[Stage.REJECTED].values()) == {Mover.CLERK}, "only what was taken into another letter's paper"
    assert MOVES[Stage.FILED] == {Stage.RECALLED: Mover.CLERK}, "only its sender can have it taken back"


def test_no_machine_seals_and_no_clerk_sends() -> None:
    assert MOVES[Stage.CONFIRMED][Stage.SEALED] is Mover.CLERK
    assert MOVES[Stage.SEALED] == {Stage.SENT: Mover.MACHINE}
    assert {Stage.RECEIVED, Stage.READ, Stage.SEALED} == MACHINE_STAGES


def test_the_newest_file_of_a_role_is_the_one_that_counts() -> None:
    first = FileRef(Role.ARCHIVE, "a" * 64, 1, "application/pdf", "a.pdf")
    second = replace(first, sha256="b" * 64)
    document = replace(RECEIVED, files=(first, second))
    assert document.file(Role.ARCHIVE) == second
    assert document.file(Role.SEALED) is None
