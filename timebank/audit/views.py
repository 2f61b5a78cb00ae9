"""The trail as a page: who did what, when, on whom."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.permissions import AUDIT_READ
from timebank.audit import queries
from timebank.audit.actions import AUDIT_ROOMS, FACT_WORDS, ROLE_WORDS, SUBJECT_WORDS
from timebank.audit.models import AuditEntry
from timebank.orgs import queries as places
from timebank.orgs.models import Organisation
from timebank.web.requests import actor, house, reading

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

# Kind of subject → the page that shows one, and the name of its number there.
SUBJECT_PAGES = {
    "activity": ("activities.show", "activity_id"),
    "case": ("fraud.case", "case_id"),
    "difference": ("differences.show", "item_id"),
    "dispute": ("disputes.show", "dispute_id"),
    "draw": ("fraud_audit.show", "draw_id"),
    "member": ("members.show", "member_id"),
    "order": ("orders.show", "order_id"),
    "organisation": ("orgs.show", "organisation_id"),
    "product": ("catalogue.show", "product_id"),
    "shift": ("shifts.show", "shift_id"),
    "user": ("users.show", "user_id"),
}


@blueprint.get("")
def index() -> str:
    """The trail within scope, newest first."""
    scope.require_somewhere(actor(), AUDIT_READ)
    filters = {name: request.args.get(name, "").strip()[:100] for name in ("who", "action", "subject")}
    days = {name: _day(request.args.get(name, "")) for name in ("since", "until")}
    with reading() as db:
        place = _chosen_place(db)
        page = queries.entries_page(
            db,
            actor(),
            who=filters["who"],
            action=filters["action"],
            subject=filters["subject"],
            besides=[one for kept in house().kept_from for one in kept(db, actor())],
            below=place.path if place else "",
            since=_begins(days["since"]),
            until=_begins(days["until"] + timedelta(days=1) if days["until"] else None),
            cursor=request.args.get("cursor"),
        )
        kept = {
            **filters,
            **{name: day.isoformat() if day else "" for name, day in days.items()},
            "organisation": str(place.id) if place else "",
        }
        return render_template(
            "audit/index.html",
            page=page,
            kept=kept,
            place=place,
            rooms=AUDIT_ROOMS | _rooms_of_the_house(),
            sentence=sentence,
            subject_link=subject_link,
            facts=facts_line,
        )


def _chosen_place(db: Session) -> Organisation | None:
    written = request.args.get("organisation", "")
    if not written.isascii() or not written.isdecimal() or len(written) > 18:
        return None
    return places.organisation(db, actor(), int(written))


def _day(written: str) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    # The first and the last year would overflow on the way to another time zone.
    return day if 1900 <= day.year <= 9000 else None


def _begins(day: date | None) -> datetime | None:
    """The moment at which ``day`` begins in the county."""
    zone = ZoneInfo(house().settings.timezone)
    return datetime.combine(day, time.min, zone) if day else None


def _rooms_of_the_house() -> dict[str, str]:
    sentences = house().audit_sentences
    known = {code.partition(".")[0] for code in sentences if "." in code}
    return {room: sentences.get(room, room) for room in sorted(known - AUDIT_ROOMS.keys())}


def sentence(entry: AuditEntry) -> str:
    """What was done, in the reader's language; the bare code where an act of old has no sentence any more."""
    known = house().audit_sentences.get(entry.action)
    return str(_(known)) if known else entry.action


def subject_link(subject: str) -> Markup:
    """On whom or what, linked to its page where there is one."""
    kind, _colon, number = subject.partition(":")
    known = SUBJECT_WORDS.get(kind) or house().audit_sentences.get(kind)
    words = f"{_(known)} {number}" if known else subject
    endpoint, name = SUBJECT_PAGES.get(kind, ("", ""))
    if endpoint in current_app.view_functions and number.isdecimal():
        values: dict[str, Any] = {name: int(number)}
        return Markup('<a href="{}">{}</a>').format(url_for(endpoint, **values), words)
    return escape(words)


def facts_line(entry: AuditEntry) -> str:
    """The facts of the act in one line."""
    parts = []
    for name, value in entry.facts.items():
        word = str(_(FACT_WORDS[name])) if name in FACT_WORDS else name
        said = str(_(ROLE_WORDS[value])) if name == "role" and value in ROLE_WORDS else value
        parts.append(f"{word}: {said}")
    return " · ".join(parts)
