"""A bucket of an object store that speaks S3 (MinIO and its like): objects by SHA-256, each read back after it was put.

Names are hashes, so that a put that is repeated after a lost answer, or that another machine has done meanwhile, does
no harm.  A server that keeps SHA-256 checksums is asked for them; from any other the object is read whole.
"""
from __future__ import annotations

import base64
import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from gateway.errors import BucketDown, FileMissing

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

log = logging.getLogger(__name__)
_CHUNK = 1 << 20
_SWEEPS = 20
"""A thousand versions are told at a time; more of one file come only from a mistake."""
_ABSENT = ("404", "NoSuchKey", "NotFound")
_THERE = ("412", "PreconditionFailed", "409", "ConditionalRequestConflict")
_NO_CONDITIONS = ("501", "NotImplemented")


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPlan:
    """Where the bucket is and how it is spoken to."""

    endpoint: str
    bucket: str
    access_key: str
    secret_key: str
    prefix: str = ""
    region: str = "us-east-1"
    ca_file: Path | None = None
    """None: the system's authorities."""
    timeout_s: float = 20.0
    tries: int = 4
    path_style: bool = True


class Bucket:
    """put-if-absent, read back, fetch, erase.  Every method may raise BucketDown: nothing is known, try later."""

    def __init__(self, plan: BucketPlan) -> None:
        """Makes the client; nothing is asked yet."""
        self._plan = plan
        self._client = _client(plan)

    def keep(self, sha256: str, path: Path) -> None:
        """Puts the file unless it is there; on return the store has given its hash back.

        Raises:
            BucketDown: it is not there, or not for sure.
        """
        if self.sound(sha256):
            return
        for if_absent in (True, False):  # the second time over an object that is there and is not right
            self._put(sha256, path, if_absent=if_absent)
            if self.sound(sha256):
                return
            log.error("- vault_file_damaged sha256=%s", sha256)
        raise BucketDown("Kho S3 trả lại tệp khác với tệp đã gửi. Hãy kiểm tra máy chủ S3.")

    def has(self, sha256: str) -> bool:
        """Is there an object of that name?"""
        return self._head(sha256) is not None

    def sound(self, sha256: str) -> bool:
        """Is it there, with the bytes of its name?  By the server's checksum, or by reading all of it."""
        head = self._head(sha256)
        if head is None:
            return False
        if told := head.get("ChecksumSHA256"):
            return bool(told == _in_base64(sha256))
        try:
            return self.digest(sha256) == sha256
        except FileMissing:
            return False

    def digest(self, sha256: str) -> str:
        """SHA-256 of the bytes as the store gives them now, all read.

        Raises:
            FileMissing: there is no such object.
        """
        found = hashlib.sha256()
        for chunk in self._chunks(sha256):
            found.update(chunk)
        return found.hexdigest()

    def fetch(self, sha256: str, out: BinaryIO) -> None:
        """Writes the bytes.

        Raises:
            FileMissing: there is no such object, or it has other bytes.
        """
        found = hashlib.sha256()
        for chunk in self._chunks(sha256):
            found.update(chunk)
            out.write(chunk)
        if found.hexdigest() != sha256:
            log.error("- vault_file_damaged sha256=%s", sha256)
            raise FileMissing("Tệp trong kho S3 bị đổi. Hãy chạy vanthu restore --damaged.")

    def erase(self, sha256: str) -> None:
        """Removes the object with all its versions, those too from before versions were kept; unknown is no error.

        The store frees the room when it likes: nothing is overwritten.
        """
        key = self._key(sha256)
        with self._talk():
            for _ in range(_SWEEPS):
                versions = self._versions(key)
                for version in versions:
                    self._client.delete_object(Bucket=self._plan.bucket, Key=key, VersionId=version)
                if not versions:
                    break
            # Where no versions are told; the mark that this leaves where they are kept goes too.
            if self._head(sha256) is not None:
                self._client.delete_object(Bucket=self._plan.bucket, Key=key)
                for version in self._versions(key):
                    self._client.delete_object(Bucket=self._plan.bucket, Key=key, VersionId=version)
            left = self._head(sha256) is not None or self._versions(key)
        if left:
            raise BucketDown("Kho S3 không xóa tệp. Hãy kiểm tra quyền xóa và khóa đối tượng của bucket.")

    def check(self) -> bool:
        """Does the bucket answer and may we in?  True when it keeps versions; these must be open to us too."""
        from botocore.exceptions import ClientError

        with self._talk():
            self._client.head_bucket(Bucket=self._plan.bucket)
        try:
            kept = bool(self._client.get_bucket_versioning(Bucket=self._plan.bucket).get("Status"))
        except ClientError:
            return False  # a store without versions need not know the question, nor may our key ask it
        if kept:
            with self._talk():
                self._versions(self._key("0" * 64))
        return kept

    def locks(self) -> bool:
        """Does the bucket lock objects, so that for a time nobody can remove them?"""
        from botocore.exceptions import ClientError

        try:
            told = self._client.get_object_lock_configuration(Bucket=self._plan.bucket)
        except ClientError:
            return False  # has none, or does not know the question
        return bool(told.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled"))

    def _put(self, sha256: str, path: Path, *, if_absent: bool) -> None:
        from botocore.exceptions import ClientError

        wish: dict[str, Any] = {"Bucket": self._plan.bucket, "Key": self._key(sha256),
                                "ChecksumSHA256": _in_base64(sha256), "ContentType": "application/octet-stream"}
        with self._talk(), path.open("rb") as body:
            try:
                self._client.put_object(Body=body, **wish, **({"IfNoneMatch": "*"} if if_absent else {}))
            except ClientError as error:
                if _is(error, _THERE):
                    return  # a lost answer, or another machine
                if not (if_absent and _is(error, _NO_CONDITIONS)):
                    raise
                body.seek(0)
                self._client.put_object(Body=body, **wish)

    def _head(self, sha256: str) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError

        with self._talk():
            try:
                found: dict[str, Any] = self._client.head_object(Bucket=self._plan.bucket, Key=self._key(sha256),
                                                                 ChecksumMode="ENABLED")
            except ClientError as error:
                if _is(error, _ABSENT):
                    return None
                raise
        return found

    def _chunks(self, sha256: str) -> Iterator[bytes]:
        from botocore.exceptions import ClientError

        with self._talk():
            try:
                answer = self._client.get_object(Bucket=self._plan.bucket, Key=self._key(sha256))
            except ClientError as error:
                if _is(error, _ABSENT):
                    raise FileMissing from error
                raise
            with closing(answer["Body"]) as body:
                yield from body.iter_chunks(_CHUNK)

    def _versions(self, key: str) -> Sequence[str]:
        from botocore.exceptions import ClientError

        try:
            answer = self._client.list_object_versions(Bucket=self._plan.bucket, Prefix=key)
        except ClientError as error:
            if _is(error, _NO_CONDITIONS):
                return ()
            raise
        found = [*answer.get("Versions", ()), *answer.get("DeleteMarkers", ())]
        return [one["VersionId"] for one in found if one["Key"] == key]

    def _key(self, sha256: str) -> str:
        return f"{self._plan.prefix}{sha256[:2]}/{sha256[2:4]}/{sha256}"

    @contextmanager
    def _talk(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            log.warning("- bucket_refused operation=%s code=%s", error.operation_name, code)
            raise BucketDown(f"Kho S3 từ chối ({code}). Hãy kiểm tra vault.bucket, quyền của khóa truy cập; "
                             "hệ thống sẽ tự thử lại.") from error
        except BotoCoreError as error:
            log.warning("- bucket_down error=%s", type(error).__name__)
            raise BucketDown from error


def _client(plan: BucketPlan) -> Any:
    from botocore.config import Config
    from botocore.session import Session

    session = Session()
    for name in ("config_file", "credentials_file"):  # nothing but our settings is asked
        session.set_config_variable(name, os.devnull)
    config = Config(
        signature_version="s3v4", s3={"addressing_style": "path" if plan.path_style else "virtual"},
        connect_timeout=plan.timeout_s, read_timeout=plan.timeout_s, proxies={}, max_pool_connections=16,
        retries={"mode": "standard", "total_max_attempts": plan.tries},
        # We send SHA-256 ourselves; trailing CRCs are not understood by older servers.
        request_checksum_calculation="when_required", response_checksum_validation="when_required")
    return session.create_client(
        "s3", region_name=plan.region, endpoint_url=plan.endpoint, aws_access_key_id=plan.access_key,
        aws_secret_access_key=plan.secret_key, config=config, verify=str(plan.ca_file) if plan.ca_file else None)


def _is(error: ClientError, codes: Sequence[str]) -> bool:
    return (error.response.get("Error", {}).get("Code", "") in codes
            or str(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")) in codes)


def _in_base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()
