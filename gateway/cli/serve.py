"""`vanthu run`, `vanthu work`, `vanthu smtp` and `vanthu sandbox`: what goes on until it is told to stop."""
from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gateway.settings import Settings


def add_to(commands: Any) -> None:
    """Adds the commands."""
    run = commands.add_parser("run", help="chạy cổng văn thư / run the gateway")
    run.set_defaults(do=_run)
    work = commands.add_parser("work", help="chỉ đọc và gửi, bên cạnh một vanthu run / read and send only")
    work.set_defaults(do=_work)
    smtp = commands.add_parser("smtp", help="chạy riêng cửa SMTP / run the SMTP door alone")
    smtp.add_argument("--parent", type=int, default=0, metavar="PID", help="dừng cùng tiến trình này / end with it")
    smtp.set_defaults(do=_smtp)
    sandbox = commands.add_parser("sandbox", help="chạy riêng trục diễn tập / run the rehearsal interchange alone")
    sandbox.add_argument("--port", type=int, required=True)
    sandbox.add_argument("--data", type=Path, required=True, metavar="DIR")
    sandbox.add_argument("--system", required=True, metavar="ID", help="mã hệ thống được kết nối / system id")
    sandbox.add_argument("--secret-file", type=Path, required=True, metavar="FILE")
    sandbox.add_argument("--organ", action="append", required=True, metavar="CODE", dest="organs",
                         help="mã đơn vị mà hệ thống đại diện; lặp lại được / organisation code, repeatable")
    sandbox.add_argument("--fault", action="append", default=[], type=_fault, metavar="NAME=COUNT", dest="faults",
                         help="lỗi diễn tập; lặp lại được / what goes wrong, repeatable; later by POST /_control")
    sandbox.set_defaults(do=_sandbox)


def _run(arguments: argparse.Namespace) -> int:
    from gateway.app import build

    return build(Settings.load(arguments.config), arguments.config).run()


def _work(arguments: argparse.Namespace) -> int:
    from gateway.app import build

    return build(Settings.load(arguments.config), arguments.config).run(legs_only=True)


def _smtp(arguments: argparse.Namespace) -> int:
    from gateway.mail_doors import serve_smtp
    from gateway.smtp_process import end_with

    if arguments.parent:
        end_with(arguments.parent)
    serve_smtp(Settings.load(arguments.config))
    return 0


def _sandbox(arguments: argparse.Namespace) -> int:
    from gateway.exchange.sandbox import serve

    serve(port=arguments.port, data=arguments.data, system=arguments.system,
          secret=arguments.secret_file.read_text("utf-8").strip(), organs=arguments.organs,
          faults=dict(arguments.faults))
    return 0


def _fault(text: str) -> tuple[str, float]:
    """ "cut=3"; "down_for=7200" is in seconds."""
    from gateway.exchange.sandbox_faults import FAULTS

    name, _, count = text.partition("=")
    if name not in (*FAULTS, "down_for"):
        raise argparse.ArgumentTypeError(f"{name}: {', '.join((*FAULTS, 'down_for'))}")
    return name, float(count or 1)
