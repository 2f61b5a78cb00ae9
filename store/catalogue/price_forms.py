"""Forms about what a product costs whom, how many one may take, and what carries its barcode."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from store.pages import options

PERIODS = options(
    [
        ("day", lazy_gettext("a day")),
        ("week", lazy_gettext("a week")),
        ("month", lazy_gettext("a month")),
        ("quarter", lazy_gettext("a quarter")),
        ("year", lazy_gettext("a year")),
    ]
)
COUNTED_FOR = options([("person", lazy_gettext("per person")), ("household", lazy_gettext("per household"))])


class PriceForm(FlaskForm):
    """A line of the price list."""

    price = StringField(
        lazy_gettext("New price"), [InputRequired(lazy_gettext("Enter the price in points."))]
    )
    valid_from = StringField(lazy_gettext("Holds from"), [Length(max=20)])


class ConcessionForm(FlaskForm):
    """A lower price for a group, and who pays the rest."""

    group = SelectField(lazy_gettext("For whom"), coerce=int)
    price = StringField(lazy_gettext("They pay"), [InputRequired(lazy_gettext("Enter the price in points."))])
    funder = SelectField(
        lazy_gettext("Who pays the rest"),
        coerce=int,
        description=lazy_gettext("The books show what this organisation owes."),
    )
    valid_from = StringField(lazy_gettext("Holds from"), [Length(max=20)])
    valid_until = StringField(lazy_gettext("Last day"), [Length(max=20)])


class LimitForm(FlaskForm):
    """At most so many."""

    units = StringField(lazy_gettext("At most"), [InputRequired(lazy_gettext("Enter how many."))])
    period = SelectField(lazy_gettext("Within"), choices=PERIODS, default="month")
    counted_for = RadioField(lazy_gettext("How it is counted"), choices=COUNTED_FOR, default="person")


class CategoryLimitForm(LimitForm):
    """At most so many of a whole category."""

    category = SelectField(lazy_gettext("Product category"), validate_choice=False)
    organisation = SelectField(lazy_gettext("For the members of"), coerce=int)


class BarcodeForm(FlaskForm):
    """One more barcode, such as a carton's."""

    barcode = StringField(
        lazy_gettext("Barcode"), [InputRequired(lazy_gettext("Scan the barcode.")), Length(max=40)]
    )
    units = StringField(
        lazy_gettext("One scan means"),
        [InputRequired(lazy_gettext("Enter how many."))],
        default="12",
        description=lazy_gettext("How many units are in the carton."),
    )
