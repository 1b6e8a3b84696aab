"""What every page stands in: templates, language, the visitor, the form word, headers that keep the page to itself."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.document import VN
from gateway.review import login
from gateway.review.acts import Act
from gateway.review.desk import Desk
from gateway.review.login import Visit
from gateway.review.rooms import Room, may_enter
from gateway.review.translations import LANGUAGES, catalog
from gateway.review.web import words

HERE = Path(__file__).parent


def _static() -> str:
    """Where scripts and styles lie: another address for every change of theirs, so that a browser may keep them."""
    known = hashlib.sha256()
    for file in sorted((HERE / "static").iterdir()):
        known.update(file.name.encode() + b"\0" + file.read_bytes())
    return f"/static/{known.hexdigest()[:16]}"


STATIC = _static()
SESSION_COOKIE = "vanthu"
DOOR_COOKIE = "vanthu_door"
"""Guards the login form, before there is a session."""
LANGUAGE_COOKIE = "vanthu_lang"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Frame-Options": "DENY",
}


class LoginNeeded(Exception):
    """Nobody is logged in; the visitor is sent to the login page and back."""


class ForgedForm(Exception):
    """A form came without the word of this session."""


def desk_of(request: Request) -> Desk:
    """The tools this application was built with."""
    desk: Desk = request.app.state.desk
    return desk


def language_of(request: Request) -> str:
    """The visitor's choice, else the desk's own language."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else desk_of(request).language


def visitor(request: Request) -> Visit:
    """Who is asking.

    Raises:
        LoginNeeded: no session, or it has ended.
    """
    token = request.cookies.get(SESSION_COOKIE, "")
    desk = desk_of(request)
    person = login.recognize(desk.store.people, token, desk.clock()) if token else None
    if person is None:
        raise LoginNeeded
    return Visit(person, token)


def check_word(token: str, word: str) -> None:
    """Raises ForgedForm unless the form brings the word that belongs to the cookie."""
    if not token or not secrets.compare_digest(login.form_word(token).encode(), word.encode()):
        raise ForgedForm


def local_path(target: str) -> str:
    """A path on this site, "/" for anything else: no open redirect."""
    parts = urlsplit(target)
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and "\\" not in target
    return target if safe and target.isprintable() else "/"


def go(target: str) -> RedirectResponse:
    """After a form: the next page by GET."""
    return RedirectResponse(target, status_code=303)


def to_login(request: Request) -> Response:
    """Where a visitor without a session is sent."""
    if request.headers.get("sec-fetch-dest") == "empty" or request.headers.get("accept") == "text/event-stream":
        return Response(status_code=401)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return go("/login" if request.method != "GET" or back == "/" else f"/login?next={quote(back)}")


def vn_time(at: dt.datetime | None) -> str:
    """20/11/2026 09:15, Vietnamese time; "" for None."""
    return at.astimezone(VN).strftime("%d/%m/%Y %H:%M") if at else ""


def vn_date(iso: str) -> str:
    """2019-04-09 as 09/04/2019; anything else unchanged, so that the clerk sees what is there."""
    try:
        return dt.date.fromisoformat(iso).strftime("%d/%m/%Y")
    except ValueError:
        return iso


def size(count: int) -> str:
    """Bytes as 512 B, 340 KB or 1,2 MB."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f} KB"
    return f"{count / 1024 / 1024:.1f} MB".replace(".", ",")


def environment() -> Environment:
    """Jinja2 with autoescape, strict about names, gettext in place."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.filters.update(vn_time=vn_time, vn_date=vn_date, size=size, told=str)
    env.globals.update(words=words, Act=Act, static=STATIC)
    return env


@cache
def environments() -> dict[str, Environment]:
    """One environment per language; the templates are compiled once a process."""
    made = {}
    for language in LANGUAGES:
        env = environment()
        env.install_gettext_translations(_Filled(language), newstyle=True)  # type: ignore[attr-defined]
        env.filters["told"] = partial(_told, language)
        made[language] = env
    return made


def _told(language: str, text: str) -> str:
    return catalog(language).told(text)


class _Filled:
    """A language for Jinja, which fills every sentence in with "%": one with nothing to fill in may say "30%"."""

    def __init__(self, language: str) -> None:
        self._language = language

    def gettext(self, text: str) -> str:
        """The sentence, its bare percent signs kept."""
        said = catalog(self._language).gettext(text)
        return said if "%(" in said else said.replace("%", "%%")

    def ngettext(self, one: str, many: str, count: int) -> str:
        """As `gettext`."""
        return self.gettext(one if count == 1 else many)


def page(
    request: Request, template: str, values: Mapping[str, object], *, visit: Visit | None = None, status: int = 200
) -> HTMLResponse:
    """Draws a template for this visitor in their language; never kept by a browser."""
    desk, language = desk_of(request), language_of(request)
    rehearsal = any(office.signer and office.signer.rehearsal for office in desk.offices.values())
    frame = {
        "request": request,
        "visit": visit,
        "language": language,
        "home": desk.offices[desk.home].body,
        "rehearsal": rehearsal,
        "drawn_at": desk.clock(),
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "rooms": {room.value for room in Room if visit and may_enter(room, visit.person)},
        "alarms": len(desk.store.rights.open()) if visit and may_enter(Room.ALARMS, visit.person) else 0,
    }
    body = request.app.state.templates[language].get_template(template).render(**frame, **values)
    return HTMLResponse(body, status_code=status)
