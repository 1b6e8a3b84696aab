"""Stacks and recipes on the machine's side: taken apart, put together, read, and never torn by a kill."""
from __future__ import annotations

import io
import tomllib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
import pypdfium2
import pytest

from gateway.document import Change, Document, Mover, Role, Stage
from gateway.errors import Stale
from gateway.page_words import page_words
from gateway.recipe import Leaf, Recipe, whole, working_file
from gateway.steps.pages import DROPPED, Laid, PageTools, lay
from gateway.steps.propose import ProposeTools, propose
from gateway.steps.read import ReadTools, read
from gateway.store.recipes import keep_recipe, recipe_of
from ocr.child import ReaderPool
from ocr.reading import reading_from_json
from rules.field import Name, Secrecy
from tests.gateway.papers import Papers
from tests.ocr import drawing, stacks
from tests.verapdf import broken_rules

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
LETTERS = ("giay-moi-hop", "quyet-dinh-to-cong-tac", "cong-van-ra-soat", "dau-de-1698", "hoa-toc-bao-lu")


def tools(papers: Papers, pool: ReaderPool) -> ReadTools:
    def opened(document: Document) -> Change:
        raise AssertionError("this is no letter")

    return ReadTools(pool, papers.vault, lambda *_: None, opened,
                     pages=PageTools(papers.vault, pool.assemble, pool.survey))


@cache
def stack() -> bytes:
    """Five samples with a separator sheet before each but the first; the third has a blank back."""
    sheet = drawing.scan_pdf([stacks.scanned(stacks.sheet(200), fall=1.0)], 200)
    back = drawing.scan_pdf([stacks.scanned(drawing.blank(200))], 200)
    out = io.BytesIO()
    with pikepdf.new() as made:
        for number, name in enumerate(LETTERS):
            parts = [sheet] * bool(number) + [(SAMPLES / f"{name}.pdf").read_bytes()] + [back] * (number == 2)
            for part in parts:
                with pikepdf.open(io.BytesIO(part)) as source:
                    made.pages.extend(source.pages)
        made.save(out)
    return out.getvalue()


def pages_of(papers: Papers, document: Document) -> int:
    archive = document.file(Role.ARCHIVE)
    assert archive is not None
    with pikepdf.open(papers.vault.path(archive)) as pdf:
        return len(pdf.pages)


def read_on(papers: Papers, pool: ReaderPool, document: Document) -> Document:
    document = papers.record(document, read(document, tools(papers, pool)))
    if document.stage is not Stage.READ:
        return document
    return papers.record(document, propose(document, ProposeTools(papers.vault, lambda _: (), lambda *_: ())))


def test_a_stack_of_five_letters_becomes_five_papers_of_one_scan(papers: Papers, pool: ReaderPool) -> None:
    first = papers.received("xap.pdf", stack())
    first = papers.record(first, read(first, tools(papers, pool)))
    family = [first, *papers.store.kin.of(first)]
    assert [one.stage for one in family] == [Stage.RECEIVED] * 5
    assert len({one.file(Role.ORIGINAL) for one in family}) == 1, "the scan itself is there once"
    assert [one.pages for one in family] == [counted(name) for name in LETTERS]
    assert [one.name for one in family] == ["xap.pdf", *(f"xap.pdf ({n})" for n in range(2, 6))]
    recipes = [recipe_of(one, papers.vault) for one in family]
    every = [leaf for one in recipes if one for leaf in one.leaves]
    assert [leaf.index for leaf in every] == list(range(sum(map(counted, LETTERS)) + 5))
    assert [leaf.dropped for leaf in every if leaf.dropped] == ["separator", "separator", "blank", "separator",
                                                                "separator"]
    assert DROPPED in family[2].remarks
    assert [laid(papers, pool, one) for one in family] == [counted(name) for name in LETTERS]
    third = read_on(papers, pool, family[2])
    truth = tomllib.loads((SAMPLES / f"{LETTERS[2]}.toml").read_text("utf-8"))["fields"]
    assert third.value(Name.SYMBOL) == truth["symbol"]
    assert third.pages == pages_of(papers, third) == counted(LETTERS[2]), "R-027 counts what is in"
    events = [event.what for event in papers.store.events(third.id)]
    assert events == ["born", "read", "proposed"]
    assert papers.received("xap.pdf", stack()).id == first.id, "the same stack again is the first paper"


def laid(papers: Papers, pool: ReaderPool, document: Document) -> int:
    """Pages of the file that will be read."""
    with TemporaryDirectory() as folder:
        put = lay(document, document.paper, PageTools(papers.vault, pool.assemble, pool.survey), Path(folder))
        assert isinstance(put, Laid)
        with pikepdf.open(put.path) as pdf:
            return len(pdf.pages)


def counted(name: str) -> int:
    with pikepdf.open(SAMPLES / f"{name}.pdf") as pdf:
        return len(pdf.pages)


def duplex(papers: Papers) -> Document:
    """A letter with a blank back."""
    pages = [stacks.scanned(drawing.letter(200)), stacks.scanned(drawing.blank(200))]
    return papers.received("hai-mat.pdf", drawing.scan_pdf(pages, 200))


def test_a_blank_back_is_left_out_and_can_be_had_back(papers: Papers, pool: ReaderPool) -> None:
    document = read_on(papers, pool, duplex(papers))
    assert (document.stage, document.pages, pages_of(papers, document)) == (Stage.PROPOSED, 1, 1)
    assert DROPPED in document.remarks
    archive = document.file(Role.ARCHIVE)
    assert archive is not None
    assert broken_rules(papers.vault.path(archive), "2b") == []
    recipe = recipe_of(document, papers.vault)
    assert recipe is not None
    assert [(leaf.index, leaf.dropped) for leaf in recipe.leaves] == [(0, ""), (1, "blank")]
    before = papers.vault.path(recipe.before)
    assert before.exists(), "the recipe before it is kept"
    back = keep_recipe(whole(recipe.leaves[0].sha256, 2), papers.vault)
    assert back.sha256 == recipe.before
    document = papers.record(document, Change(what="pages", to=Stage.RECEIVED, by=Mover.CLERK, files=(back,)))
    document = read_on(papers, pool, document)
    assert (document.pages, pages_of(papers, document)) == (2, 2)
    assert working_file(document) is not None


def test_a_turned_page_stays_as_the_clerk_has_turned_it_and_its_boxes_fit(papers: Papers, pool: ReaderPool) -> None:
    with pypdfium2.PdfDocument(SAMPLES / "giay-moi-hop.pdf") as sample:
        lying = sample[0].render(scale=200 / 72).to_pil().convert("RGB").rotate(90, expand=True)
    document = papers.received("nam.pdf", drawing.scan_pdf([lying], 200))
    sha256 = document.files[0].sha256
    recipe = keep_recipe(Recipe(leaves=(Leaf(sha256, 0, 90),), version=1), papers.vault)
    document = papers.record(document, Change(what="pages", files=(recipe,)))
    document = read_on(papers, pool, document)
    number = document.fields[Name.NUMBER]
    assert number.value == "31"
    assert number.evidence is not None
    assert number.evidence.box.top < 0.25
    assert number.evidence.box.left < 0.4
    words = document.file(Role.WORDS)
    assert words is not None
    (page,) = reading_from_json(papers.vault.path(words).read_bytes()).pages
    assert (page.rotation, page.height_mm > page.width_mm) == (0, True), "nobody turned it once more"


def test_the_same_recipe_gives_the_same_bytes(papers: Papers, pool: ReaderPool, tmp_path: Path) -> None:
    from ocr.assemble import Taken

    path = tmp_path / "a.tiff"
    path.write_bytes(drawing.tiff([drawing.letter(100), drawing.blank(100)], 100))
    pages = [Taken(path, 1, 0), Taken(path, 0, 180), Taken(SAMPLES / "giay-moi-hop.pdf", 0, 90)]
    for name in ("one.pdf", "other.pdf"):
        pool.assemble(pages, tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "other.pdf").read_bytes()
    with pikepdf.open(tmp_path / "one.pdf") as pdf:
        assert [int(page.obj.get("/Rotate", 0)) for page in pdf.pages] == [0, 180, 90]


def test_parts_and_recipe_are_recorded_together_or_not_at_all(papers: Papers, pool: ReaderPool) -> None:
    document = papers.received("xap.pdf", stack())
    change = read(document, tools(papers, pool))
    assert len(change.born) == 4
    papers.record(document, Change(what="viewed"))  # somebody was faster: the machine's change is too late
    with pytest.raises(Stale):
        papers.record(document, change)
    assert papers.store.kin.of(papers.store.get(document.id)) == []
    again = read(papers.store.get(document.id), tools(papers, pool))
    assert [file.sha256 for file in again.files] == [file.sha256 for file in change.files], "the leg may run twice"
    assert len(list(papers.vault.work_folder().iterdir())) == 0


def test_a_secret_paper_takes_the_shared_scan_with_it(papers: Papers, pool: ReaderPool) -> None:
    first = papers.received("xap.pdf", stack())
    first = papers.record(first, read(first, tools(papers, pool)))
    second, third, *_ = papers.store.kin.of(first)
    second = read_on(papers, pool, second)
    scan = first.file(Role.ORIGINAL)
    assert scan is not None
    papers.record(first, Change(what="stopped", to=Stage.STOPPED, secrecy=Secrecy.MARKED))
    assert scan.sha256 not in {path.name for path in papers.vault.folder.rglob("*")}
    second, third = papers.store.get(second.id), papers.store.get(third.id)
    assert second.file(Role.ORIGINAL) is None
    assert pages_of(papers, second) == second.pages, "what was made of its own pages alone stays"
    assert list(page_words(second, papers.vault))
    change = read(third, tools(papers, pool))
    assert change.held is not None
    assert change.held.code == "source_erased"
