"""`vanthu run` and `vanthu sandbox`: what goes on until it is told to stop."""
from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gateway.settings import Settings


def add_to(commands: Any) -> None:
    """Adds the commands."""
    run = commands.add_parser("run", help="chạy cổng văn thư / run the gateway")
    run.set_defaults(do=_run)
    sandbox = commands.add_parser("sandbox", help="chạy riêng trục diễn tập / run the rehearsal interchange alone")
    sandbox.add_argument("--port", type=int, required=True)
    sandbox.add_argument("--data", type=Path, required=True, metavar="DIR")
    sandbox.add_argument("--system", required=True, metavar="ID", help="mã hệ thống được kết nối / system id")
    sandbox.add_argument("--secret-file", type=Path, required=True, metavar="FILE")
    sandbox.add_argument("--organ", action="append", required=True, metavar="CODE", dest="organs",
                         help="mã đơn vị mà hệ thống đại diện; lặp lại được / organisation code, repeatable")
    sandbox.set_defaults(do=_sandbox)


def _run(arguments: argparse.Namespace) -> int:
    from gateway.app import build

    return build(Settings.load(arguments.config)).run()


def _sandbox(arguments: argparse.Namespace) -> int:
    from gateway.exchange.sandbox import serve

    serve(port=arguments.port, data=arguments.data, system=arguments.system,
          secret=arguments.secret_file.read_text("utf-8").strip(), organs=arguments.organs)
    return 0
