"""sides: the sheets of a double-sided scan that came as two files, fronts and backs, one after the other again.

The stack was turned over for its second side, so the backs come in reverse.  Nothing is left out where the counts
differ: the paper is held with all its pages, fronts first.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.document import Change, FileRef, Held
from gateway.recipe import Recipe, interleaved, whole
from gateway.store.recipes import keep_recipe, recipe_hash
from gateway.store.vault import Vault

_UNEVEN = ("Mặt trước có {fronts} trang, mặt sau có {backs} trang nên máy không xen được; không trang nào bị bỏ. "
           "Hãy sắp xếp trang bằng tay rồi áp dụng, hoặc đề nghị quét lại mặt thiếu.")
_UNFIT = ("Một trong hai tệp mặt trước, mặt sau không phải bản quét nên máy không xen được; cả hai bản gốc được giữ. "
          "Hãy tải tệp về, từ chối văn bản này rồi thả lại từng tệp với tên không có đuôi mặt trước, mặt sau.")


def fold(front: FileRef, back: FileRef, survey: Callable[[Path], Sequence[str]],
         vault: Vault) -> tuple[list[Recipe], tuple[str, ...]] | Change:
    """The recipes that lead from two files to sheets, and what the survey says of each page then; or a hold.

    Raises:
        OcrError: a file cannot be opened.
        FileMissing, VaultError: the vault.
    """
    fronts, backs = (tuple(survey(vault.path(file))) for file in (front, back))
    if not fronts or not backs:
        return Change(what="held", why=_UNFIT, held=Held("sides_unfit", _UNFIT))
    mine, theirs = whole(front.sha256, len(fronts)).leaves, whole(back.sha256, len(backs)).leaves
    came = Recipe(leaves=(*mine, *theirs), act="sides")
    if len(fronts) != len(backs):
        said = _UNEVEN.format(fronts=len(fronts), backs=len(backs))
        return Change(what="held", why=said, held=Held("sides_uneven", said), files=(keep_recipe(came, vault),),
                      kind="scan", pages=len(came.leaves))
    folded = Recipe(leaves=interleaved(mine, theirs), version=1, before=recipe_hash(came), act="collate")
    codes = tuple(code for pair in zip(fronts, reversed(backs), strict=True) for code in pair)
    return [came, folded], codes
