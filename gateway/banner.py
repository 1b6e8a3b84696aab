"""What `vanthu run` says when it stands ready."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.first_run import Welcome


@dataclass(frozen=True, slots=True)
class Ready:
    """What there is to tell."""

    address: str
    welcome: Welcome
    drop: Path | None
    sample: Path | None
    rehearsal: bool
    """Sealed with a rehearsal key, sent to the sandbox: nothing here has legal force."""


def banner(ready: Ready) -> str:
    """Vietnamese first, English second."""
    lines = ["", f"  Trang làm việc / desk:     {ready.address}"]
    if ready.welcome.login:
        lines.append(f"  Đăng nhập / log in:        {ready.welcome.login} / {ready.welcome.password}")
        lines.append(f"                             ({ready.welcome.password_file})")
    if ready.drop:
        lines.append(f"  Thư mục máy quét / drop:   {ready.drop}")
    if ready.sample:
        lines.append(f"  Bản quét mẫu / sample:     {ready.sample.name}")
    if ready.rehearsal:
        lines.append("  Diễn tập: chữ ký và trục liên thông ở đây không có giá trị pháp lý.")
        lines.append("  Rehearsal: signature and interchange here have no legal force.")
    if ready.drop:
        lines += ["", "  Hãy thả một bản quét vào thư mục trên. / Drop a scan here."]
    lines += ["  Dừng: Ctrl+C. / Stop: Ctrl+C.", ""]
    return "\n".join(lines)
