"""Settings of the login service (OpenID Connect)."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from gateway.errors import BadSettings

ROLES = frozenset({"clerk", "sealer", "head", "auditor", "admin"})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Oidc:
    """Where people of the office log in, beside the desk's own passwords."""

    issuer: str = ""
    """Address of the service as it names itself; "" for none."""
    client_id: str = ""
    """Name of this gateway there."""
    secret_file: Path = Path("secrets/oidc")
    """Its secret there, readable by nobody else; without the file the gateway is a public client (PKCE alone)."""
    desk: str = ""
    """Address of the desk as browsers reach it; the service sends people back to `desk`/login/oidc/back."""
    label: str = ""
    """What the service is called on the button."""
    scopes: str = "openid profile"
    hosts: tuple[str, ...] = ()
    """The only hosts that are asked and that browsers are sent to; none means the issuer's own."""
    ca_file: Path = Path("oidc-ca.pem")
    """Certificates of the authority behind it; without the file those of the system."""
    timeout_s: float = 10.0
    clock_s: float = 60.0
    """The clocks may differ so much."""
    name_claim: str = ""
    """The claim that names the login here ("preferred_username"; "email" only when verified); "" means that only
    subjects which an administrator has tied get in."""
    name_domain: str = ""
    """Must stand behind "@" in that claim, and is cut off; "" takes the claim whole."""
    group_claim: str = ""
    """The claim with the groups ("groups")."""
    group_roles: tuple[str, ...] = ()
    """"group=role": of their roles here people then only have those that their groups name."""
    passwords: bool = True
    """Passwords of the desk open it too."""

    @property
    def roles_by_group(self) -> Mapping[str, frozenset[str]]:
        """Group to roles."""
        found: dict[str, frozenset[str]] = {}
        for line in self.group_roles:
            group, _, role = line.rpartition("=")
            found[group.strip()] = found.get(group.strip(), frozenset()) | {role.strip()}
        return found


def check_oidc(plan: Oidc) -> None:
    """Refuses what cannot be.

    Raises:
        BadSettings: names the key.
    """
    if not plan.issuer:
        if not plan.passwords:
            raise BadSettings("oidc.passwords = false mà chưa có oidc.issuer thì không ai đăng nhập được. "
                              "Hãy khai báo oidc.issuer.")
        return
    for name, address in (("issuer", plan.issuer), ("desk", plan.desk)):
        if not safe(urlsplit(address)):
            raise BadSettings(f'oidc.{name} = "{address}" phải là địa chỉ https (http chỉ cho máy này). '
                              "Hãy sửa tệp cấu hình.")
    if not plan.client_id or "openid" not in plan.scopes.split():
        raise BadSettings('oidc.client_id phải có và oidc.scopes phải gồm "openid". Hãy sửa tệp cấu hình.')
    if plan.timeout_s <= 0 or not 0 <= plan.clock_s <= 600:
        raise BadSettings("oidc.timeout_s phải lớn hơn 0, oidc.clock_s từ 0 đến 600. Hãy sửa tệp cấu hình.")
    if bool(plan.group_claim) != bool(plan.group_roles):
        raise BadSettings("oidc.group_claim và oidc.group_roles phải đi cùng nhau. Hãy sửa tệp cấu hình.")
    for line in plan.group_roles:
        group, _, role = line.rpartition("=")
        if not group.strip() or role.strip() not in ROLES:
            raise BadSettings(f'oidc.group_roles: "{line}" phải có dạng nhóm=vai trò, vai trò là một trong: '
                              f"{', '.join(sorted(ROLES))}. Hãy sửa tệp cấu hình.")


def safe(address: SplitResult) -> bool:
    """https, or http that never leaves this machine."""
    return bool(address.hostname) and (
        address.scheme == "https" or (address.scheme == "http" and address.hostname in _LOOPBACK))
