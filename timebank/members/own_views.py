"""What a person sees and decides about themselves: particulars, the export of everything kept, the PIN."""

import csv
import io
import json
import zipfile
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import directory, lockouts
from timebank.access.models import User
from timebank.access.passwords import password_matches
from timebank.clock import now
from timebank.errors import Refusal
from timebank.members import accounts, families, queries, service
from timebank.members.errors import MemberAbsent
from timebank.members.forms import OwnPinForm, PhoneForm, sex_word
from timebank.members.identity import masked_identity
from timebank.members.models import Member
from timebank.members.pin_requests import asked_until, believe_phone, pin_first, prove_pin
from timebank.web.fields import show_refusal
from timebank.web.filters import local
from timebank.web.requests import actor, audited, house, own_address, reading, transaction

blueprint = Blueprint("me", __name__, url_prefix="/me")


def _own(db: Session) -> Member:
    who = actor()
    if who.member_id is None:
        raise MemberAbsent
    return queries.member(db, who, who.member_id)


@blueprint.get("")
def show() -> str:
    """Own particulars, the log-in, and what can be changed here."""
    with reading() as db:
        user = db.get_one(User, actor().user_id)
        member = _own(db) if actor().member_id is not None else None
        return render_template(
            "members/me.html",
            user=user,
            member=member,
            names=[row.name for row in user.login_names],
            roles=directory.held_roles(db, [user.id])[user.id],
            sex=sex_word(member.sex) if member else "",
            identity=masked_identity(house().keyring, member.identity_cipher) if member else "",
            logs_in_by_phone=accounts.logs_in_by_phone(db, member) if member else False,
            household=[row.member for row in families.household_with(db, member.id)] if member else [],
            asked=families.open_links(db, member.id) if member else [],
        )


@blueprint.route("/pin", methods=["GET", "POST"])
def set_pin() -> ResponseReturnValue:
    """Set or change one's own PIN; the password is asked for first, and on a new phone the old PIN."""
    if (asked := pin_first(url_for(".set_pin"))) is not None:
        return asked
    form = OwnPinForm()
    with reading() as db:
        member = _own(db)
    if form.validate_on_submit() and _password_is_right(form):
        try:
            with transaction() as db:
                own = _own(db)
                service.set_pin(db, member=own, pin=form.pin.data or "")
                audited(db, "member.pin_set", f"member:{own.id}", organisation_id=own.organisation_id)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("The PIN is set."), "success")
            return redirect(url_for("me.show"))
    return render_template("members/own_pin.html", form=form, has_pin=member.pin_hash is not None)


@blueprint.route("/phone", methods=["GET", "POST"])
def prove_phone() -> ResponseReturnValue:
    """A phone that is new to the account: the PIN once, then on to where the member was heading."""
    target, form = own_address(request.args.get("next")), PhoneForm()
    until, member_id = asked_until(), actor().member_id
    if until is None or member_id is None:
        return redirect(target, 303)
    if form.validate_on_submit():
        try:
            prove_pin(member_id, form.pin.data or "")
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            believe_phone()
            return redirect(target, 303)
    return render_template("members/new_phone.html", form=form, until=until)


def _password_is_right(form: OwnPinForm) -> bool:
    """Check the password. The try is counted first, so that many at once cannot slip past the lock."""
    at, subject = now(), f"password:{actor().user_id}"
    with transaction() as db:
        lockouts.ensure_open(db, subject, at=at)
        lockouts.failed(db, subject, at=at)
    with transaction() as db:
        user = db.get_one(User, actor().user_id)
        if password_matches(user.password_hash, form.current.data or ""):
            lockouts.succeeded(db, subject)
            return True
    form.current.errors = [_("This is not your current password.")]
    return False


def _everything(db: Session, member: Member) -> dict[str, list[dict[str, Any]]]:
    return {name: rows(db, member.id) for name, rows in house().own_records.items()}


@blueprint.post("/export.json")
def export_json() -> Response:
    """Everything kept about oneself, as one JSON file."""
    sections = _gathered("json")
    body = {"exported_at": now().isoformat(), **sections}
    return _file(json.dumps(body, ensure_ascii=False, indent=2).encode(), "application/json", "json")


@blueprint.post("/export.zip")
def export_tables() -> Response:
    """Everything kept about oneself, as a zip of CSV files that spreadsheets open."""
    sections = _gathered("csv")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in sections.items():
            # Spreadsheets take a file for the system's old encoding unless it begins with this mark.
            archive.writestr(f"{name}.csv", "\ufeff" + _as_csv(rows))
    return _file(packed.getvalue(), "application/zip", "zip")


def _gathered(form: str) -> dict[str, list[dict[str, Any]]]:
    with transaction() as db:
        member = _own(db)
        sections = _everything(db, member)
        audited(
            db,
            "member.own_data_exported",
            f"member:{member.id}",
            organisation_id=member.organisation_id,
            form=form,
        )
    return sections


def _as_csv(rows: list[dict[str, Any]]) -> str:
    written = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(written, columns)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return written.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # A cell that begins like a formula would be run by the spreadsheet (CWE-1236).
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()


def _file(content: bytes, mimetype: str, extension: str) -> Response:
    answer = Response(content, mimetype=mimetype)
    name = f"timebank-{local(now()).date().isoformat()}.{extension}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
