"""Who holds the key, as the settings say."""

from __future__ import annotations

from gateway.errors import BadSettings
from gateway.seal.pkcs11 import TokenSettings, open_token
from gateway.seal.plan import SealPlan
from gateway.seal.port import Signer
from gateway.seal.signers import open_signer
from gateway.seal.stamping import Stamping
from gateway.seal.trust import load_trust


def open_key(plan: SealPlan) -> Signer | None:
    """The signer; None where nothing is sealed.

    Raises:
        KeyUnavailable: no such file, token or certificate; the passphrase of a file does not fit.
        BadSettings: the trust folder cannot be read, or a time stamp is wanted and no service named.
    """
    if plan.kind == "none":
        return None
    trust, stamping = load_trust(plan.trust), stamping_of(plan)
    if plan.kind == "pkcs12":
        return open_signer(plan.file, plan.passphrase_file, trust=trust, stamping=stamping, pss=plan.pss)
    token = TokenSettings(
        library=plan.module,
        label=plan.token,
        key=plan.key,
        certificates=plan.certificate if plan.certificate.is_file() else None,
        pss=plan.pss,
    )
    return open_token(token, plan.pin_file, trust=trust, stamping=stamping)


def stamping_of(plan: SealPlan) -> Stamping:
    """Where time stamps come from.

    Raises:
        BadSettings: one is wanted and no service named.
    """
    if plan.level == "B-B":
        return Stamping()
    if not plan.stamp_url:
        raise BadSettings(f'seal.level = "{plan.level}" cần dấu thời gian. Hãy khai báo seal.stamp_url.')
    return Stamping(
        url=plan.stamp_url,
        timeout_s=plan.stamp_timeout_s,
        password_file=plan.stamp_login_file if plan.stamp_login_file.is_file() else None,
    )
