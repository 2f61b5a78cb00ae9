"""The volunteer's own pages: records, points passbook, time account and conversion."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import ATTENDANCE_READ, HOURS_CONFIRM
from timebank.activities.views import timezone
from timebank.books import queries as books
from timebank.books.queries import StatementLine
from timebank.clock import now
from timebank.errors import Forbidden, Refusal
from timebank.hours import queries, service
from timebank.hours.conversion import exchange_for
from timebank.hours.errors import ConversionUnavailable
from timebank.hours.forms import ConvertForm
from timebank.hours.models import ServiceRecord
from timebank.hours.rules import APPROVED
from timebank.members.models import Member
from timebank.policy.queries import policy_for
from timebank.policy.rules import ON_CONVERSION, written
from timebank.web.errors import said
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("account", __name__)

PAGE = 30


def _own_member_id() -> int:
    member_id = actor().member_id
    if member_id is None:
        raise Forbidden
    return member_id


@blueprint.get("/my/records")
def records() -> str:
    """The member's service records, newest first."""
    status, before = request.args.get("status", ""), _cursor(request.args.get("before"))
    member_id = _own_member_id()
    with reading() as db:
        found = queries.records_of_member(db, member_id, status=status, before=before, limit=PAGE + 1)
        last = found[PAGE - 1] if len(found) > PAGE else None
        return render_template(
            "hours/records.html",
            records=found[:PAGE],
            status=status,
            counts=queries.counts_of_member(db, member_id),
            minutes=queries.approved_minutes(db, member_id),
            points=books.points_balance(db, member_id),
            before=f"{last.served_on.isoformat()}~{last.id}" if last else None,
            is_first=before is None,
        )


def _cursor(written_cursor: str | None) -> tuple[date, int] | None:
    day, _tilde, record_id = (written_cursor or "").partition("~")
    try:
        return date.fromisoformat(day), int(record_id[:18])
    except ValueError:
        return None


@blueprint.get("/records/<int:record_id>")
def record(record_id: int) -> str:
    """One record with everything that made it: evidence, arithmetic, rule, decision, postings."""
    with reading() as db:
        found = queries.record(db, actor(), record_id)
        path = found.attendance.shift.activity.organisation.path
        if found.member_id != actor().member_id:
            scope.require(actor(), ATTENDANCE_READ, path)
        may_confirm = actor().may(HOURS_CONFIRM, path) and found.member_id != actor().member_id
        return render_template(
            "hours/record.html",
            record=found,
            is_own=found.member_id == actor().member_id,
            may_take_back=may_confirm and found.status == APPROVED,
        )


@dataclass(frozen=True)
class PassbookLine:
    """A statement line in the passbook's words."""

    at: datetime
    title: str
    amount: Decimal
    balance: Decimal
    note: str
    grade: str | None
    href: str | None
    record: ServiceRecord | None
    arithmetic: str
    reason: str
    is_reversed: bool


_KINDS = {
    "award": lambda: _("Service"),
    "time_credit": lambda: _("Service"),
    "conversion": lambda: _("Hours converted to points"),
    "spend": lambda: _("Redeemed in the love supermarket"),
    "refund": lambda: _("Goods given back"),
    "reversal": lambda: _("Taken back"),
}


def passbook_lines(db: Session, lines: Sequence[StatementLine]) -> list[PassbookLine]:
    """Statement lines with the services that they are about."""
    found = queries.records_by_id(db, (number for line in lines if (number := _record_id(line)) is not None))
    return [_passbook_line(line, found.get(_record_id(line) or 0)) for line in lines]


def _record_id(line: StatementLine) -> int | None:
    room, _colon, number = line.subject.partition(":")
    return int(number) if room == "record" and number.isdecimal() else None


def _passbook_line(line: StatementLine, about: ServiceRecord | None) -> PassbookLine:
    kind = _KINDS.get(line.kind, lambda: line.kind)()
    title = about.attendance.shift.activity.title if about else kind
    note = ""
    if about and line.kind == "reversal":
        title = _("Taken back: %(title)s", title=title)
    if line.reversed_by is not None:
        note = _("Taken back later")
    return PassbookLine(
        at=line.effective_at,
        title=title,
        amount=line.amount,
        balance=line.balance,
        note=note,
        grade=about.proof_grade if about and line.kind != "reversal" else None,
        href=url_for("account.record", record_id=about.id) if about else None,
        record=about,
        arithmetic=str(line.facts.get("arithmetic", "")),
        reason=str(line.facts.get("reason", "")),
        is_reversed=line.reversed_by is not None,
    )


@blueprint.get("/my/points")
def points() -> str:
    """The points passbook."""
    member_id = _own_member_id()
    with reading() as db:
        lines = books.points_statement(db, member_id, before=request.args.get("before"), limit=PAGE + 1)
        path = db.get_one(Member, member_id).organisation.path
        time_balance = books.time_balance(db, member_id)
        return render_template(
            "hours/points.html",
            lines=passbook_lines(db, lines[:PAGE]),
            balance=books.points_balance(db, member_id),
            minutes=queries.approved_minutes(db, member_id),
            keeps_hours=policy_for(db, path).points_booked == ON_CONVERSION or time_balance > 0,
            time_balance=time_balance,
            before=lines[PAGE - 1].cursor if len(lines) > PAGE else None,
            is_first="before" not in request.args,
        )


@blueprint.get("/my/time")
def time_account() -> str:
    """The time account, and the way to convert its hours."""
    member_id = _own_member_id()
    with reading() as db:
        member = db.get_one(Member, member_id)
        lines = books.time_statement(db, member_id, before=request.args.get("before"), limit=PAGE + 1)
        try:
            exchange = exchange_for(db, member=member, at=now(), timezone=timezone())
        except ConversionUnavailable:
            exchange = None
        return render_template(
            "hours/time.html",
            form=ConvertForm(hours=_hours(exchange.most_minutes) if exchange else ""),
            exchange=exchange,
            lines=passbook_lines(db, lines[:PAGE]),
            balance=books.time_balance(db, member_id),
            keeps_hours=policy_for(db, member.organisation.path).points_booked == ON_CONVERSION,
            before=lines[PAGE - 1].cursor if len(lines) > PAGE else None,
            is_first="before" not in request.args,
        )


def _hours(minutes: int) -> str:
    return written(Decimal(minutes - minutes % 6) / 60)


@blueprint.route("/my/time/convert", methods=["GET", "POST"])
def convert() -> str | Response:
    """Show what a number of hours gives; then do it, once however often the button is pressed."""
    form = ConvertForm(request.args if request.method == "GET" else request.form)
    if request.method == "POST":
        return _convert(form)
    with reading() as db:
        member = db.get_one(Member, _own_member_id())
        planned = None
        # An address without hours asks for them; it has nothing yet that could be wrong.
        if "hours" in request.args and form.validate():
            try:
                planned = service.preview_conversion(
                    db, member=member, minutes=form.minutes, at=now(), timezone=timezone()
                )
            except Refusal as refusal:
                form.hours.errors = [said(refusal)]
        return render_template(
            "hours/convert.html",
            form=form,
            planned=planned,
            balance=books.time_balance(db, member.id),
            key=secrets.token_urlsafe(12),
        )


def _convert(form: ConvertForm) -> Response:
    if not form.validate():
        return redirect(url_for("account.time_account"))
    key = request.form.get("key", "")[:40] or secrets.token_urlsafe(12)
    try:
        with transaction() as db:
            member = db.get_one(Member, _own_member_id())
            done = service.convert(
                db, key=key, member=member, minutes=form.minutes, by=actor(), at=now(), timezone=timezone()
            )
            if not done.is_repeat:
                audited(
                    db,
                    "hours.convert",
                    f"member:{member.id}",
                    organisation_id=member.organisation_id,
                    minutes=done.minutes,
                    points=str(done.points),
                )
    except Refusal as refusal:
        flash(said(refusal), "warning")
        return redirect(url_for("account.time_account"))
    flash(_("Converted: %(points)s points are on your account.", points=written(done.points)), "success")
    return redirect(url_for("account.points"))
