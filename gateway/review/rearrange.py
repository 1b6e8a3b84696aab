"""What a clerk does to the pages of a scan: another recipe over the untouched original, recorded with all it means.

The recipe is durable before the row; the machine then makes the new working file and reads it anew.  Every act is one
transaction over all papers it touches, and a step back leads exactly to the recipe before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.document import Change, Document, FileRef, Mover, Role, Stage
from gateway.errors import FileMissing, NotFound, Stale, WrongStage
from gateway.recipe import Leaf, Recipe, cut, interleaved, recipe_file, whole
from gateway.review.acts import LETTER_REMARKS, Act, Person, demand, ending, offered
from gateway.review.desk import Desk
from gateway.review.translations import mark
from gateway.steps.pages import child
from gateway.store.rearranging import MERGED
from gateway.store.recipes import keep_recipe, read_recipe

STAGES = (Stage.RECEIVED, Stage.READ, Stage.PROPOSED)
NOTHING_DONE = mark("Chưa có gì thay đổi. Hãy sắp xếp các trang rồi bấm áp dụng.")
_OTHER_PAGES = mark("Các trang vừa được người khác thay đổi. Hãy tải lại trang rồi làm lại.")
_NO_PARTNER = mark("Không ghép được văn bản này. Hãy tải lại trang rồi chọn lại.")
_UNEQUAL = mark("Số mặt trước và mặt sau khác nhau. Hãy quét lại mặt thiếu, hoặc ghép rồi tự sắp xếp.")
_EMPTY = mark("Mỗi văn bản phải còn ít nhất một trang. Hãy khôi phục một trang.")


@dataclass(frozen=True, slots=True)
class Present:
    """The pages as they stand, and the file that says so where there is one."""

    recipe: Recipe
    file: FileRef | None

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """All pages, those left out among them."""
        return self.recipe.leaves


def present(desk: Desk, document: Document) -> Present:
    """The recipe that counts, or the paper's pages as they came.

    Raises:
        FileMissing: the recipe, or the paper itself, is not there.
    """
    file, paper = recipe_file(document), document.paper
    if file is not None:
        return Present(read_recipe(file, desk.vault), file)
    if paper is None:
        raise FileMissing
    return Present(whole(paper.sha256, document.pages), None)


def apply_pages(desk: Desk, document: Document, leaves: Sequence[Leaf], cuts: frozenset[int], *,
                who: Person) -> Document:  # fmt: skip
    """Records the pages in another order; at every cut a new paper begins.

    Raises:
        NotAllowed, WrongStage: not by this person, not now, or nothing is changed.
        Stale: somebody was faster.
        VaultError: the disk.
    """
    demand(Act.PAGES, document, who)
    now = present(desk, document)
    if sorted(_pages(leaves)) != sorted(_pages(now.leaves)):
        raise Stale(_OTHER_PAGES)
    if all(leaf.dropped for leaf in leaves):
        raise WrongStage(_EMPTY)
    first, *rest = cut(leaves, cuts)
    if not rest and tuple(first) == now.leaves:
        raise WrongStage(NOTHING_DONE)
    born = [keep_recipe(Recipe(leaves=part, act="born"), desk.vault) for part in rest]
    act = "split" if rest else "edit"
    files, before = _with_first(desk, now)
    recipe = _next(now.recipe, first, before, act, tuple(file.sha256 for file in born))
    change = _changed(desk, document, recipe, files)
    kind = document.kind or "scan"
    parent = replace(document, remarks=change.remarks or ())
    children = tuple(child(parent, file, part, number, kind=kind)
                     for number, (file, part) in enumerate(zip(born, rest, strict=True), 2))  # fmt: skip
    why = _told(now.leaves, leaves, len(rest))
    return desk.store.record(document, replace(change, what=act, why=why, born=children), who=who.login)


def _pages(leaves: Sequence[Leaf]) -> list[tuple[str, int]]:
    return [(leaf.sha256, leaf.index) for leaf in leaves]


def _with_first(desk: Desk, now: Present) -> tuple[tuple[FileRef, ...], str]:
    """What stood before the first act is kept as a recipe too; its file where it is new, and its SHA-256."""
    if now.file is not None:
        return (), now.file.sha256
    first = keep_recipe(now.recipe, desk.vault)
    return (first,), first.sha256


def _next(now: Recipe, leaves: Sequence[Leaf], before: str, act: str, others: tuple[str, ...]) -> Recipe:
    return Recipe(leaves=tuple(leaves), version=now.version + 1, before=before, act=act, others=others)


def _changed(desk: Desk, document: Document, recipe: Recipe, files: tuple[FileRef, ...]) -> Change:
    return back_to_reading(document, recipe, (*files, keep_recipe(recipe, desk.vault)))


def back_to_reading(document: Document, recipe: Recipe, files: tuple[FileRef, ...]) -> Change:
    """What was proposed from the pages as they were is gone: the machine reads them anew."""
    return Change(
        what="edit",
        to=Stage.RECEIVED if document.stage is not Stage.RECEIVED else None,
        by=Mover.CLERK,
        files=files,
        fields={},
        pages=len(recipe.kept),
        remarks=tuple(one for one in document.remarks if one in LETTER_REMARKS),
        release=True,
    )


def _told(before: Sequence[Leaf], after: Sequence[Leaf], parts: int) -> str:
    """What was done, for the journal."""
    was = {(leaf.sha256, leaf.index): leaf for leaf in before}
    pairs = [(was[leaf.sha256, leaf.index], leaf) for leaf in after]
    turned = sum(old.turn != new.turn for old, new in pairs)
    out = sum(bool(new.dropped) and not old.dropped for old, new in pairs)
    back = sum(bool(old.dropped) and not new.dropped for old, new in pairs)
    said = [
        f"xoay {turned} trang" if turned else "",
        f"bỏ {out} trang" if out else "",
        f"khôi phục {back} trang" if back else "",
        "đổi thứ tự trang" if _pages(before) != _pages(after) else "",
        f"tách thêm {parts} văn bản" if parts else "",
    ]
    return f"{', '.join(one for one in said if one).capitalize()}. Bản gốc giữ nguyên."


def family(desk: Desk, document: Document) -> Sequence[Document]:
    """Papers of the same scan; only where its pages have been put in order there can be any."""
    return desk.store.kin.of(document) if recipe_file(document) is not None else ()


def partner(desk: Desk, document: Document, who: Person) -> Document | None:
    """The next scan that may be put together with this one."""
    other = desk.store.kin.next_scan(document, STAGES)
    return other if other is not None and _fits(document, other, who) else None


def _fits(document: Document, other: Document, who: Person) -> bool:
    letters = document.is_letter or other.is_letter
    return Act.PAGES in offered(other, who) and not letters and not other.register_number and other.id != document.id


def merge_pages(desk: Desk, document: Document, other: Document, *, fold: bool, who: Person) -> Document:
    """Takes the pages of the other paper in, behind its own or (`fold`) as the backs of its sheets; the other ends.

    Raises:
        NotAllowed, WrongStage: not by this person, not now, or not with that paper.
        Stale: somebody was faster at one of the two.
        VaultError: the disk.
    """
    demand(Act.PAGES, document, who)
    if not _fits(document, other, who) or other.unit != document.unit:
        raise WrongStage(_NO_PARTNER)
    mine, theirs = present(desk, document), present(desk, other)
    if set(_pages(mine.leaves)) & set(_pages(theirs.leaves)):
        raise WrongStage(_NO_PARTNER)
    try:
        leaves = interleaved(mine.leaves, theirs.leaves) if fold else (*mine.leaves, *theirs.leaves)
    except ValueError as error:
        raise WrongStage(_UNEQUAL) from error
    files, before = _with_first(desk, mine)
    their_files, taken = _with_first(desk, theirs)
    recipe = _next(mine.recipe, leaves, before, "collate" if fold else "merge", (taken,))
    had = {file.sha256 for file in document.files if file.role in (Role.ORIGINAL, Role.PAPER, Role.SOURCE)}
    sources = tuple(replace(file, role=Role.SOURCE) for file in other.files
                    if file.role in (Role.ORIGINAL, Role.SOURCE) and file.sha256 not in had)  # fmt: skip
    reason = f"Đã ghép vào văn bản {document.id}; các trang nằm ở đó."
    ends = replace(ending(MERGED, reason), files=their_files)
    how = "Xen mặt sau" if fold else "Ghép"
    change = replace(_changed(desk, document, recipe, (*files, *sources)), what=recipe.act, along=((other, ends),),
                     why=f"{how} từ văn bản {other.id} ({len(theirs.leaves)} trang). Hai bản gốc giữ nguyên.")
    return desk.store.record(document, change, who=who.login)


def partner_of(desk: Desk, other_id: str, version: str, who: Person) -> Document:
    """The other paper that a form names, as the clerk saw it.

    Raises:
        NotFound, NotAllowed, Stale: it is not theirs, or not what they saw.
    """
    other = desk.store.get(other_id)
    if not who.handles(other.unit):
        raise NotFound
    if str(other.version) != version:
        raise Stale
    return other
