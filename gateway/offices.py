"""Who seals with which key: the office itself, and the units served here that have their own key (R-104, R-105)."""
from __future__ import annotations

from collections.abc import Mapping

from gateway.exchange.port import Body
from gateway.review.desk import Office
from gateway.seal.keys import open_key, program_of
from gateway.seal.looks import HERE, Looks
from gateway.seal.plan import plan_of
from gateway.seal.port import Signer
from gateway.settings import Settings


def offices_of(settings: Settings, home: Body, signer: Signer | None, looks: Looks = HERE) -> Mapping[str, Office]:
    """Unit code to Office; `signer` holds the office's own key, `looks` looks at what is sealed at desks.

    Raises:
        KeyUnavailable, BadSettings: a unit's key cannot be opened (gateway.seal.keys.open_key).
    """
    found = {home.code: Office(home, settings.unit.place, signer,
                               program_of(settings.seal, settings.vgca, settings.mark, looks))}
    for one in settings.seal_unit:
        plan = plan_of(settings.seal, one)
        found[one.unit] = Office(Body(one.unit, one.name), one.place, open_key(plan),
                                 program_of(plan, settings.vgca, settings.mark, looks))
    return found
