"""Settings of the vault: where the files lie."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gateway.errors import BadSettings


@dataclass(frozen=True, slots=True)
class VaultPlan:
    """A folder below the data folder, or a bucket of an object store that speaks S3."""

    kind: str = "folder"
    """ "folder" or "s3"."""
    endpoint: str = ""
    """For kind "s3": address of the object store, "https://..."."""
    bucket: str = ""
    prefix: str = ""
    """Objects are named <prefix>ab/cd/<sha256>."""
    region: str = "us-east-1"
    access_key_file: Path = Path("secrets/s3-access-key.txt")
    secret_key_file: Path = Path("secrets/s3-secret-key.txt")
    ca_file: Path = Path("secrets/s3-ca.pem")
    """Certificates of the authority behind the endpoint's TLS; while it is not there, those of the system."""
    timeout_s: float = 20.0
    """For connecting, and again for each silence while reading."""
    tries: int = 4
    """Of one request, with growing pauses, before the door or the step tries later."""
    path_style: bool = True
    """The bucket stands in the path, as MinIO has it; false: in the name of the host."""
    near_minutes: float = 15.0
    """Copies of objects lie in the data folder for so long after their last use, then they are overwritten."""


def check_vault(plan: VaultPlan) -> None:
    """Refuses what cannot be.

    Raises:
        BadSettings: names the key.
    """
    if plan.kind != "s3":
        return
    address = urlsplit(plan.endpoint)
    if address.scheme not in ("http", "https") or not address.hostname or address.username:
        raise BadSettings(f'vault.endpoint = "{plan.endpoint}" phải có dạng "https://máy-chủ". Hãy sửa tệp cấu hình.')
    if not plan.bucket:
        raise BadSettings('vault.kind = "s3" cần vault.bucket. Hãy ghi tên bucket.')
    if plan.timeout_s <= 0 or plan.tries < 1 or plan.near_minutes <= 0:
        raise BadSettings("vault.timeout_s, vault.tries, vault.near_minutes phải lớn hơn 0. Hãy sửa tệp cấu hình.")
