"""Recipes: whatever is done to pages, none is lost, and every step back leads exactly to where one was."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import recipe
from gateway.recipe import Leaf, Recipe

ONE, TWO = "a" * 64, "b" * 64
Leaves = tuple[Leaf, ...]


def act(leaves: Leaves, what: str, place: int, to: int) -> Leaves:
    place %= len(leaves)
    if what == "turn":
        return recipe.turned(leaves, place, 90 * (to % 4), seen=180)
    if what == "drop":
        return recipe.dropped(leaves, place)
    return recipe.restored(leaves, place) if what == "restore" else recipe.moved(leaves, place, to)


acts = st.lists(st.tuples(st.sampled_from(["turn", "drop", "restore", "move", "cut", "merge", "fold"]),
                          st.integers(0, 30), st.integers(-3, 30)), max_size=25)


def page_of(leaf: Leaf) -> tuple[str, int]:
    return leaf.sha256, leaf.index


@given(acts, st.integers(1, 8), st.integers(1, 8))
def test_every_page_of_every_scan_stays_reachable(done: list[tuple[str, int, int]], first: int, second: int) -> None:
    papers = [recipe.whole(ONE, first).leaves, recipe.whole(TWO, second).leaves]
    every = sorted(page_of(leaf) for paper in papers for leaf in paper)
    for what, place, to in done:
        at = to % len(papers)
        if what == "cut":
            papers[at:at + 1] = recipe.cut(papers[at], [place % (len(papers[at]) + 1)])
        elif what in ("merge", "fold") and len(papers) > 1:
            one, other = papers[at], papers.pop(at - 1) if at else papers.pop(1)
            folds = what == "fold" and len(one) == len(other)
            papers[papers.index(one)] = recipe.interleaved(one, other) if folds else (*one, *other)
        elif what not in ("merge", "fold"):
            papers[at] = act(papers[at], what, place, to)
        assert sorted(page_of(leaf) for paper in papers for leaf in paper) == every
        assert all(any(not leaf.dropped for leaf in paper) for paper in papers), "no paper is ever empty"


@given(acts, st.integers(1, 8))
def test_the_way_back_leads_through_the_same_recipes(done: list[tuple[str, int, int]], pages: int) -> None:
    made = [recipe.whole(ONE, pages)]
    for version, (what, place, to) in enumerate(done, 1):
        leaves = act(made[-1].leaves, what if what in ("turn", "drop", "restore") else "move", place, to)
        made.append(Recipe(leaves=leaves, version=version, before=str(version - 1), act="edit"))
    written = [recipe.recipe_to_json(one) for one in made]
    assert len(set(written)) == len(written), "each version is a file of its own"
    assert [recipe.recipe_from_json(one) for one in written] == made


@given(st.integers(1, 9))
def test_fronts_and_reversed_backs_become_sheets(sheets: int) -> None:
    fronts, backs = recipe.whole(ONE, sheets).leaves, recipe.whole(TWO, sheets).leaves
    folded = recipe.interleaved(fronts, backs)
    assert folded[::2] == fronts
    assert folded[1::2] == tuple(reversed(backs))
    with pytest.raises(ValueError):
        recipe.interleaved(fronts, backs[1:] if sheets > 1 else ())


@given(st.lists(st.sampled_from(["", "", "blank", "separator", "opening"]), min_size=1, max_size=12))
def test_a_surveyed_stack_keeps_all_its_pages_in_order(codes: list[str]) -> None:
    parts = recipe.surveyed(recipe.whole(ONE, len(codes)).leaves, codes)
    assert [leaf.index for part in parts for leaf in part] == list(range(len(codes)))
    assert all(any(not leaf.dropped for leaf in part) for part in parts)


def test_separators_begin_a_paper_and_blank_backs_stay_with_theirs() -> None:
    codes = ["separator", "", "blank", "separator", "blank", "", "", "separator"]
    first, second = recipe.surveyed(recipe.whole(ONE, len(codes)).leaves, codes)
    assert [(leaf.index, leaf.dropped) for leaf in first] == [(0, "separator"), (1, ""), (2, "blank")]
    assert [leaf.index for leaf in second] == [3, 4, 5, 6, 7]
    assert [leaf.index for leaf in second if not leaf.dropped] == [5, 6]


def test_what_is_no_recipe_is_refused() -> None:
    for data in (b"", b"[]", b"{}", b'{"format": 9}', b'{"format":1,"leaves":[["a"]]}', b"\xff"):
        with pytest.raises(ValueError):
            recipe.recipe_from_json(data)


def test_the_machines_turn_counts_until_a_person_has_said_otherwise() -> None:
    leaves = recipe.whole(ONE, 1).leaves
    once = recipe.turned(leaves, 0, 90, seen=180)
    assert once[0].turn == 270
    assert recipe.turned(once, 0, 90, seen=180)[0].turn == 0
