"""Codes that say who somebody is: the code on the member's phone, and paper cards, single or eight to a sheet."""

from collections.abc import Sequence

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.permissions import MEMBERS_WRITE
from timebank.clock import now
from timebank.members import codes, queries
from timebank.members.cards import card_code
from timebank.members.errors import MemberAbsent, NobodyChosen
from timebank.members.models import Member
from timebank.members.pin_requests import pin_first
from timebank.members.standing_views import tell_member
from timebank.orgs import queries as places
from timebank.orgs.forms import organisation_choices
from timebank.web.codes import code128, digits_qr
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("cards", __name__)

CARDS_ON_A_SHEET = 8
MOST_CARDS_AT_ONCE = 80


def _own(db: Session) -> Member:
    who = actor()
    if who.member_id is None:
        raise MemberAbsent
    return queries.member(db, who, who.member_id)


@blueprint.get("/me/code")
def my_code() -> ResponseReturnValue:
    """The member's own code, like a payment code: a bar code above, a QR code below, for one minute.

    Opening the page issues a code. Nothing of the member's changes by it, and it must work without
    JavaScript, where the page loads itself anew.
    """
    if (asked := pin_first(url_for(".my_code"))) is not None:
        return asked
    with transaction() as db:
        member = _own(db)
        return render_template("members/my_code.html", member=member, **_fresh_code(db, member))


@blueprint.post("/me/code")
def fresh_code() -> ResponseReturnValue:
    """The next code, for the page's own script."""
    if (asked := pin_first(url_for(".my_code"))) is not None:
        return asked
    with transaction() as db:
        return jsonify(_fresh_code(db, _own(db)))


def _fresh_code(db: Session, member: Member) -> dict[str, object]:
    digits = codes.issue(db, member_id=member.id, at=now())
    return {
        "digits": digits,
        "bars": code128(digits),
        "qr": digits_qr(digits, level="M"),
        "seconds": codes.CODE_SECONDS,
    }


@blueprint.get("/me/card")
def my_card() -> ResponseReturnValue:
    """One's own card, to print at home."""
    if (asked := pin_first(url_for(".my_card"))) is not None:
        return asked
    with reading() as db:
        member = _own(db)
        return render_template(
            "members/card.html", member=member, back=(url_for("cards.my_code"), ""), **_card(member)
        )


@blueprint.get("/members/<int:member_id>/card")
def card(member_id: int) -> str:
    """One member's card. Whoever prints a card could use it, so printing is in the audit trail."""
    with transaction() as db:
        member = _printable(db, member_id)
        _audit_printing(db, member)
        back = (url_for("members.show", member_id=member_id), "")
        return render_template("members/card.html", member=member, back=back, **_card(member))


@blueprint.get("/members/cards")
def choose() -> str:
    """Whose cards are to be printed: an organisation's members, eight to a sheet."""
    scope.require_somewhere(actor(), MEMBERS_WRITE)
    with reading() as db:
        options = places.organisations(db, actor(), MEMBERS_WRITE)
        chosen = next((place for place in options if str(place.id) == request.args.get("organisation")), None)
        place = chosen or options[0]
        members = queries.members_below(db, place.path)
        return render_template(
            "members/cards.html", choices=organisation_choices(options), place=place, members=members
        )


@blueprint.post("/members/cards")
def sheet() -> str:
    """The chosen members' cards on sheets of eight."""
    scope.require_somewhere(actor(), MEMBERS_WRITE)
    with transaction() as db:
        chosen = [_printable(db, member_id) for member_id in _chosen_ids()]
        for member in chosen:
            _audit_printing(db, member)
        return render_template(
            "members/card_sheet.html",
            cards=[(member, _card(member)) for member in chosen],
            back=(url_for("cards.choose"), ""),
        )


def _chosen_ids() -> Sequence[int]:
    written = request.form.getlist("member")[:MOST_CARDS_AT_ONCE]
    chosen = [int(value) for value in written if value.isascii() and value.isdecimal() and len(value) < 19]
    if not chosen:
        raise NobodyChosen
    return list(dict.fromkeys(chosen))


def _printable(db: Session, member_id: int) -> Member:
    member = queries.member(db, actor(), member_id)
    scope.require(actor(), MEMBERS_WRITE, member.organisation.path)
    return member


def _audit_printing(db: Session, member: Member) -> None:
    audited(
        db,
        "member.card_printed",
        f"member:{member.id}",
        organisation_id=member.organisation_id,
        generation=member.card_generation,
    )
    tell_member(db, member, "member.card_printed")


def _card(member: Member) -> dict[str, str | Markup]:
    digits = card_code(house().keyring, member)
    # In fives, as people read digits out when a scanner fails.
    groups = [digits[start : start + 5] for start in range(0, len(digits), 5)]
    return {"qr": digits_qr(digits, level="Q"), "digits": " ".join(groups)}
