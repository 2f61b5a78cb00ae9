"""Giving points: to one's family, or to the pool from which concession prices are paid."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from store.catalogue.rules import price
from store.giving import queries, service
from store.giving.errors import NotFamily, ReceiverMissing
from store.pages import fresh_key
from timebank.books.queries import points_available
from timebank.clock import now
from timebank.errors import Forbidden, Refusal
from timebank.members.models import Member
from timebank.members.pin_requests import pin_first
from timebank.web.errors import said, status_of
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("giving", __name__)


@blueprint.route("/my/points/give", methods=["GET", "POST"])
def give() -> ResponseReturnValue:
    """To whom, how many, a few words."""
    member_id = actor().member_id
    if member_id is None:
        raise Forbidden
    if request.method == "POST" and (asked := pin_first(url_for(".give"))) is not None:
        return asked
    refusal = None
    if request.method == "POST":
        try:
            _give(member_id)
            flash(_("Given. Thank you."), "success")
            return redirect(url_for(".give"), 303)
        except Refusal as error:
            refusal = error
    with reading() as db:
        member = db.get_one(Member, member_id)
        page = render_template(
            "giving/give.html",
            family=queries.family(db, member_id),
            pools=queries.pools(db, member),
            gifts=queries.gifts_of(db, member_id),
            available=points_available(db, member_id, at=now()),
            key=request.form.get("key") or fresh_key(),
            refusal=refusal,
            said=said,
        )
    return page, 200 if refusal is None else status_of(refusal)


def _give(member_id: int) -> None:
    kind, _colon, number = request.form.get("to", "").partition(":")
    points, words = price(request.form.get("points", "")), request.form.get("words", "")
    key = request.form.get("key", "")
    with transaction() as db:
        member = db.get_one(Member, member_id)
        family = {f"{one.id}": one for one in queries.family(db, member_id)}
        pools = {f"{one.id}": one for one in queries.pools(db, member)}
        if kind == "member" and number in family:
            gift = service.give(
                db,
                member=member,
                to=family[number],
                points=points,
                words=words,
                key=key,
                by=actor(),
                at=now(),
            )
        elif kind == "pool" and number in pools:
            gift = service.donate(
                db, member=member, to=pools[number], points=points, words=words, key=key, by=actor(), at=now()
            )
        elif not kind:
            raise ReceiverMissing(field="to")
        else:
            raise NotFamily(field="to")
        audited(
            db,
            "points.given" if kind == "member" else "points.donated",
            f"member:{member_id}",
            organisation_id=member.organisation_id,
            points=str(gift.points),
        )
