"""`vanthu doctor verify user`: looking after the house."""
from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import getpass
import secrets
import sys
from pathlib import Path
from typing import Any

from gateway.cli.judging import judge_files
from gateway.cli.keep import check_all, check_journal
from gateway.cli.opened import Opened, show_json
from gateway.document import VN
from gateway.errors import GatewayError
from gateway.settings import Settings

ROLES = ("clerk", "sealer", "head", "auditor", "admin")


def add_to(commands: Any) -> None:
    """Adds the commands."""
    doctor = commands.add_parser("doctor", help="kiểm tra máy và cấu hình / check machine and settings")
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument("--mail", type=Path, metavar="FILE.eml", help="thư này sẽ ra sao / what a letter gets")
    doctor.set_defaults(do=_doctor)
    verify = commands.add_parser("verify", help="kiểm tra chữ ký số và PDF/A / verify signatures")
    verify.add_argument("paths", nargs="*", type=Path, metavar="FILE")
    verify.add_argument("--document", metavar="ID", help="xét lại từ chứng cứ đã lưu / judge again from kept evidence")
    verify.add_argument("--files", action="store_true", help="đọc lại mọi tệp trong kho và nhật ký / check the vault")
    verify.add_argument("--journal", action="store_true", help="kiểm tra chuỗi nhật ký / check the journal's chain")
    verify.add_argument("--json", action="store_true")
    verify.set_defaults(do=_verify)
    user = commands.add_parser("user", help="người dùng: add, password, tie, list / users")
    deeds = user.add_subparsers(metavar="DEED", required=True)
    add = deeds.add_parser("add", help="thêm người dùng / add a user")
    add.add_argument("--name", required=True)
    add.add_argument("--role", action="append", choices=ROLES, required=True, dest="roles")
    add.add_argument("--unit", action="append", default=[], dest="units", metavar="CODE")
    add.set_defaults(do=_add_user)
    password = deeds.add_parser("password", help="đặt lại mật khẩu / set a password")
    password.set_defaults(do=_set_password)
    for one in (add, password):
        one.add_argument("login")
        one.add_argument("--password-file", type=Path, metavar="FILE", help="không có thì hỏi; - là sinh ngẫu nhiên")
    tie = deeds.add_parser("tie", help="gắn tài khoản dịch vụ đăng nhập / tie an account of the login service")
    tie.add_argument("login")
    tie.add_argument("subject", help="mã tài khoản (sub); - là gỡ / the account's sub; - unties")
    tie.set_defaults(do=_tie)
    listing = deeds.add_parser("list", help="liệt kê / list")
    listing.set_defaults(do=_list_users)


def _doctor(arguments: argparse.Namespace) -> int:
    if arguments.mail:
        from gateway.cli.mail import examine_letter

        return examine_letter(Settings.load(arguments.config), arguments.mail, as_json=arguments.json)
    from gateway.doctor import examine

    findings = examine(Settings.load(arguments.config))
    for finding in findings:
        if arguments.json:
            show_json(dataclasses.asdict(finding))
        else:
            print(f"{'✓' if finding.ok else '✗'} {finding.name:<16}{finding.words}")
    return 0 if all(finding.ok for finding in findings) else 3


def _verify(arguments: argparse.Namespace) -> int:
    if arguments.files:
        return check_all(arguments, as_json=arguments.json)
    if arguments.journal:
        return check_journal(arguments, as_json=arguments.json)
    return judge_files(arguments)


def _add_user(arguments: argparse.Namespace) -> int:
    from gateway.review.login import password_hash

    people = Opened.by(arguments).store.people
    if people.get(arguments.login) is not None:
        raise GatewayError(f"Đã có người dùng {arguments.login}. Hãy chọn tên đăng nhập khác.")
    people.add(login=arguments.login, name=arguments.name, password_hash=password_hash(_password(arguments)),
               roles=frozenset(arguments.roles), units=frozenset(arguments.units))
    return 0


def _set_password(arguments: argparse.Namespace) -> int:
    from gateway.review.login import password_hash

    people = Opened.by(arguments).store.people
    if people.get(arguments.login) is None:
        raise GatewayError(f"Không có người dùng {arguments.login}. Hãy xem danh sách bằng vanthu user list.")
    people.set_password(arguments.login, password_hash(_password(arguments)))
    people.clear_failures(arguments.login)
    return 0


def _tie(arguments: argparse.Namespace) -> int:
    opened = Opened.by(arguments)
    store, issuer = opened.store, opened.settings.oidc.issuer
    if not issuer or store.people.get(arguments.login) is None:
        raise GatewayError(f"Không có người dùng {arguments.login}, hoặc chưa đặt oidc.issuer. Hãy kiểm tra lại.")
    store.identities.untie(arguments.login, issuer)
    by, at = "vanthu user", dt.datetime.now(VN)
    if arguments.subject != "-" and not store.identities.tie(arguments.login, issuer, arguments.subject, by=by, at=at):
        raise GatewayError(f"Mã {arguments.subject} đã gắn với người khác. Hãy gỡ ở người đó trước.")
    store.people.close_sessions(arguments.login)
    store.note("", who=by, what="login_tied", why=f"{arguments.login}: {arguments.subject}.")
    return 0


def _list_users(arguments: argparse.Namespace) -> int:
    for person in Opened.by(arguments).store.people.all():
        print(f"{person.login:<16} {person.name:<30} {', '.join(sorted(person.roles))}  "
              f"{', '.join(sorted(person.units))}")
    return 0


def _password(arguments: argparse.Namespace) -> str:
    """From the file, made at random and printed ("-"), or asked twice."""
    from gateway.review.login import SHORTEST_PASSWORD

    if arguments.password_file == Path("-"):
        made = secrets.token_urlsafe(12)
        print(made)
        return made
    if arguments.password_file:
        word = str(arguments.password_file.read_text("utf-8")).strip()
    else:
        word = getpass.getpass("Mật khẩu / password: ")
        if sys.stdin.isatty() and getpass.getpass("Nhập lại / again: ") != word:
            raise GatewayError("Hai lần nhập không giống nhau. Hãy làm lại.")
    if len(word) < SHORTEST_PASSWORD:
        raise GatewayError(f"Mật khẩu phải có ít nhất {SHORTEST_PASSWORD} ký tự. Hãy chọn mật khẩu dài hơn.")
    return word
