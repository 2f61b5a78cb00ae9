"""The one table from refusals to answers: a page for people, a problem document under ``/api/``."""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, IntegrityError
from werkzeug.exceptions import HTTPException

from ledger.errors import LedgerError
from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid, Refusal, Throttled
from timebank.web.words import ask_the_database_nothing_more

log = structlog.get_logger()

FAMILIES: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (Absent, HTTPStatus.NOT_FOUND),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Conflict, HTTPStatus.CONFLICT),
    (Throttled, HTTPStatus.TOO_MANY_REQUESTS),
    (LedgerError, HTTPStatus.CONFLICT),
)

_HTTP_SENTENCES = {
    400: (N_("The request could not be understood."), N_("Go back and try again.")),
    401: (N_("A log-in is needed."), ""),
    404: (Absent.sentence, Absent.next_step),
    405: (N_("This address does not accept that kind of request."), N_("Go back to the home page.")),
    413: (N_("The file or form is too large."), N_("Send a smaller file.")),
    422: (N_("Something in the request is not as described."), ""),
    429: (N_("Too many requests at once."), N_("Wait a moment and try again.")),
}
_TITLES = {
    400: N_("Something was wrong with the request"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    409: N_("This cannot be done now"),
    413: N_("Too large"),
    422: N_("Please check what you entered"),
    429: N_("Please wait"),
    500: N_("Something went wrong on our side"),
}


def said(error: Exception) -> str:
    """A refusal's sentence in the reader's language, with its facts."""
    sentence = str(gettext(getattr(error, "sentence", Refusal.sentence)))
    facts = getattr(error, "facts", None)
    return sentence % facts if facts else sentence


def said_with_step(refusal: Refusal) -> str:
    """The refusal's sentence and what to do now, run on as the language does: Chinese leaves no gap."""
    sentence = said(refusal)
    if not refusal.next_step:
        return sentence
    gap = "" if sentence.endswith("。") else " "
    return f"{sentence}{gap}{gettext(refusal.next_step)}"


def status_of(error: Exception) -> HTTPStatus:
    """The status for a refusal, by family."""
    return next((status for family, status in FAMILIES if isinstance(error, family)), HTTPStatus.CONFLICT)


def wants_json() -> bool:
    """Whether the answer is a problem document rather than a page."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def answer(
    status: int, code: str, sentence: str, next_step: str = "", facts: Mapping[str, object] | None = None
) -> Response:
    """The one shape of every error."""
    request_id = g.get("request_id", "")
    if wants_json():
        body = {"code": code, "status": status, "title": sentence, "next_step": next_step}
        problem = jsonify(body | {"facts": dict(facts or {}), "request_id": request_id})
        problem.mimetype = "application/problem+json"
    else:
        title = gettext(_TITLES.get(status, _TITLES[400]))
        page = render_template(
            "errors/error.html",
            title=title,
            sentence=sentence,
            next_step=next_step,
            next_url=url_for("desks.home"),
            request_id=request_id,
            status=status,
        )
        problem = make_response(page)
    problem.status_code = status
    return problem


def _on_refusal(error: Exception) -> Response:
    status = status_of(error)
    log.info("refused", code=getattr(error, "code", ""), status=int(status))
    step = getattr(error, "next_step", "")
    facts = {name: str(value) for name, value in getattr(error, "facts", {}).items()}
    if getattr(error, "field", None):
        facts.setdefault("field", error.field)  # type: ignore[attr-defined]  # Looked for on the line above.
    return answer(
        status, getattr(error, "code", "refused"), said(error), gettext(step) if step else "", facts
    )


def _on_http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < HTTPStatus.BAD_REQUEST:
        return error.get_response()  # type: ignore[return-value]  # Werkzeug's base class of the same answer.
    status = error.code or 500
    sentence, step = _HTTP_SENTENCES.get(status, (Refusal.sentence, ""))
    problem = answer(
        status,
        "invalid"
        if status == HTTPStatus.UNPROCESSABLE_ENTITY
        else (error.name or "error").lower().replace(" ", "_"),
        gettext(sentence),
        gettext(step) if step else "",
        # What webargs found wrong with a request to the API, by place and field.
        (getattr(error, "data", None) or {}).get("messages"),
    )
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            problem.headers[name] = value
    return problem


def _on_csrf(_error: CSRFError) -> Response:
    sentence = gettext(N_("This form is too old, or was opened in another log-in."))
    return answer(
        400, "csrf", sentence, gettext(N_("Go back, reload the page and send it again. Nothing was changed."))
    )


def _on_integrity(error: IntegrityError) -> Response:
    """Two people made the same thing at the same moment: the second hears so and may look again.

    Services look before they write, so what a unique index still catches is a race; any other broken
    constraint is a fault of ours.
    """
    if not _is_duplicate(error):
        return _on_bug(error)
    log.warning("lost a race", error=str(error.orig).splitlines()[0])
    return _on_refusal(Conflict())


def _is_duplicate(error: IntegrityError) -> bool:
    # PostgreSQL, appendix A: unique_violation.
    code = getattr(error.orig, "sqlstate", None)
    return code == "23505" or "UNIQUE constraint failed" in str(error.orig)


def _on_bug(error: Exception) -> Response:
    if current_app.config["PROPAGATE_EXCEPTIONS"]:
        # Tests want to see the fault itself.
        raise error
    log.exception("failed", error=type(error).__name__)
    if isinstance(error, DBAPIError):
        # The page of this failure must not fail in the same way.
        ask_the_database_nothing_more()
    sentence = gettext(N_("Nothing was changed. The fault has been written down."))
    return answer(
        500,
        "internal_error",
        sentence,
        gettext(N_("Try again; if it happens again, tell your administrator the request number.")),
    )


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(Refusal, _on_refusal)
    app.register_error_handler(LedgerError, _on_refusal)
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(IntegrityError, _on_integrity)
    app.register_error_handler(Exception, _on_bug)
