"""The volunteer's own pages: records, points passbook, time account and conversion."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import ATTENDANCE_READ, HOURS_CONFIRM, HOURS_ENTER
from timebank.activities.views import timezone
from timebank.books import queries as books
from timebank.books.proofs import proof_word
from timebank.books.queries import StatementLine
from timebank.books.views import proof_url
from timebank.clock import now
from timebank.errors import Forbidden, Refusal
from timebank.hours import lists, queries, service
from timebank.hours.conversion import exchange_for
from timebank.hours.corrections import correction_closes_at
from timebank.hours.errors import ConversionUnavailable, NotYourRecord
from timebank.hours.explaining import minutes_explained
from timebank.hours.forms import ConvertForm, moments_around
from timebank.hours.member_word import NO, YES, say, wants_word
from timebank.hours.models import ServiceRecord
from timebank.hours.no_shows import no_shows_of
from timebank.hours.records import plan_of, policy_of
from timebank.hours.rules import APPROVED, REJECTED, REVERSED, Credit
from timebank.members.models import Member
from timebank.policy.queries import policy_for
from timebank.policy.rules import ON_CONVERSION, Policy, written
from timebank.web.errors import said
from timebank.web.filters import clock_time
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
            words_wanted=lists.words_wanted(db, member_id),
            no_shows=no_shows_of(db, db.get_one(Member, member_id), at=now()),
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
        is_own = found.member_id == actor().member_id
        policy = policy_of(db, found.attendance.shift, found.created_at)
        return render_template(
            "hours/record.html",
            record=found,
            is_own=is_own,
            may_take_back=actor().may(HOURS_CONFIRM, path) and not is_own and found.status == APPROVED,
            may_record_anew=actor().may(HOURS_ENTER, path) and not is_own and _may_stand_anew(db, found),
            steps=[] if found.import_run_id else _explained(found, policy),
            wants_word=wants_word(found),
            asked=lists.corrections_of_record(db, found.id),
            corrected_by=lists.correcting_record_id(db, found.id),
            closes_at=correction_closes_at(found, policy_of(db, found.attendance.shift, now())),
            at=now(),
            proof=proof_url(proof_word(db, found.transaction_id)) if found.transaction_id else "",
        )


def _may_stand_anew(db: Session, found: ServiceRecord) -> bool:
    standing = queries.record_of_attendance(db, found.attendance_id)
    return found.status in (REJECTED, REVERSED) and standing is not None and standing.id == found.id


def _explained(found: ServiceRecord, policy: Policy) -> list[str]:
    """The time rules of the record in sentences, by the reader's clock."""
    seen = found.attendance
    steps = minutes_explained(
        plan_of(seen.shift),
        Credit(found.credited_from, found.credited_until, found.minutes),
        policy,
        came_at=found.stated_from or seen.checked_in_at,
        left_at=found.stated_until or (seen.checked_out_at if seen.check_out_method else None),
    )
    return [
        _(sentence)
        % {name: clock_time(fact) if isinstance(fact, datetime) else fact for name, fact in facts.items()}
        for sentence, facts in steps
    ]


@blueprint.post("/records/<int:record_id>/word")
def word(record_id: int) -> Response:
    """The member says whether it was so, and when she left where nobody saw it."""
    answer = YES if request.form.get("said") == YES else NO
    with reading() as db:
        if queries.record(db, actor(), record_id).member_id != actor().member_id:
            raise NotYourRecord
    try:
        with transaction() as db:
            found = queries.record(db, actor(), record_id)
            standing = found.said
            left_at = _left_at(found, request.form.get("left", ""))
            say(db, record=found, said=answer, by=actor(), at=now(), left_at=left_at)
            if found.said != standing:
                audited(
                    db,
                    "hours.word",
                    f"record:{found.id}",
                    organisation_id=found.organisation_id,
                    said=answer,
                )
    except Refusal as refusal:
        flash(said(refusal), "warning")
    else:
        flash(_("Thank you. A coordinator decides now.") if answer == YES else _("Thank you."), "success")
    return redirect(url_for("account.record", record_id=record_id))


def _left_at(found: ServiceRecord, written: str) -> datetime | None:
    try:
        clock = datetime.strptime(written, "%H:%M").time()  # noqa: DTZ007 - a clock's face alone.
    except ValueError:
        return None
    came = found.attendance.checked_in_at.astimezone(timezone()).time()
    return moments_around(found.attendance.shift, came, clock, timezone())[1]


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
    "lapse": lambda: _("Points lapsed"),
    "gift": lambda: _("Points given"),
    "donation": lambda: _("Points given to the pool"),
}


def passbook_lines(db: Session, lines: Sequence[StatementLine]) -> list[PassbookLine]:
    """Statement lines with the services that they are about; a correction and what it replaces are one line."""
    found = queries.records_by_id(db, (number for line in lines if (number := _record_id(line)) is not None))
    shown: list[PassbookLine] = []
    rest = list(lines)
    while rest:
        line = rest.pop(0)
        about = found.get(_record_id(line) or 0)
        newer = found.get(_record_id(rest[0]) or 0) if rest else None
        # Newest first: the old posting taken back stands right above the one that replaces it.
        if line.kind == "reversal" and about and newer and newer.corrects_id == about.id:
            shown.append(_joined(line, rest.pop(0), newer))
        else:
            shown.append(_passbook_line(line, about))
    return shown


def _joined(taken: StatementLine, given: StatementLine, about: ServiceRecord) -> PassbookLine:
    one = _passbook_line(given, about)
    was, now_is = written(abs(taken.amount)), written(given.amount)
    return replace(
        one,
        at=taken.effective_at,
        title=_("Corrected: %(title)s", title=one.title),
        amount=taken.amount + given.amount,
        balance=taken.balance,
        note=_("%(was)s before, %(now)s now", was=was, now=now_is),
        reason=str(taken.facts.get("reason", "")),
    )


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
