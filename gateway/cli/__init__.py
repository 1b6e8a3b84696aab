"""The command `vanthu`.

Exit codes: 0 done · 1 not done, the reason stands on standard error · 2 wrong usage or settings · 3 done, but something
needs a person (a file could not be read, a signature is not valid, doctor found trouble) · 130 interrupted.
"""
from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway import __version__
from gateway.cli import care, documents, exchange, keep, learn, parts, reading, serve, sheets
from gateway.errors import BadSettings, GatewayError

DONE, FAILED, USAGE, ATTENTION, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    # Loading modules makes hundreds of thousands of objects that stay: looking for dead ones among them at Python's own
    # pace is a seventh of a start.
    gc.set_threshold(50_000, 20, 50)
    arguments = parser().parse_args(argv)
    try:
        code: int = arguments.do(arguments)
    except BadSettings as error:
        print(error, file=sys.stderr)
        return USAGE
    except GatewayError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `vanthu list | head`
        sys.stderr.close()
        return DONE
    except OSError as error:
        print(f"{error.filename or ''}: {error.strerror or type(error).__name__}.".removeprefix(": "), file=sys.stderr)
        return FAILED
    return code


def parser() -> argparse.ArgumentParser:
    """All commands and options."""
    top = argparse.ArgumentParser(
        prog="vanthu", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Cổng văn thư: từ bản giấy, thư điện tử đến trục liên thông văn bản.\n"
                    "E-mail and scan gateway to the electronic document interchange.",
        epilog=(__doc__ or "").partition("\n\n")[2])
    top.add_argument("--version", action="version", version=f"vanthu {__version__}")
    top.add_argument("--config", type=Path, metavar="FILE", help="tệp cấu hình (gateway.toml) / settings file")
    commands = top.add_subparsers(title="lệnh / commands", metavar="COMMAND", required=True)
    for room in (serve, reading, documents, exchange, sheets, learn, keep, parts, care):
        room.add_to(commands)
    return top
