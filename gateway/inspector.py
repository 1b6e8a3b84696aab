"""Strangers' PDF signatures, PDF structure and XML are looked at in a process of its own, behind the fences of readers.

pyHanko, qpdf, poppler and libxml2 work there: a hole in them is a hole in a child that sees this one file.  A leg asks
`Inspector` and is tried again by the leg runner; desks and rounds ask `DeskLooks` and `twice`, which try once more at
once.  The process starts with the first question and goes when nobody has asked for a minute.
"""
from __future__ import annotations

import base64
import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar

from gateway import errors
from gateway.errors import BadMessage, ExchangeDown, GatewayError, SealError
from gateway.exchange.edxml_message import EdocMessage
from gateway.exchange.edxml_xml import MAX_BYTES
from gateway.exchange.port import StatusMessage
from gateway.plain_values import from_plain
from gateway.seal.additions import Addition
from gateway.seal.evidence import Witness
from gateway.seal.plan import SealPlan
from gateway.seal.report import Report
from gateway.seal.trust import trust_files
from ocr.errors import NotStarted, OcrError, ReaderCrashed, TimedOut
from ocr.pool import Pool, Program
from rules.facts import SignatureFact

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_T = TypeVar("_T")
TIME_LIMIT_S = 60.0
"""For one look; the largest real papers and messages take a few seconds."""
_REFUSALS = frozenset({"BadSettings", "SealError", "ReturnUnfit", "BadMessage"})
"""What these looks raise of the gateway's own errors."""
_WITH_BYTES = frozenset({"witness", "message"})
_LONGEST = 1000
_MOST_BYTES = 2 * MAX_BYTES
"""A message's files, unpacked, are at most half of that."""
_CRASHED = ("Chương trình kiểm tra tệp dừng đột ngột khi mở tệp này. "
            "Hệ thống sẽ thử lại; nếu vẫn lỗi, hãy đề nghị nơi gửi gửi lại tệp.")
_SLOW = ("Kiểm tra tệp này quá thời gian cho phép. "
         "Hệ thống sẽ thử lại; nếu vẫn lỗi, hãy đề nghị nơi gửi gửi lại tệp.")
_NOT_SEALED = ("Chương trình kiểm tra tệp dừng đột ngột hai lần khi mở bản số hóa hoặc tệp kèm theo nên chưa ký. "
               "Hãy mở tệp để kiểm tra; nếu tệp hỏng, hãy trả lại hoặc đề nghị nơi gửi gửi lại.")
_NOT_READ = ("Chương trình đọc gói tin dừng đột ngột hai lần khi mở gói này. "
             "Gói gốc vẫn được giữ; hãy báo nơi gửi gửi lại.")
_NO_PROCESS = ("Không khởi động được chương trình đọc gói tin. "
               "Hệ thống sẽ thử lại; nếu vẫn lỗi, hãy nhờ quản trị viên kiểm tra máy.")


class Inspector(Pool):
    """Looks at strangers' files.

    Every method raises what the function of its name does, and besides: ReaderCrashed when the process died at it,
    TimedOut when it took too long, NotStarted when there is none, TooLarge when it wanted too much memory.
    """

    program = Program("gateway.inspect_child", ("gateway", "mail", "ocr", "rules"))

    def verify(self, path: Path, plan: SealPlan | None = None) -> Report:
        """gateway.seal.verify.verify by whom the plan trusts; without a plan nobody is trusted."""
        return self._asked(Report, {"do": "verify", "path": str(path), **_trust(plan)})

    def signature_facts(self, path: Path) -> tuple[SignatureFact, ...]:
        """gateway.seal.verify.signature_facts."""
        return self._asked(tuple[SignatureFact, ...], {"do": "facts", "path": str(path)})

    def witness(self, path: Path, plan: SealPlan) -> Witness:
        """gateway.seal.evidence.witness by whom the plan trusts."""
        found: Witness = self._with_bytes(Witness, {"do": "witness", "path": str(path), **_trust(plan)})
        return found

    def read_message(self, raw: bytes) -> EdocMessage | StatusMessage:
        """gateway.exchange.edxml_read.read_message."""
        with tempfile.TemporaryDirectory(dir=self._scratch, prefix="message-") as folder:
            path = Path(folder) / "message"
            path.write_bytes(raw)
            found: EdocMessage | StatusMessage = self._with_bytes(
                EdocMessage | StatusMessage, {"do": "message", "path": str(path)})
            return found

    def rewritten(self, path: Path) -> bool:
        """gateway.oldfonts.rewritten: in place; False where nothing was to be rewritten."""
        out = path.with_name(f"{path.name}.rewritten")
        try:
            done = self._asked(bool, {"do": "rewritten", "path": str(path), "out": str(out)})
            if done:
                out.replace(path)
            return done
        finally:
            out.unlink(missing_ok=True)

    def sealable_part(self, path: Path) -> str:
        """gateway.seal.pdfa_gate.sealable_part."""
        return self._asked(str, {"do": "sealable_part", "path": str(path)})

    def ink_of(self, path: Path) -> NDArray[np.bool_]:
        """gateway.seal.corner.ink_of."""
        import numpy as np

        rows, columns, packed = self._asked(tuple[int, int, str], {"do": "ink", "path": str(path)})
        try:
            bits = np.unpackbits(np.frombuffer(base64.b64decode(packed), dtype=np.uint8))
            return bits[: rows * columns].reshape(rows, columns).astype(bool)
        except ValueError as error:
            raise ReaderCrashed(_CRASHED, detail="no picture of ink") from error

    def additions(self, given: Path, returned: Path) -> Addition:
        """gateway.seal.additions.additions."""
        return self._asked(Addition, {"do": "additions", "path": str(given), "files": [str(returned)]})

    def archival(self, path: Path, out: Path) -> bool:
        """gateway.seal.pdfa_gate.archival; an empty file lies at `out` where that cannot be had."""
        return self._asked(bool, {"do": "archival", "path": str(path), "out": str(out)})

    def with_message(self, source: Path, message: bytes, out: Path, *, at: dt.datetime) -> None:
        """gateway.seal.associated.with_message."""
        text = base64.b64encode(message).decode()
        self._asked(NoneType, {"do": "embed", "path": str(source), "out": str(out), "message": text,
                               "at": at.isoformat()})

    def _with_bytes(self, kind: Any, task: dict[str, Any]) -> Any:
        with tempfile.TemporaryDirectory(dir=self._scratch, prefix="inspect-") as folder:
            return self._asked(kind, task | {"out": str(Path(folder) / "beside")})

    def _asked(self, kind: type[_T], task: dict[str, Any]) -> _T:
        try:
            found = self.submit(task, made=lambda raw: _told(kind, raw, task)).result()
        except NotStarted:
            raise
        except ReaderCrashed as error:
            raise ReaderCrashed(_CRASHED, detail=error.detail) from error
        except TimedOut as error:
            raise TimedOut(_SLOW, detail=error.detail) from error
        if isinstance(found, GatewayError):
            raise found
        value: _T = found
        return value


def _told(kind: type[_T], raw: Any, task: dict[str, Any]) -> _T | GatewayError:
    """The value, or what the look refused with.  Raises ValueError for anything else."""
    match raw:
        case {"refused": [str(name), str(said)]} if name in _REFUSALS:
            return _refusal(name)(said[:_LONGEST])
        case {"value": value}:
            return from_plain(kind, value, _beside(Path(task["out"])) if task["do"] in _WITH_BYTES else b"")
    raise ValueError("neither a value nor a refusal")


def _beside(file: Path) -> bytes:
    if file.stat().st_size > _MOST_BYTES:
        raise ValueError("more bytes than any message has")
    return file.read_bytes()


def _refusal(name: str) -> type[GatewayError]:
    found: type[GatewayError] = getattr(errors, name)
    return found


def _trust(plan: SealPlan | None) -> dict[str, Any]:
    files = [str(file.absolute()) for file in trust_files(plan.trust)] if plan else []
    return {"files": files, "old_algorithms": plan.old_signatures if plan else True}


class DeskLooks:
    """The port Looks of desks, where a person waits: what died is tried once more at once, then told.

    Every method raises SealError where the process died twice, took too long twice, or cannot be had.
    """

    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector

    def sealable_part(self, path: Path) -> str:
        """See the port."""
        return _seen(lambda: self._inspector.sealable_part(path))

    def verify(self, path: Path) -> Report:
        """See the port."""
        return _seen(lambda: self._inspector.verify(path))

    def witness(self, path: Path, plan: SealPlan) -> Witness:
        """See Inspector."""
        return _seen(lambda: self._inspector.witness(path, plan))

    def ink_of(self, path: Path) -> NDArray[np.bool_]:
        """See the port."""
        return _seen(lambda: self._inspector.ink_of(path))

    def additions(self, given: Path, returned: Path) -> Addition:
        """See the port."""
        return _seen(lambda: self._inspector.additions(given, returned))

    def archival(self, path: Path, out: Path) -> bool:
        """See the port."""
        return _seen(lambda: self._inspector.archival(path, out))

    def with_message(self, source: Path, message: bytes, out: Path, *, at: dt.datetime) -> None:
        """See the port."""
        _seen(lambda: self._inspector.with_message(source, message, out, at=at))


def _seen(look: Callable[[], _T]) -> _T:
    try:
        return twice(look, SealError(_NOT_SEALED))
    except NotStarted as error:
        raise SealError(str(error)) from error


def message_reader(inspector: Inspector) -> Callable[[bytes], EdocMessage | StatusMessage]:
    """Reads messages for rounds, which know BadMessage and ExchangeDown.

    A message at which the process died twice is a bad one; where no process can be had, the round comes again.
    """
    def read(raw: bytes) -> EdocMessage | StatusMessage:
        try:
            return twice(lambda: inspector.read_message(raw), BadMessage(_NOT_READ))
        except NotStarted as error:
            raise ExchangeDown(_NO_PROCESS) from error

    return read


def twice(look: Callable[[], _T], trouble: GatewayError) -> _T:
    """The look, once more where the process died or took too long; then the trouble.

    Raises:
        NotStarted: there is no process.
    """
    for last in (False, True):
        try:
            return look()
        except NotStarted:
            raise
        except OcrError as error:
            if last or not error.temporary:
                raise trouble from error
    raise AssertionError("the second look returns or raises")
