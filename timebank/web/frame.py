"""Around every request: its number, who asks, the log-in gate, security headers, the log line."""

import secrets
import time
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Request, Response, abort, current_app, g, redirect, request, url_for
from flask_babel import gettext
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response as WerkzeugResponse

from timebank.access import queries
from timebank.access.actors import Actor
from timebank.clock import now
from timebank.errors import N_
from timebank.house import House
from timebank.web.requests import house, reading

log = structlog.get_logger()
csrf = CSRFProtect()
login_manager = LoginManager()

# No inline script or style anywhere; pictures may be data for codes made by the server.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
LARGEST_ROW_NUMBER = 2**63 - 1
DEVICE_COOKIE = "device"
# In the session: since when the browser is known to the account, where another was known before it.
NEW_DEVICE = "new_device_since"
DEVICE_COOKIE_SECONDS = 400 * 24 * 3600


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login ships no types.
def _load_user(word: str) -> Actor | None:
    if request.path.startswith("/api/") and not _session_suffices():
        return None
    user_id, _, epoch = word.partition(".")
    if not user_id.isdecimal() or not epoch.isdecimal():
        return None
    with house().database.asking() as connection:
        actor = queries.actor_of_user(connection, int(user_id))
    return actor if actor and actor.session_epoch == int(epoch) else None


def _session_suffices() -> bool:
    """Under ``/api/`` a browser's session only reads: changes need a key, which no other site can send along.

    A key that was sent decides alone, even beside a session.
    """
    return request.method in ("GET", "HEAD", "OPTIONS") and "Authorization" not in request.headers


@login_manager.request_loader  # type: ignore[untyped-decorator]  # Flask-Login ships no types.
def _load_key(incoming: Request) -> Actor | None:
    """Programs send ``Authorization: Bearer KEY``, and only under ``/api/``."""
    scheme, _, secret = incoming.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not secret or not incoming.path.startswith("/api/"):
        return None
    with reading() as session:
        return queries.actor_of_key(session, secret.strip())


def _begin_request() -> None:
    g.request_id = secrets.token_hex(6)
    g.began = time.monotonic()
    g.arrived = now()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _ask_for_log_in() -> WerkzeugResponse | None:
    # Whoever may come without a log-in is not looked for in the database before their page asks.
    if request.endpoint is None or request.endpoint.endswith("static"):
        return None
    view = current_app.view_functions.get(request.endpoint)
    if getattr(view, "is_public", False) or current_user.is_authenticated:
        return None
    if request.path.startswith("/api/"):
        from timebank.web.errors import answer

        sentence = gettext(N_("An API key is needed: send it as Authorization: Bearer KEY."))
        return answer(401, "log_in_required", sentence)
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("access.log_in", next=target))


def _refuse_nul() -> None:
    # PostgreSQL's text holds no NUL, and nothing that a person types contains one.
    for words in (request.args, request.form):
        if any("\0" in name or "\0" in value for name, value in words.items(multi=True)):
            abort(HTTPStatus.BAD_REQUEST)


class RowNumber(IntegerConverter):
    """A row's number in an address: what no column could hold is an address that leads nowhere."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - werkzeug's name.
        super().__init__(map, *args, **{"max": LARGEST_ROW_NUMBER, **kwargs})


def _finish_request(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if house().settings.secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if not request.path.startswith("/static") and "static" not in (request.endpoint or "static"):
        # Pages hold personal data: a shared computer's Back button must not show them.
        response.headers.setdefault("Cache-Control", "no-store")
    _log_request(response)
    return response


def _log_request(response: Response) -> None:
    if (request.endpoint or "").endswith("static"):
        return
    milliseconds = round((time.monotonic() - g.get("began", time.monotonic())) * 1000)
    # The rule and not the path: paths of links hold secrets.
    rule = request.url_rule.rule if request.url_rule else None
    log.info("request", method=request.method, rule=rule, status=response.status_code, ms=milliseconds)


def device_word() -> str:
    """The random word of this browser; made on first use and set by :func:`remember_device`."""
    word = request.cookies.get(DEVICE_COOKIE) or g.get("new_device_word")
    if not word:
        word = g.new_device_word = secrets.token_urlsafe(18)
    return str(word)


def _remember_device(response: Response) -> Response:
    if "new_device_word" in g:
        response.set_cookie(
            DEVICE_COOKIE,
            g.new_device_word,
            max_age=DEVICE_COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=house().settings.secure_cookies,
        )
    return response


def init_app(app: Flask) -> None:
    """Put the frame around ``app``."""
    settings = house_of(app).settings
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]  # The documented way.
    app.url_map.converters["int"] = RowNumber
    csrf.init_app(app)
    login_manager.init_app(app)
    login_manager.session_protection = None
    app.before_request(_begin_request)
    app.before_request(_refuse_nul)
    app.before_request(_ask_for_log_in)
    app.after_request(_remember_device)
    app.after_request(_finish_request)


def house_of(app: Flask) -> House:
    """The house of ``app``, outside a request."""
    found: House = app.extensions["timebank"]
    return found
