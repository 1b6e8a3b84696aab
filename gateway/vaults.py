"""Which vault the settings ask for."""
from __future__ import annotations

from pathlib import Path

from gateway.errors import BadSettings
from gateway.settings import Settings
from gateway.store.bucket import Bucket, BucketPlan
from gateway.store.bucket_vault import BucketVault
from gateway.store.vault import Vault


def open_vault(settings: Settings) -> Vault:
    """The vault of these settings.

    Raises:
        BadSettings: the keys of the bucket are not there.
        VaultError: its folder cannot be made.
    """
    return vault_in(settings, settings.data / "vault")


def vault_in(settings: Settings, folder: Path) -> Vault:
    """The same, over another folder: for a restore."""
    if settings.vault.kind == "folder":
        return Vault(folder)
    return BucketVault(folder, open_bucket(settings), near_s=60 * settings.vault.near_minutes)


def open_bucket(settings: Settings) -> Bucket:
    """The bucket alone.

    Raises:
        BadSettings: its keys are not there.
    """
    plan = settings.vault
    return Bucket(BucketPlan(
        endpoint=plan.endpoint, bucket=plan.bucket, access_key=_key("access_key_file", plan.access_key_file),
        secret_key=_key("secret_key_file", plan.secret_key_file), prefix=plan.prefix, region=plan.region,
        ca_file=plan.ca_file if plan.ca_file.exists() else None, timeout_s=plan.timeout_s, tries=plan.tries,
        path_style=plan.path_style))


def _key(name: str, file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except OSError as error:
        raise BadSettings(f"Không đọc được {file}. Hãy ghi khóa của kho S3 vào đó (vault.{name}).") from error
