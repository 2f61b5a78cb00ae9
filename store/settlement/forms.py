"""Forms about merchants, contracts, statements and public sheets."""

import re
import unicodedata
from decimal import Decimal

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from store.pages import options

_YUAN = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?", re.ASCII)
SHEET_KINDS = options(
    [
        ("redemptions", lazy_gettext("Redemptions")),
        ("donations", lazy_gettext("Donations received")),
        ("handouts", lazy_gettext("Donated goods handed out")),
    ]
)


def written_rate(written: str) -> Decimal | None:
    """Yuan as typed (``0.10``), as fen per point; None when it is no such amount."""
    plain = unicodedata.normalize("NFKC", written).strip()
    return Decimal(plain) * 100 if _YUAN.fullmatch(plain) else None


class MerchantForm(FlaskForm):
    """A merchant with a counter of its own."""

    house_id = SelectField(lazy_gettext("Settled by"), coerce=int)
    name = StringField(
        lazy_gettext("Name of the merchant"),
        [InputRequired(lazy_gettext("Enter the name.")), Length(max=100)],
    )
    address = StringField(lazy_gettext("Address"), [Optional(), Length(max=200)])
    opening_hours = StringField(lazy_gettext("Opening hours"), [Optional(), Length(max=200)])
    contact = StringField(
        lazy_gettext("Contact"),
        [Optional(), Length(max=200)],
        description=lazy_gettext("Who is called about a statement: name and phone."),
    )
    keeps_stock = BooleanField(
        lazy_gettext("Count stock at this counter"),
        description=lazy_gettext("Without it the merchant brings what it hands out, and nothing runs short."),
    )


class ContractForm(FlaskForm):
    """What a point is worth, from when to when."""

    house_id = SelectField(lazy_gettext("Settled by"), coerce=int)
    party_id = SelectField(lazy_gettext("Who pays for concessions"), coerce=int)
    number = StringField(
        lazy_gettext("Number of the contract"),
        [InputRequired(lazy_gettext("Enter the number.")), Length(max=60)],
    )
    rate = StringField(
        lazy_gettext("Yuan for one point"),
        [InputRequired(lazy_gettext("Enter what one point is worth."))],
        description=lazy_gettext("For example 0.10. Rounded once, on the total, to a whole fen."),
    )
    first_day = DateField(lazy_gettext("From"), [InputRequired(lazy_gettext("Enter the first day."))])
    last_day = DateField(lazy_gettext("Until"), [InputRequired(lazy_gettext("Enter the last day."))])
    note = StringField(lazy_gettext("Note"), [Optional(), Length(max=200)])


class PeriodForm(FlaskForm):
    """The days of a statement."""

    first_day = DateField(lazy_gettext("From"), [InputRequired(lazy_gettext("Enter the first day."))])
    last_day = DateField(lazy_gettext("Until"), [InputRequired(lazy_gettext("Enter the last day."))])


class PaymentForm(FlaskForm):
    """The money has gone over."""

    reference = StringField(
        lazy_gettext("Number of the transfer"),
        [InputRequired(lazy_gettext("Enter the number of the transfer.")), Length(max=100)],
        description=lazy_gettext("As the bank writes it, so that it can be found again."),
    )
    paid_on = DateField(lazy_gettext("Paid on"), [InputRequired(lazy_gettext("Enter the day."))])


class WithdrawForm(FlaskForm):
    """Why a statement is taken back."""

    reason = StringField(
        lazy_gettext("Reason"), [InputRequired(lazy_gettext("Give the reason.")), Length(min=2, max=200)]
    )


class SheetForm(FlaskForm):
    """What hangs out for everybody."""

    organisation_id = SelectField(lazy_gettext("Whose"), coerce=int)
    kind = RadioField(lazy_gettext("What"), choices=SHEET_KINDS, default="redemptions")
    title = StringField(
        lazy_gettext("Title of the sheet"), [InputRequired(lazy_gettext("Enter a title.")), Length(max=60)]
    )
    first_day = DateField(lazy_gettext("From"), [InputRequired(lazy_gettext("Enter the first day."))])
    last_day = DateField(lazy_gettext("Until"), [InputRequired(lazy_gettext("Enter the last day."))])
