"""Two files, fronts and backs, become one recipe of sheets when they are read; uneven counts lose nothing."""
from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.document import Change, Document, Role
from gateway.intake.accept import SIDES
from gateway.recipe import whole
from gateway.review.acts import Act, Person, offered
from gateway.steps.pages import DROPPED, Laid, PageTools, lay
from gateway.store.recipes import read_recipe, recipe_of
from ocr.assemble import Taken
from ocr.survey import survey
from tests.gateway.papers import Papers
from tests.ocr import drawing, stacks

LAN = Person("lan", "Lan", frozenset({"clerk"}))


def two_sided(papers: Papers) -> Document:
    document = papers.received("a_truoc.pdf", b"%PDF- fronts")
    back = papers.vault.put(io.BytesIO(b"%PDF- backs"), role=Role.SOURCE, media_type="application/pdf",
                            name="a_sau.pdf")
    return papers.record(document, Change(what=SIDES, files=(back,)))


def tools(papers: Papers, fronts: Sequence[str], backs: Sequence[str]) -> PageTools:
    def said(path: Path) -> tuple[str, ...]:
        return tuple(fronts if b"fronts" in path.read_bytes() else backs)

    def put(pages: Sequence[Taken], out: Path) -> None:
        out.write_text(" ".join(f"{page.path.read_text()[6]}{page.index}" for page in pages))

    return PageTools(papers.vault, put, said)


def test_the_backs_come_in_reverse_and_every_step_can_be_taken_back(papers: Papers, tmp_path: Path) -> None:
    document = two_sided(papers)
    laid = lay(document, document.paper, tools(papers, ["", "", ""], ["blank", "", ""]), tmp_path)
    assert isinstance(laid, Laid)
    assert laid.path.read_text() == "f0 b2 f1 b1 f2", "the last back is blank and left out"
    assert laid.remarks == (DROPPED,)
    came, folded, surveyed = (read_recipe(file, papers.vault) for file in laid.files)
    assert [one.act for one in (came, folded, surveyed)] == ["sides", "collate", "survey"]
    assert (folded.before, surveyed.before) == tuple(file.sha256 for file in laid.files[:2])
    assert came.leaves == (*whole(came.leaves[0].sha256, 3).leaves, *whole(came.leaves[3].sha256, 3).leaves)
    assert {leaf.sha256 for leaf in came.leaves} == {
        file.sha256 for file in document.files if file.role in (Role.ORIGINAL, Role.SOURCE)}


def test_a_double_sided_stack_is_taken_apart_at_its_separators(papers: Papers, tmp_path: Path) -> None:
    document = two_sided(papers)
    change = lay(document, document.paper, tools(papers, ["", "separator", ""], ["", "blank", "blank"]), tmp_path)
    assert isinstance(change, Change)
    document = papers.record(document, change)
    (other,) = papers.store.kin.of(document)
    assert [recipe.kept for one in (document, other) if (recipe := recipe_of(one, papers.vault))] == [
        tuple(leaf for leaf in part if not leaf.dropped) for part in _parts(document)]
    assert {file.role for file in other.files} == {Role.ORIGINAL, Role.SOURCE, Role.RECIPE}


def _parts(document: Document) -> list[tuple[object, ...]]:
    fronts, backs = (whole(file.sha256, 3).leaves for file in document.files[:2])
    return [(fronts[0],), (fronts[2], backs[0])]


@pytest.mark.parametrize(("fronts", "backs", "code"), [(["", ""], [""], "sides_uneven"), ([""], [], "sides_unfit")])
def test_sides_that_do_not_fit_are_held_with_all_their_pages(
        papers: Papers, tmp_path: Path, fronts: list[str], backs: list[str], code: str) -> None:
    document = two_sided(papers)
    change = lay(document, document.paper, tools(papers, fronts, backs), tmp_path)
    assert isinstance(change, Change)
    document = papers.record(document, change)
    assert document.held is not None
    assert document.held.code == code
    if code == "sides_uneven":
        recipe = recipe_of(document, papers.vault)
        assert recipe is not None
        assert (len(recipe.kept), document.pages) == (3, 3)
        assert "2 trang, mặt sau có 1 trang" in document.held.reason
        assert Act.PAGES in offered(document, LAN)
    assert Act.REJECT in offered(document, LAN)


def test_a_single_sheet_is_surveyed_too_when_it_has_another_side(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(drawing.scan_pdf([stacks.scanned(drawing.blank(60))], 60))
    assert (survey(path), len(survey(path, single=True))) == ((), 1)
