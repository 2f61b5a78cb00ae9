"""Differences in suspense as pages: the list by age, owner and place; one with its history; what two people decide."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from timebank.access import scope
from timebank.access.permissions import DIFFERENCES_EXPLAIN, RECONCILIATION_RUN
from timebank.audit.views import subject_link
from timebank.clock import now
from timebank.errors import N_
from timebank.orgs import queries as places
from timebank.reconcile import item_queries, owners, queries, suspense, totals
from timebank.reconcile.errors import ItemClosed
from timebank.reconcile.item_queries import STATES, Wanted
from timebank.reconcile.models import SuspenseItem
from timebank.reconcile.rules import AGES, age_band, age_days
from timebank.web.requests import actor, audited, house, reading, transaction
from timebank.web.spreadsheets import csv_file

blueprint = Blueprint("differences", __name__, url_prefix="/reconciliation/items")

EXPORTED = (
    "item",
    "check",
    "subject",
    "difference",
    "organisation",
    "owner",
    "status",
    "opened",
    "days",
    "amount",
)
STATE_WORDS = {"waiting": N_("Not closed yet"), "proposed": N_("For a second person"), "closed": N_("Closed")}
STATUS_WORDS = {
    "open": (N_("open"), "wait"),
    "proposed": (N_("waits for a second person"), "info"),
    "explained": (N_("explained"), "good"),
    "written_off": (N_("written off"), "neutral"),
    "repaired": (N_("gone"), "good"),
}
VERB_WORDS = {
    "opened": N_("seen for the first time"),
    "given": N_("given to"),
    "noted": N_("note"),
    "proposed": N_("proposed"),
    "refused": N_("not agreed"),
    "explained": N_("agreed: explained"),
    "written_off": N_("agreed: written off"),
    "repaired": N_("gone at the next comparison"),
    "reopened": N_("it is another difference now: open again"),
}
COUNTED = N_("What was counted on the shelf")
COUNTED_REPAIR = N_(
    "Look at receipts, hand-outs and the shelf next to it. Say what became of the goods, or propose to write the difference off; a second person agrees."
)
OUTCOMES = {"explained": N_("Explained"), "written_off": N_("Write off")}


@blueprint.get("")
def index() -> str:
    """What waits, by age, owner and organisation."""
    scope.require_somewhere(actor(), DIFFERENCES_EXPLAIN)
    with reading() as db:
        wanted = _wanted(db)
        found = item_queries.items_page(db, actor(), wanted, **_days())
        return render_template(
            "reconcile/items.html",
            items=[_shown(item) for item in found],
            ages=[
                (first, _(label), count)
                for (first, label), count in zip(
                    AGES, item_queries.ages(db, actor(), wanted, **_days()).values(), strict=True
                )
            ],
            states=[(state, _(STATE_WORDS[state])) for state in STATES],
            owners=item_queries.owners_of_waiting(db, actor()),
            places=places.organisations(db, actor()),
            wanted=wanted,
            kept=_kept(),
        )


@blueprint.post("/export.csv")
def export() -> AnyResponse:
    """The same rows as a table."""
    scope.require_somewhere(actor(), DIFFERENCES_EXPLAIN)
    with transaction() as db:
        wanted = _wanted(db)
        rows = [_row(item) for item in item_queries.export_rows(db, actor(), wanted, **_days())]
        audited(db, "reconciliation.items_exported", "reconciliation:items", rows=len(rows))
    return csv_file("differences.csv", EXPORTED, rows)


@blueprint.get("/<int:item_id>")
def show(item_id: int) -> str:
    """One difference: what it is, how old, whose, and everything that happened to it."""
    with reading() as db:
        return _page(db, item_id)


@blueprint.post("/<int:item_id>/note")
def note(item_id: int) -> AnyResponse:
    """Write down what was found out."""
    with transaction() as db:
        item = item_queries.item(db, actor(), item_id)
        suspense.note(db, item, words=request.form.get("reason", ""), by=actor(), at=now())
        _in_the_trail(db, item, "reconciliation.item_noted")
    return _back(item_id, _("Noted."))


@blueprint.post("/<int:item_id>/owner")
def give(item_id: int) -> AnyResponse:
    """Make somebody else responsible."""
    with transaction() as db:
        item = item_queries.item(db, actor(), item_id, decide=True)
        written = request.form.get("user", "")
        user_id = int(written) if written.isascii() and written.isdecimal() and len(written) <= 18 else 0
        suspense.give_to(db, item, user_id=user_id, by=actor(), at=now())
        _in_the_trail(db, item, "reconciliation.item_given")
    return _back(item_id, _("Given to somebody else."))


@blueprint.post("/<int:item_id>/propose")
def propose(item_id: int) -> AnyResponse:
    """Say what became of it; a second person agrees."""
    with transaction() as db:
        item = item_queries.item(db, actor(), item_id)
        outcome = "written_off" if request.form.get("outcome") == "written_off" else "explained"
        reason = request.form.get("reason", "")
        suspense.propose(db, item, outcome=outcome, reason=reason, by=actor(), at=now())
        _in_the_trail(db, item, "reconciliation.item_proposed", outcome=outcome)
    return _back(item_id, _("Proposed. Somebody else has to agree."))


@blueprint.post("/<int:item_id>/agree")
def agree(item_id: int) -> AnyResponse:
    """The second person agrees."""
    with transaction() as db:
        item = _as_read(item_queries.item(db, actor(), item_id, decide=True))
        suspense.agree(db, item, by=actor(), at=now())
        _in_the_trail(db, item, "reconciliation.item_closed", outcome=item.outcome)
    return _back(item_id, _("Closed, in the books too."))


@blueprint.post("/<int:item_id>/refuse")
def refuse(item_id: int) -> AnyResponse:
    """The second person does not agree."""
    with transaction() as db:
        item = _as_read(item_queries.item(db, actor(), item_id, decide=True))
        suspense.refuse(db, item, words=request.form.get("reason", ""), by=actor(), at=now())
        _in_the_trail(db, item, "reconciliation.item_refused")
    return _back(item_id, _("Not agreed; it is open again."))


def _as_read(item: SuspenseItem) -> SuspenseItem:
    """The item, if its proposal is still the one on the page: nobody agrees to what they have not read."""
    seen = request.form.get("proposed", "")
    if seen and (item.proposed_at is None or item.proposed_at.isoformat() != seen):
        raise ItemClosed
    return item


def _page(db: Session, item_id: int) -> str:
    item = item_queries.item(db, actor(), item_id)
    check = next((one for one in house().checks if one.code == item.check_code), None)
    may_decide = item.organisation is None or actor().may(RECONCILIATION_RUN, item.organisation.path)
    is_cause = item.cause_user_id is not None and item.cause_user_id == actor().user_id
    return render_template(
        "reconcile/item.html",
        item=item,
        shown=_shown(item),
        proves=_(check.proves) if check else _(COUNTED),
        broken_by=_(check.broken_by) if check else "",
        repair=_(check.repair) if check else _(COUNTED_REPAIR),
        events=[
            (
                one.at,
                queries.starter(db, one.by) if one.by != "job" else _("by itself"),
                _(VERB_WORDS[one.verb]),
                one.note,
            )
            for one in item_queries.history(db, item.id)
        ],
        cause=queries.starter(db, f"user:{item.cause_user_id}") if item.cause_user_id else None,
        candidates=owners.candidates(db, item.organisation_id) if may_decide else [],
        outcome=_(OUTCOMES[item.outcome]) if item.outcome else "",
        is_cause=is_cause,
        may_propose=item.status == "open" and not is_cause,
        may_agree=item.status == "proposed"
        and may_decide
        and not is_cause
        and item.proposed_by_user_id != actor().user_id,
        may_give=may_decide and item.closed_at is None,
    )


def _shown(item: SuspenseItem) -> dict[str, Any]:
    days = age_days(_local(item.opened_at), _local(item.closed_at or now()))
    word, tone = STATUS_WORDS[item.status]
    return {
        "item": item,
        "subject": subject_link(item.subject),
        "says": _(item.says) % item.facts if item.facts else _(item.says),
        "days": days,
        "band": age_band(days),
        "status": _(word),
        "tone": tone,
        "amount": item.amount,
    }


def _row(item: SuspenseItem) -> list[Any]:
    shown = _shown(item)
    return [
        item.id,
        item.check_code,
        item.subject,
        shown["says"],
        item.organisation.name if item.organisation else "",
        item.owner.name if item.owner else "",
        item.status,
        _local(item.opened_at).isoformat(),
        shown["days"],
        "" if item.amount is None else item.amount,
    ]


def _local(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(house().settings.timezone)).date()


def _days() -> dict[str, Any]:
    timezone = ZoneInfo(house().settings.timezone)
    return {"today": _local(now()), "day_begins": lambda day: totals.day_begins(day, timezone)}


def _wanted(db: Session) -> Wanted:
    age, owner, place = (_number(request.values.get(name, "")) for name in ("age", "owner", "organisation"))
    state = request.values.get("state", "waiting")
    return Wanted(
        age if age in {first for first, _label in AGES} else None,
        owner,
        places.organisation(db, actor(), place).path if place is not None else None,
        state if state in STATES else "waiting",
    )


def _kept() -> dict[str, str]:
    """The filters that hold, to be carried along by the next."""
    return {
        name: request.args[name]
        for name in ("age", "owner", "organisation", "state")
        if request.args.get(name)
    }


def _number(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdecimal() and len(written) <= 18 else None


def _in_the_trail(db: Session, item: SuspenseItem, action: str, **facts: Any) -> None:
    audited(
        db,
        action,
        f"difference:{item.id}",
        organisation_id=item.organisation_id,
        check=item.check_code,
        **facts,
    )


def _back(item_id: int, words: str) -> AnyResponse:
    flash(words, "success")
    return redirect(url_for("differences.show", item_id=item_id))
