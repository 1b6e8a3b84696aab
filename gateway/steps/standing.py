"""Where a Document stands with one receiver: the legal order of its words (R-144).

    ""  ─01→  01  ─03→  03  ─04→  04  ─05→  05  ─06→  06    a later word may come first, an earlier one changes nothing
    "" or 01  ─02→  02 (refused)  ─03..06→  taken in all the same
    any, when asked back:  ─15→  15 (given back, the end)    any but 02:  ─16→  16 (kept)  ─03..06→  goes on

Everything that was said stays in the receipts; nothing here ever fails.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gateway.document import Receipt, Recipient, Stage

ARRIVED, REFUSED, REGISTERED = "01", "02", "03"
ASKED_BACK, TAKEN_BACK, KEPT = "13", "15", "16"
IN_HAND = ("03", "04", "05", "06")
"""Words of a receiver that has registered the Document."""
_CHAIN = (ARRIVED, *IN_HAND)

FOLLOWS: Mapping[str, frozenset[str]] = {
    "": frozenset({*_CHAIN, REFUSED, TAKEN_BACK, KEPT}),
    ARRIVED: frozenset({*IN_HAND, REFUSED, TAKEN_BACK, KEPT}),
    REFUSED: frozenset({*IN_HAND, TAKEN_BACK}),
    **{code: frozenset({*IN_HAND[place + 1:], TAKEN_BACK, KEPT}) for place, code in enumerate(IN_HAND)},
    KEPT: frozenset({*IN_HAND, TAKEN_BACK}),
    TAKEN_BACK: frozenset(),
}
"""What changes the standing, by the standing; 15 and 16 only where the Document was asked back."""


def heard(recipient: Recipient, receipt: Receipt, *, asked: bool) -> Recipient:
    """The receiver after its word; `asked`: we have asked for the Document back.

    A word that changes nothing leaves its reason all the same when it is the same word again, or an answer to an
    update.
    """
    answer = receipt.code in (TAKEN_BACK, KEPT)
    if receipt.code in FOLLOWS.get(recipient.state, frozenset()) and (asked or not answer):
        return replace(recipient, state=receipt.code, note=receipt.reason, at=receipt.at)
    if receipt.reason and (receipt.code == recipient.state or answer and not asked):
        return replace(recipient, note=receipt.reason, at=receipt.at)
    return recipient


def stage_after(stage: Stage, recipients: Iterable[Recipient], receipt: Receipt) -> Stage | None:
    """Where the Document goes when a receiver has said something, or None when it stays."""
    states = [to.state for to in recipients]
    if stage is Stage.SENT:
        if any(state in IN_HAND for state in states):
            return Stage.DELIVERED
        return Stage.REFUSED if states and all(state == REFUSED for state in states) else None
    if stage is Stage.RECALLING:
        if receipt.code == KEPT:  # one keeps it: it cannot be taken back any more
            return Stage.DELIVERED
        # One that has refused it has nothing to give back: when nobody holds it any more, it is back.
        return Stage.RECALLED if states and all(state in (TAKEN_BACK, REFUSED) for state in states) else None
    return None
