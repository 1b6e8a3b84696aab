"""pages: a Document's pages as its recipe puts them together, before they are read; a stack is taken apart here.

The untouched files stay as they are.  What a survey finds (separator sheets, blank pages) is only left out: every page
stays in a recipe, and a clerk can have it back.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.document import Change, Document, FileRef, Held, Role, Stage
from gateway.recipe import (
    BLANK,
    Leaf,
    Recipe,
    recipe_file,
    surveyed,
    whole,
)
from gateway.steps.sides import fold
from gateway.store.recipes import keep_recipe, read_recipe, recipe_hash
from gateway.store.vault import Vault
from ocr.assemble import Taken

DROPPED = "pages_dropped"
"""Remark: blank pages or separator sheets were left out."""
_SPLIT = "Xấp giấy có tờ phân cách: tách thành {count} văn bản. Bản quét gốc giữ nguyên; tờ phân cách được bỏ ra."
_GONE = ("Bản quét gốc đã bị xóa vì chung tệp với một văn bản có dấu mật. "
         "Hãy từ chối văn bản này rồi quét lại riêng các trang của nó.")


@dataclass(frozen=True, slots=True)
class PageTools:
    """What the step works with; the reading processes do the work."""

    vault: Vault
    assemble: Callable[[Sequence[Taken], Path], None]
    """ocr.assemble.assemble."""
    survey: Callable[[Path], tuple[str, ...]]
    """ocr.survey.survey."""
    survey_each: Callable[[Path], tuple[str, ...]] | None = None
    """The same, of a file of one page too; None is `survey`."""


@dataclass(frozen=True, slots=True)
class Laid:
    """What is to be read."""

    path: Path
    upright: frozenset[int] = frozenset()
    """Pages (0-based) that a person has turned as they stand."""
    files: tuple[FileRef, ...] = ()
    """Recipes found on the way; no content."""
    made: bool = False
    """`path` was put together, and is to be kept."""
    same: FileRef | None = None
    """The untouched file that the recipe gives back as it came."""
    remarks: tuple[str, ...] = field(default=())


def lay(document: Document, paper: FileRef | None, tools: PageTools, folder: Path) -> Laid | Change:
    """The pages to read; or the Change that takes a stack apart, or holds what has lost its scan.

    Raises:
        OcrError: a file cannot be opened.
        FileMissing, VaultError: the vault.
    """
    kept = recipe_file(document)
    if kept is not None:
        if paper is None:
            return Change(what="held", why=_GONE, held=Held("source_erased", _GONE))
        return _laid(read_recipe(kept, tools.vault), paper, tools, folder)
    assert paper is not None, "without a recipe the caller has looked"
    begun = _begun(document, paper, tools)
    if isinstance(begun, Change):
        return begun
    recipes, codes = begun
    parts = surveyed(recipes[-1].leaves, codes) if any(codes) else []
    if len(parts) > 1:
        return _taken_apart(document, recipes, parts, tools)
    dropped = bool(parts) and any(leaf.dropped for leaf in parts[0])
    if dropped:
        recipes = [*recipes, _surveyed(recipes[-1], parts[0], ())]
    if len(recipes) == 1:
        return Laid(tools.vault.path(paper))
    files = tuple(keep_recipe(one, tools.vault) for one in recipes)
    return replace(_laid(recipes[-1], paper, tools, folder), files=files, remarks=(DROPPED,) if dropped else ())


def _begun(document: Document, paper: FileRef, tools: PageTools) -> tuple[list[Recipe], tuple[str, ...]] | Change:
    """The pages as they came, and what a survey says of each."""
    back = document.file(Role.SOURCE)
    if back is not None:
        return fold(paper, back, tools.survey_each or tools.survey, tools.vault)
    codes = () if document.is_message else tools.survey(tools.vault.path(paper))
    return [whole(paper.sha256, len(codes))], codes


def _laid(recipe: Recipe, paper: FileRef, tools: PageTools, folder: Path) -> Laid:
    if recipe.plain and recipe.leaves[0].sha256 == paper.sha256:
        return Laid(tools.vault.path(paper), same=paper)
    out = folder / "working.pdf"
    tools.assemble([Taken(tools.vault.path(leaf.sha256), leaf.index, leaf.turn or 0) for leaf in recipe.kept], out)
    upright = frozenset(place for place, leaf in enumerate(recipe.kept) if leaf.turn is not None)
    return Laid(out, upright, made=True)


def kept_pages(laid: Laid, paper: FileRef, vault: Vault) -> tuple[FileRef, ...]:
    """What of it is kept with the reading; to be called when the pages have been found free of a secrecy mark.

    Raises:
        VaultError: the disk.
    """
    if laid.same is not None:
        return (replace(laid.same, role=Role.WORKING),)
    if not laid.made:
        return laid.files
    name = f"{Path(paper.name).stem}.trang.pdf"
    working = vault.put(laid.path, role=Role.WORKING, media_type="application/pdf", name=name)
    return (*laid.files, working)


def _surveyed(came: Recipe, leaves: Iterable[Leaf], others: tuple[str, ...]) -> Recipe:
    """As the survey proposes it."""
    return Recipe(leaves=tuple(leaves), version=came.version + 1, before=recipe_hash(came), act="survey",
                  others=others)


def _taken_apart(document: Document, came: Sequence[Recipe], parts: Sequence[tuple[Leaf, ...]],
                 tools: PageTools) -> Change:
    """Every part but the first becomes a Document of its own; each is read by a leg of its own."""
    born = [keep_recipe(Recipe(leaves=part, act="born"), tools.vault) for part in parts[1:]]
    recipes = [*came, _surveyed(came[-1], parts[0], tuple(file.sha256 for file in born))]
    files = tuple(keep_recipe(one, tools.vault) for one in recipes)
    return Change(
        what="split", why=_SPLIT.format(count=len(parts)), files=files, kind="scan",
        pages=len(recipes[-1].kept), remarks=tuple(dict.fromkeys((*document.remarks, *_remark(parts[0])))),
        born=tuple(child(document, file, part, number, kind="scan")
                   for number, (file, part) in enumerate(zip(born, parts[1:], strict=True), 2)))


def _remark(leaves: Iterable[Leaf]) -> tuple[str, ...]:
    """A separator sheet was put in to be left out; a blank page is only a guess."""
    return (DROPPED,) if any(leaf.dropped == BLANK for leaf in leaves) else ()


def child(parent: Document, recipe: FileRef, leaves: Sequence[Leaf], number: int, *, kind: str) -> Document:
    """A Document of pages that were the parent's, as Change.born wants it: it names the parent's own files."""
    named = {leaf.sha256 for leaf in leaves}
    roles = (Role.ORIGINAL, Role.PAPER, Role.FATES, Role.SOURCE)
    files = [file for file in parent.files
             if file.role in roles and (file.role in (Role.ORIGINAL, Role.FATES) or file.sha256 in named)]
    return replace(
        parent, id="", stage=Stage.RECEIVED, version=1, name=f"{parent.name} ({number})", files=(*files, recipe),
        fields={}, recipients=(), kind=kind, pages=sum(not leaf.dropped for leaf in leaves), held=None, tries=0,
        next_try_at=None, register_number="", copy_kind=None, confirmed_by="", sealed_by="", parcel_id="",
        exchange_id="", reason="", remarks=tuple(dict.fromkeys((*parent.remarks, *_remark(leaves)))))
