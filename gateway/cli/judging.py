"""`vanthu verify FILE...` and `vanthu verify --document ID`: the report on signatures, now or as it was judged then."""
from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from gateway.cli.opened import Opened, show_json
from gateway.document import Role
from gateway.errors import BadSettings, FileMissing
from gateway.seal.report import Report, report_as_json
from gateway.settings import Settings


def judge_files(arguments: argparse.Namespace) -> int:
    """Prints a report per file; 3 when a file is not whole or could not be judged."""
    found = list(_again(arguments) if arguments.document else _now(arguments))
    for name, report in found:
        if arguments.json:
            show_json({"file": name} | report_as_json(report))
        else:
            _show(name, report)
    return 3 if any(report.problem or not _whole(report) for _, report in found) else 0


def _now(arguments: argparse.Namespace) -> Iterator[tuple[str, Report]]:
    from gateway.seal.keys import trust_of
    from gateway.seal.verify import verify

    if not arguments.paths:
        raise BadSettings("Chưa nêu tệp nào. Hãy chạy vanthu verify TỆP.pdf, hoặc vanthu verify --files.")
    trust = trust_of(Settings.load(arguments.config).seal)
    for path in arguments.paths:
        try:
            yield str(path), verify(path, trust)
        except OSError as error:
            yield str(path), Report(problem=f"Không đọc được tệp ({error.strerror}). Hãy kiểm tra đường dẫn.")


def _again(arguments: argparse.Namespace) -> Iterator[tuple[str, Report]]:
    """The newest verdict on a Document, repeated from its kept evidence alone."""
    from gateway.verdicts import judged_again

    opened = Opened.by(arguments)
    document = opened.store.get(arguments.document)
    file = document.file(Role.SEALED) or document.paper
    if file is None:
        raise FileMissing
    try:
        yield document.id, judged_again(document, opened.vault, opened.vault.path(file))
    except ValueError as error:
        raise FileMissing("Chứng cứ kiểm tra chữ ký không khớp với tệp. Hãy khôi phục từ bản sao lưu.") from error


def _show(name: str | Path, report: Report) -> None:
    count = f"{len(report.signatures)} chữ ký, PDF/A: {report.pdfa or 'không'}."
    print(f"{name}: {report.problem or count}")
    for one in report.signatures:
        print(f"  {'✓' if one.valid and one.intact else '✗'} {one.signer}: {one.reason}")


def _whole(report: Report) -> bool:
    return all(one.valid and one.intact for one in report.signatures)
