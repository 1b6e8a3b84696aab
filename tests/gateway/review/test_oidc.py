"""Logging in by OpenID Connect, against a provider on a real socket that can lie in every way."""

from __future__ import annotations

import datetime as dt
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from gateway.doctor_login import login_findings
from gateway.errors import BadSettings
from gateway.oidc import OidcService, open_service
from gateway.review.web import create_app
from gateway.settings import Settings
from gateway.settings_oidc import Oidc, check_oidc
from tests.gateway.review.house import PASSWORD, House, word_in
from tests.gateway.review.oidc_server import CLIENT, KEYS, SECRET, Provider, certificate

DESK = "http://127.0.0.1"


@dataclass
class Door:
    """A desk with a login service, and a browser that walks there and back."""

    house: House
    provider: Provider
    plan: Oidc
    service: OidcService
    client: TestClient
    ca: Path

    def at_provider(self, target: str = "/overview") -> str:
        """Goes to the provider and logs in there; the address it sends the browser back to."""
        away = self.client.get("/login/oidc", params={"next": target})
        assert away.status_code == 303, away.text
        with httpx.Client(verify=ssl.create_default_context(cafile=str(self.ca))) as browser:
            page = browser.get(away.headers["location"]).text
            link = page.split('href="')[2].split('"')[0].replace("&amp;", "&")
            back = browser.get(link).headers["location"]
        place = urlsplit(back)
        return f"{place.path}?{place.query}"

    def enter(self, target: str = "/overview") -> httpx.Response:
        return self.client.get(self.at_provider(target))

    @property
    def inside(self) -> bool:
        return self.client.get("/overview").status_code == 200

    def set(self, **changed: object) -> None:
        self.service.plan = replace(self.service.plan, **changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def door(house: House, tmp_path: Path, pem: Path) -> Iterator[Door]:
    provider = Provider(house.clock, desk=DESK)
    server = provider.start(pem)
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n", "utf-8")
    secret.chmod(0o600)
    plan = Oidc(issuer=provider.issuer, client_id=CLIENT, secret_file=secret, desk=DESK, ca_file=pem, timeout_s=30)
    check_oidc(plan)
    service = open_service(plan, house.clock)
    assert service is not None
    house.person("hoa", "clerk", "auditor")
    house.store.identities.tie("hoa", provider.issuer, "s-1", by="quan", at=house.clock())
    with TestClient(create_app(replace(house.desk, login_service=service)), follow_redirects=False) as client:
        yield Door(house, provider, plan, service, client, pem)
    server.shutdown()
    server.server_close()


def test_a_tied_account_gets_in_and_out(door: Door) -> None:
    answer = door.enter("/?tab=seal")
    assert answer.status_code == 200
    assert 'content="0; url=/?tab=seal"' in answer.text
    assert "SameSite=strict" in answer.headers["set-cookie"]
    assert door.client.get("/").status_code == 200
    assert door.house.store.journal.recent(1)[0].who == "hoa"
    word = word_in(door.client.get("/overview").text)
    out = door.client.post("/logout", data={"word": word})
    page = door.client.get(out.headers["location"]).text
    assert f'href="{door.provider.issuer}/end_session_endpoint?client_id=vanthu' in page
    assert not door.inside


LIES: tuple[tuple[str, object], ...] = (
    ("nonce", "another"), ("aud", "somebody-else"), ("aud", [CLIENT, "somebody-else"]), ("iss", "https://evil.example"),
    ("exp", 1_700_000_000), ("exp", "soon"), ("iat", 4_000_000_000), ("nbf", 4_000_000_000), ("sub", ""), ("sub", 7),
    ("sub", "s" * 300), ("azp", "somebody-else"),
)  # fmt: skip


def test_a_token_that_is_wrong_in_one_claim_opens_nothing(door: Door) -> None:
    for lie, value in LIES:
        door.provider.claims = {lie: value}
        answer = door.enter()
        assert answer.status_code == 403, lie
        assert "Không nhận được xác nhận hợp lệ" in answer.text
        assert not door.inside
    door.provider.claims = {}
    for claim in ("nonce", "sub", "exp", "aud", "iss", "iat"):
        door.provider.missing = (claim,)
        assert door.enter().status_code == 403, claim
    for alg in ("none", "HS256"):
        door.provider.missing, door.provider.alg = (), alg
        assert door.enter().status_code == 403, alg
    assert not door.inside


def test_a_key_the_service_does_not_show_opens_nothing_and_a_new_one_is_learned(door: Door) -> None:
    right, other = KEYS
    door.provider.shown, door.provider.key = right, other
    assert door.enter().status_code == 403, "the same name, another key"
    door.provider.key = type(other).import_key(other.as_dict(private=True) | {"kid": "two"})
    door.provider.shown = None
    assert door.enter().status_code == 403, "asked for not a minute ago"
    door.house.clock.pass_(minutes=2)
    assert door.enter().status_code == 200


def test_a_code_is_good_once_and_only_in_the_browser_that_began(door: Door) -> None:
    back = door.at_provider()
    cookies = dict(door.client.cookies)
    door.client.cookies.clear()
    assert door.client.get(back).status_code == 403, "another browser"
    for name, value in cookies.items():
        door.client.cookies.set(name, value)
    assert door.client.get(back).status_code == 200
    assert door.client.get(back).status_code == 403, "its cookie is gone"
    door.client.cookies.clear()
    for name, value in cookies.items():
        door.client.cookies.set(name, value)
    assert door.client.get(back).status_code == 403, "and the provider does not take the code again"
    assert not door.inside


def test_an_answer_of_another_service_or_with_another_state_is_not_taken(door: Door) -> None:
    assert door.client.get(door.at_provider().replace("localhost", "evil")).status_code == 403
    assert door.client.get(door.at_provider().replace("state=", "state=0")).status_code == 403
    path, _, query = door.at_provider().partition("?")
    state = next(one for one in query.split("&") if one.startswith("state="))
    answer = door.client.get(f"{path}?{state}&error=access_denied")
    assert "Dịch vụ đăng nhập không cho vào" in answer.text
    assert door.client.get("/login/oidc?next=//evil.example").status_code == 303
    assert "evil" not in door.enter("//evil.example").text


def test_when_the_service_is_down_a_sentence_says_so_and_passwords_still_open(door: Door) -> None:
    door.provider.down = True
    answer = door.client.get("/login/oidc")
    assert answer.status_code == 503
    assert "Dịch vụ đăng nhập không trả lời" in answer.text
    form = {"login": "lan", "password": PASSWORD, "word": word_in(answer.text), "next": "/"}
    assert door.client.post("/login", data=form).status_code == 303
    assert door.inside
    door.provider.down = False
    asked = len(door.provider.asked)
    assert door.client.get("/login/oidc").status_code == 503
    assert len(door.provider.asked) == asked, "left alone for some seconds"
    door.house.clock.pass_(seconds=6)
    assert door.client.get("/login/oidc").status_code == 303
    door.set(issuer="https://localhost:1/realm")
    door.house.clock.pass_(minutes=61)
    assert door.client.get("/login/oidc").status_code == 503, "nobody listens"


def test_without_its_authority_the_service_is_not_believed(door: Door, tmp_path: Path) -> None:
    door.set(ca_file=tmp_path / "none.pem")
    assert door.client.get("/login/oidc").status_code == 503


def test_only_hosts_that_are_named_are_spoken_to(door: Door) -> None:
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        for address in ("https://evil.example/x", door.provider.issuer.replace("https", "ftp"), ""):
            door.provider.service = {name: address}
            assert door.client.get("/login/oidc").status_code == 403


def test_a_service_under_another_name_is_not_believed(door: Door) -> None:
    door.provider.service = {"issuer": "https://evil.example"}
    assert door.client.get("/login/oidc").status_code == 403


def test_an_account_that_is_tied_to_nobody_gets_no_right_and_is_told_its_code(door: Door) -> None:
    door.provider.subject = "s-unknown"
    people = len(door.house.store.people.all())
    answer = door.enter()
    assert answer.status_code == 403
    assert "s-unknown" in answer.text
    assert len(door.house.store.people.all()) == people
    assert not door.inside


def test_a_verified_name_ties_the_first_account_that_comes_and_no_other(door: Door) -> None:
    door.set(name_claim="email", name_domain="xa.gov.vn")
    door.provider.subject, door.provider.claims = "s-2", {"email": "lan@xa.gov.vn"}
    assert door.enter().status_code == 403, "not verified"
    door.provider.claims["email_verified"] = True
    door.provider.claims["email"] = "lan@evil.example"
    assert door.enter().status_code == 403, "another domain"
    door.provider.claims["email"] = "lan@XA.gov.vn"
    assert door.enter().status_code == 200
    assert door.inside
    assert door.house.store.identities.of(door.provider.issuer)["lan"] == "s-2"
    assert "login_tied" in {one.what for one in door.house.store.journal.recent(3)}
    door.client.cookies.clear()
    door.provider.subject = "s-3"
    answer = door.enter()
    assert "đã gắn với một tài khoản khác" in answer.text
    assert not door.inside


def test_groups_take_roles_away_and_never_give_any(door: Door) -> None:
    door.set(group_claim="groups", group_roles=("van-thu=clerk", "quan-tri=admin"))
    door.provider.claims = {"groups": ["van-thu", "quan-tri"]}
    assert door.enter().status_code == 200
    assert door.client.get("/bulk").status_code == 200
    assert door.client.get("/journal").status_code == 403, "no group names the auditor"
    assert door.client.get("/people").status_code == 403, "a group gives no right that is not here"
    for groups in ([], "van-thu", None, ["khac", 7]):
        door.client.cookies.clear()
        door.provider.claims = {"groups": groups}
        assert door.enter().status_code == 403


def test_whoever_gives_codes_gives_them_after_the_service_too(door: Door) -> None:
    from gateway.review import second_factor

    secret = second_factor.new_secret()
    door.house.store.people.set_totp("hoa", secret)
    door.set(group_claim="groups", group_roles=("van-thu=clerk",))
    door.provider.claims = {"groups": ["van-thu"]}
    assert "/login/code" in door.enter().text
    assert not door.inside
    form = {"code": second_factor.code_at(secret, door.house.clock()), "next": "/"}
    form["word"] = word_in(door.client.get("/login/code").text)
    assert door.client.post("/login/code", data=form).status_code == 303
    assert door.client.get("/bulk").status_code == 200
    assert door.client.get("/journal").status_code == 403


def test_passwords_can_be_switched_off(door: Door) -> None:
    door.set(passwords=False)
    page = door.client.get("/login").text
    assert 'name="password"' not in page
    door.set(passwords=True)
    word = word_in(door.client.get("/login").text)
    door.set(passwords=False)
    answer = door.client.post("/login", data={"login": "lan", "password": PASSWORD, "word": word})
    assert answer.status_code == 403
    assert not door.inside
    assert door.enter().status_code == 200


def test_an_administrator_ties_accounts_each_to_one_person(door: Door) -> None:
    door.house.person("quan", "admin")
    door.house.store.identities.tie("quan", door.provider.issuer, "s-admin", by="", at=door.house.clock())
    door.provider.subject = "s-admin"
    door.enter()
    word = word_in(door.client.get("/people").text)
    assert door.client.post("/people/lan/subject", data={"word": word, "subject": "s-1"}).status_code == 422
    assert door.client.post("/people/lan/subject", data={"word": word, "subject": " s-9 "}).status_code == 303
    assert door.client.post("/people/hoa/subject", data={"word": word, "subject": ""}).status_code == 303
    assert door.house.store.identities.of(door.provider.issuer) == {"quan": "s-admin", "lan": "s-9"}
    assert "s-9" in door.client.get("/people").text


def test_the_command_ties_an_account_where_nobody_can_log_in_yet(door: Door, tmp_path: Path) -> None:
    environ = {"VANTHU_DATA": str(tmp_path), "PATH": "/usr/bin:/bin", "VANTHU_OIDC_ISSUER": door.provider.issuer,
               "VANTHU_OIDC_CLIENT_ID": CLIENT, "VANTHU_OIDC_DESK": DESK}  # fmt: skip
    command = [sys.executable, "-m", "gateway", "user", "tie", "lan", "s-7"]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert door.house.store.identities.login_of(door.provider.issuer, "s-7") == "lan"


def test_doctor_asks_the_service_what_it_is(door: Door) -> None:
    (found,) = login_findings(replace(Settings(), oidc=door.plan))
    assert (found.ok, found.words) == (True, f"{door.provider.issuer}.")
    door.provider.down = True
    (found,) = login_findings(replace(Settings(), oidc=door.plan))
    assert (found.ok, "không trả lời" in found.words) == (False, True)
    assert login_findings(Settings()) == ()


def test_a_secret_that_others_may_read_is_refused(door: Door) -> None:
    door.plan.secret_file.chmod(0o644)
    with pytest.raises(BadSettings, match="chmod 600"):
        open_service(door.plan, door.house.clock)


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://dang-nhap.gov.vn"},
        {"desk": "vanthu.gov.vn"},
        {"client_id": ""},
        {"scopes": "profile"},
        {"group_roles": ("van-thu=chu-tich",), "group_claim": "groups"},
        {"group_claim": "groups"},
        {"timeout_s": 0.0},
        {"issuer": "", "passwords": False},
    ],
    ids=lambda one: next(iter(one)),
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    plan = Oidc(issuer="https://dang-nhap.gov.vn", client_id="v", desk="https://vanthu.gov.vn")
    check_oidc(plan)
    with pytest.raises(BadSettings):
        check_oidc(replace(plan, **wrong))  # type: ignore[arg-type]


def test_what_is_known_of_the_service_is_asked_for_again_after_an_hour(door: Door) -> None:
    door.enter()
    door.enter()
    assert door.provider.asked.count("/realm/.well-known/openid-configuration") == 1
    door.house.clock.now += dt.timedelta(minutes=61)
    door.enter()
    assert door.provider.asked.count("/realm/.well-known/openid-configuration") == 2
