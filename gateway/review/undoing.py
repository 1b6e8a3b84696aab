"""One step back over a clerk's acts on pages, and forward again: the recipes are all kept, so a step only names one.

What was stepped back from is known by the recipes themselves: the newest that names the present one as the one before.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.document import Change, Document, FileRef, Role, Stage
from gateway.errors import FileMissing, WrongStage
from gateway.recipe import Recipe, recipe_file
from gateway.review.acts import Act, Person, demand, ending, offered
from gateway.review.desk import Desk
from gateway.review.rearrange import back_to_reading, present
from gateway.review.translations import mark
from gateway.steps.pages import child
from gateway.store.rearranging import MERGED
from gateway.store.recipes import read_recipe

_NO_STEP = mark("Không còn bước nào để hoàn tác. Hãy sắp xếp các trang tại đây.")
_NO_STEP_ON = mark("Không có bước nào để làm lại. Hãy sắp xếp các trang tại đây.")
_GONE_ON = mark("Một phần đã tách ra được xử lý tiếp nên không nhập lại được. Hãy hoàn tác ở văn bản đó trước.")
_APART, _TOGETHER = frozenset({"split", "survey"}), frozenset({"merge", "collate"})
"""Acts that made papers of parts, and acts that took papers in."""


def undo_pages(desk: Desk, document: Document, *, who: Person) -> Document:
    """Takes up the recipe before this one; parts that were split off come back, a paper taken in stands alone again.

    Raises:
        NotAllowed, WrongStage: not by this person, not now, nothing to go back to, or a part has gone on.
        Stale: somebody was faster at one of the papers.
        FileMissing: the earlier recipe is not there.
    """
    demand(Act.PAGES, document, who)
    now = present(desk, document).recipe
    earlier = next((one for one in document.files if one.role is Role.RECIPE and one.sha256 == now.before), None)
    if earlier is None:
        raise WrongStage(_NO_STEP)
    recipe = read_recipe(earlier, desk.vault)
    change = replace(back_to_reading(document, recipe, (earlier,)), what="pages_undone",
                     why=f"Về phiên bản trang {recipe.version}.")
    if now.act in _APART:
        change = replace(change, along=_all_taken_back(desk, document, now, who))
    elif now.act in _TOGETHER:
        change = replace(change, born=_all_let_go(desk, now))
    return desk.store.record(document, change, who=who.login)


def redo_pages(desk: Desk, document: Document, *, who: Person) -> Document:
    """Takes up the recipe that was stepped back from last; what its act did to other papers is done again.

    Raises:
        NotAllowed, WrongStage: not by this person, not now, nothing was stepped back from, or a paper has gone on.
        Stale: somebody was faster at one of the papers.
        FileMissing: the recipe is not there.
    """
    demand(Act.PAGES, document, who)
    left = undone(desk, document)
    if left is None:
        raise WrongStage(_NO_STEP_ON)
    recipe, file = left
    change = replace(back_to_reading(document, recipe, (file,)), what="pages_redone",
                     why=f"Lên phiên bản trang {recipe.version}.")
    if recipe.act in _APART:
        change = replace(change, born=_all_let_go(desk, recipe))
    elif recipe.act in _TOGETHER:
        change = replace(change, along=_all_taken_back(desk, document, recipe, who))
    return desk.store.record(document, change, who=who.login)


def undone(desk: Desk, document: Document) -> tuple[Recipe, FileRef] | None:
    """The recipe that was stepped back from last, and its file; None where the newest recipe is an act's own.

    Raises:
        FileMissing: a recipe is not there.
    """
    now = recipe_file(document)
    for file in reversed(document.files if now is not None else ()):
        if file.role is Role.RECIPE and now is not None:
            recipe = read_recipe(file, desk.vault)
            if recipe.before == now.sha256:
                return recipe, file
    return None


def _all_taken_back(desk: Desk, document: Document, recipe: Recipe, who: Person) -> tuple[tuple[Document, Change], ...]:
    return tuple(_taken_back(desk, document, one, who) for one in recipe.others)


def _all_let_go(desk: Desk, recipe: Recipe) -> tuple[Document, ...]:
    return tuple(_let_go(desk, one) for one in recipe.others)


def _taken_back(desk: Desk, document: Document, sha256: str, who: Person) -> tuple[Document, Change]:
    """The paper with these pages ends; only while nobody has done anything to them."""
    for one in desk.store.kin.holders(sha256):
        file = recipe_file(one)
        if file is not None and file.sha256 == sha256 and Act.PAGES in offered(one, who) and not one.register_number:
            reason = f"Đã nhập lại vào văn bản {document.id}."
            return one, ending(MERGED, reason)
    raise WrongStage(_GONE_ON)


def _let_go(desk: Desk, sha256: str) -> Document:
    """The paper that was taken in, as it stood then."""
    ended = next((one for one in desk.store.kin.holders(sha256) if one.stage is Stage.REJECTED), None)
    if ended is None:
        raise FileMissing
    recipe = read_recipe(sha256, desk.vault)
    own = next(file for file in ended.files if file.role is Role.RECIPE and file.sha256 == sha256)
    return replace(child(ended, own, recipe.leaves, 2, kind=ended.kind or "scan"), name=ended.name)
