"""The IMAP door's ways in: TLS, passwords, OAuth2; and what its log never says."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from mail.imap import ImapDoor, ImapPlan, Security
from mail.imap_oauth import Tokens
from mail.imap_trouble import ImapTrouble, LoginRefused, TlsFailed
from tests.mail.imap_door import Watch, hide, letter, once
from tests.mail.imap_server import PASSWORD, Dovecot, Proxy
from tests.mail.imap_tokens import TokenService
from tests.mail.smtp_doors import House, certificate
from tests.ports import free_port


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_tls_is_checked_before_anything_secret_is_said(
    server: Dovecot, login: str, plan: dict[str, Any], security: Security, tmp_path: Path
) -> None:
    server.put(letter(1), login=login)
    secure = plan | {"security": security, "host": "localhost", "ca_file": server.ca_file}
    secure["port"] = server.tls_port if security is Security.TLS else server.port
    house = House()
    once(secure, house)
    assert house.letters[0][0].tls
    other = tmp_path / "other"
    other.mkdir()
    for changes in ({"ca_file": certificate(other)}, {"host": "127.0.0.1"}, {"ca_file": None}):
        with pytest.raises(TlsFailed, match="Chứng thư"):
            once(secure, house, **changes)


def test_a_server_without_starttls_hears_no_password(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    proxy = Proxy(server.port, hide(b"STARTTLS"))
    with pytest.raises(TlsFailed, match="không gửi mật khẩu"):
        once(plan, House(), port=proxy.port, host="localhost", security=Security.STARTTLS, ca_file=server.ca_file)
    with pytest.raises(ValueError, match="without TLS"):
        ImapPlan(**(plan | {"host": "mail.don.vn"})).check()


def test_a_wrong_password_is_for_a_person_to_mend(server: Dovecot, plan: dict[str, Any]) -> None:
    with pytest.raises(LoginRefused, match="tệp mật khẩu") as caught:
        once(plan, House(), login="nobody@don.vn")
    assert not caught.value.temporary
    assert PASSWORD not in str(caught.value)
    proxy = Proxy(server.port, lambda data: data.replace(b"[AUTHENTICATIONFAILED]", b"[UNAVAILABLE]"))
    with pytest.raises(LoginRefused) as caught:
        once(plan, House(), login="nobody@don.vn", port=proxy.port)
    assert caught.value.temporary


def test_nobody_at_home_is_told(plan: dict[str, Any]) -> None:
    with Watch(plan, House(), port=free_port()) as watch:
        watch.rounds(1)
    assert "Không kết nối được" in watch.notes[0]


def test_the_log_never_quotes_a_letter_or_a_password(
    server: Dovecot, login: str, plan: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    server.put(letter(7), login=login)
    once(plan, House())
    assert "imap_letter" in caplog.text
    assert "Công" not in caplog.text
    assert "Q8O0bmc" not in caplog.text
    assert "khó" not in caplog.text


def oauth(tokens: TokenService, login: str, folder: Path) -> Path:
    file = folder / "oauth.toml"
    file.write_text(
        f'token_url = "{tokens.url}/token"\nclient_id = "vanthu"\nclient_secret = "s"\n'
        f'refresh_token = "{tokens.grant(login)}"\n'
    )
    return file


def test_xoauth2_logs_in_and_keeps_the_refresh_token_that_replaces_the_old(
    server: Dovecot, login: str, plan: dict[str, Any], tokens: TokenService, tmp_path: Path
) -> None:
    server.put(letter(1), login=login)
    file = oauth(tokens, login, tmp_path)
    house = House()
    for _ in range(3):  # three processes, each with the token that the one before left
        once(plan, house, password_file=None, oauth_file=file)
    assert house.bodies == [letter(1)]
    kept = tmp_path / "oauth.toml.token"
    assert kept.stat().st_mode & 0o077 == 0
    oauth(tokens, login, tmp_path)  # a person grants anew: what was kept is out of date
    once(plan, house, password_file=None, oauth_file=file)


def test_an_access_token_that_died_is_renewed(
    server: Dovecot, login: str, plan: dict[str, Any], tokens: TokenService, tmp_path: Path
) -> None:
    settings = plan | {"password_file": None, "oauth_file": oauth(tokens, login, tmp_path)}
    stop = threading.Event()
    door = ImapDoor(ImapPlan(**settings), House().take, told=lambda note: stop.set())
    door.turn(stop)
    tokens.access.clear()
    stop.clear()
    with pytest.raises(LoginRefused) as caught:
        door.turn(stop)
    assert caught.value.temporary, "the next session asks for a new one"
    door.turn(stop)


def test_a_refresh_token_that_cannot_be_kept_serves_until_the_restart(
    server: Dovecot, login: str, plan: dict[str, Any], tokens: TokenService, tmp_path: Path
) -> None:
    file = oauth(tokens, login, tmp_path)
    (tmp_path / "oauth.toml.token").mkdir()
    kept = Tokens(file)
    for _ in range(3):
        kept.access()
        kept.forget()
    assert kept.note.startswith("Không lưu được mã làm mới")
    assert "Không lưu được" in once(plan, House(), password_file=None, oauth_file=oauth(tokens, login, tmp_path))


def test_a_withdrawn_grant_is_for_a_person_to_mend(
    login: str, plan: dict[str, Any], tokens: TokenService, tmp_path: Path
) -> None:
    file = oauth(tokens, login, tmp_path)
    tokens.refresh.clear()
    with pytest.raises(LoginRefused, match="invalid_grant") as caught:
        once(plan, House(), password_file=None, oauth_file=file)
    assert not caught.value.temporary
    tokens.broken = True
    with pytest.raises(ImapTrouble) as later:
        once(plan, House(), password_file=None, oauth_file=file)
    tokens.broken = False
    assert later.value.temporary
