"""Forms that move goods: one product at a time, so that every line is booked when the scanner has read it."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from store.pages import options


class MovementForm(FlaskForm):
    """A product, a number of units, and what there is to say."""

    key = HiddenField()
    written = StringField(
        lazy_gettext("Product"),
        [InputRequired(lazy_gettext("Scan the product, or write its name.")), Length(max=100)],
        description=lazy_gettext("Scan the barcode, or write a part of the name."),
    )
    quantity = StringField(lazy_gettext("Quantity"), [InputRequired(lazy_gettext("Enter how many."))])
    note = StringField(lazy_gettext("Note"), [Length(max=200)])


class GoodsInForm(MovementForm):
    """Goods come in."""

    kind = RadioField(
        lazy_gettext("Where from"),
        choices=options([("receipt", lazy_gettext("Bought")), ("donation", lazy_gettext("Donated"))]),
        default="receipt",
    )
    note = StringField(
        lazy_gettext("From whom"),
        [Length(max=200)],
        description=lazy_gettext("Supplier or donor, number of the delivery note."),
    )


class WriteOffForm(MovementForm):
    """Goods leave the shelf without points."""

    note = StringField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Write down the reason: the auditor will read it.")), Length(max=200)],
        description=lazy_gettext("For example: broken, spoiled, past its date."),
    )


class CountForm(MovementForm):
    """What somebody counted; the book is not shown, so that eyes do the counting."""

    quantity = StringField(
        lazy_gettext("Counted"), [InputRequired(lazy_gettext("Enter how many you counted."))]
    )
