"""Forms about stock: one product at a time, so that every line is booked when the scanner has read it."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from store.pages import options


class ProductForm(FlaskForm):
    """A product that is scanned or named, and a number of units."""

    key = HiddenField()
    written = StringField(
        lazy_gettext("Product"),
        [InputRequired(lazy_gettext("Scan the product, or write its name.")), Length(max=100)],
        description=lazy_gettext("Scan the barcode, or write a part of the name."),
    )
    quantity = StringField(lazy_gettext("Quantity"), [InputRequired(lazy_gettext("Enter how many."))])


class BatchForm(ProductForm):
    """One more line of goods in: what the package says."""

    best_before = StringField(lazy_gettext("Best before"), [Length(max=20)])
    batch_code = StringField(lazy_gettext("Batch"), [Length(max=40)])
    unit_cost = StringField(
        lazy_gettext("Value of one unit"),
        [Length(max=20)],
        description=lazy_gettext("In money: what it cost, or what the donation is worth."),
    )


class GoodsInForm(BatchForm):
    """The first line of goods in, with the head of its paper."""

    kind = RadioField(
        lazy_gettext("Where from"),
        choices=options([("receipt", lazy_gettext("Bought")), ("donation", lazy_gettext("Donated"))]),
        default="receipt",
    )
    source = StringField(lazy_gettext("Supplier or donor"), [Length(max=100)])
    contact = StringField(
        lazy_gettext("How to reach them"),
        [Length(max=200)],
        description=lazy_gettext("For the thank-you; not shown in public."),
    )
    restriction = StringField(
        lazy_gettext("Meant for"),
        [Length(max=200)],
        description=lazy_gettext("Only where the donor said so, for example: people over 80."),
    )
    note = StringField(
        lazy_gettext("Note"), [Length(max=200)], description=lazy_gettext("Number of the delivery note.")
    )


class WriteOffForm(ProductForm):
    """Goods leave the shelf without points."""

    batch = SelectField(lazy_gettext("Batch"), validate_choice=False)
    note = StringField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Write down the reason: the auditor will read it.")), Length(max=200)],
        description=lazy_gettext("For example: broken, spoiled, past its date."),
    )


class TransferForm(FlaskForm):
    """Goods for another shop: each line a product and how many."""

    key = HiddenField()
    to_shop = SelectField(lazy_gettext("To which shop"), coerce=int)
    goods = TextAreaField(
        lazy_gettext("Goods"),
        [InputRequired(lazy_gettext("Say what is sent, and how many of it.")), Length(max=20_000)],
        description=lazy_gettext(
            "One product a line: barcode or name, a space, and how many. A line that is scanned without a number counts as one."
        ),
    )
    note = StringField(lazy_gettext("Note"), [Length(max=200)])


class StocktakeForm(FlaskForm):
    """What is counted."""

    category = SelectField(lazy_gettext("What is counted"), validate_choice=False)
    note = StringField(lazy_gettext("Note"), [Length(max=200)])


class ScanForm(ProductForm):
    """One product in a stocktake; the book is not shown, so that eyes do the counting."""

    quantity = StringField(
        lazy_gettext("Counted"),
        default="1",
        description=lazy_gettext("Adds to what was counted before. To correct, write for example −1."),
    )


class VoucherForm(FlaskForm):
    """Codes that come in."""

    key = HiddenField()
    codes = TextAreaField(
        lazy_gettext("Codes"),
        [Length(max=150_000)],
        description=lazy_gettext("One a line. Leave it empty to have new codes made."),
    )
    count = StringField(lazy_gettext("Make so many new codes"), [Length(max=10)])
    source = StringField(lazy_gettext("Supplier or donor"), [Length(max=100)])
    best_before = StringField(lazy_gettext("Valid until"), [Length(max=20)])
    donated = BooleanField(lazy_gettext("It is a donation"))
