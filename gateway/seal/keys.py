"""Who holds the key and how it is used, as the settings say."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from functools import partial

from gateway.errors import BadSettings
from gateway.seal.looks import HERE, Looks
from gateway.seal.mark import MarkStyle
from gateway.seal.pins import pin_asked, pin_in
from gateway.seal.pkcs11 import Pkcs11Signer, TokenSettings
from gateway.seal.plan import SealPlan, Vgca
from gateway.seal.port import DeskProgram, Seal, Signer
from gateway.seal.practice import Practice
from gateway.seal.signers import open_signer
from gateway.seal.trust import Trust, load_trust


def open_key(plan: SealPlan) -> Signer | None:
    """The signer; None where nothing is sealed, or by a program at the desk.  A token may be put in later.

    Raises:
        KeyUnavailable: no such file, or its passphrase does not fit.
        BadSettings: a time stamp is wanted and no service named.
    """
    practice = practice_of(plan)
    if plan.kind in ("none", "vgca"):
        return None
    if plan.kind == "pkcs12":
        return open_signer(plan.file, plan.passphrase_file, practice, pss=plan.pss)
    token = TokenSettings(
        library=plan.module,
        label=plan.token,
        key=plan.key,
        certificates=plan.certificate if plan.certificate.is_file() else None,
        pss=plan.pss,
    )
    pin = pin_asked(plan.pin_file) if plan.ask_pin else pin_in(plan.pin_file)
    return Pkcs11Signer(token, pin, practice)


def seal_of(plan: SealPlan, style: MarkStyle | None = None, looks: Looks = HERE, *,
            unchecked: Container[str] = ()) -> Seal:
    """What puts seals on, with the mark's open points; `looks` looks at files before and after, `unchecked` holds the
    bodies that a certificate need not name (plan.unchecked).

    Raises:
        BadSettings: see practice_of.
    """
    from gateway.seal.pades import PadesSeal

    return PadesSeal(style, practice_of(plan), unchecked=unchecked, looks=looks)


def trust_of(plan: SealPlan) -> Trust:
    """Whom the office trusts when it judges signatures of others, as the folder says now.

    Raises:
        BadSettings: a file there cannot be read.
    """
    return load_trust(plan.trust, old_algorithms=plan.old_signatures)


def program_of(plan: SealPlan, vgca: Vgca, style: MarkStyle, looks: Looks = HERE) -> DeskProgram | None:
    """The program at the sealer's desk; None where the key is within our own reach.

    Raises:
        BadSettings: see practice_of.
    """
    if plan.kind != "vgca":
        return None
    from gateway.seal.vgca import VgcaProgram

    return VgcaProgram(vgca, practice_of(plan), style, any_body=plan.any_body, looks=looks)


def stamps_of(plan: SealPlan) -> Practice:
    """How hashes that are no seals are stamped: by the service that is named, whatever the level of the seals.

    Raises:
        BadSettings: see practice_of.
    """
    return replace(practice_of(plan), stamp_url=plan.stamp_url)


def practice_of(plan: SealPlan) -> Practice:
    """How the office seals.

    Raises:
        BadSettings: a time stamp is wanted and no service named.
    """
    if plan.level != "B-B" and not plan.stamp_url:
        raise BadSettings(f'seal.level = "{plan.level}" cần dấu thời gian. Hãy khai báo seal.stamp_url.')
    return Practice(
        trust=partial(load_trust, plan.trust),
        level=plan.level,
        stamp_url=plan.stamp_url if plan.level != "B-B" else "",
        login_file=plan.stamp_login_file if plan.stamp_login_file.is_file() else None,
        timeout_s=plan.stamp_timeout_s,
        ask_issuer=plan.ask_issuer or plan.level in ("B-LT", "B-LTA"),
        later=plan.stamp_trouble == "later",
        clock_limit_s=plan.clock_limit_s,
    )
