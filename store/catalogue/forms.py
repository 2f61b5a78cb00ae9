"""Forms about shops and products."""

from typing import Any

from flask_babel import get_locale, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from store.catalogue.rules import CATEGORIES
from store.pages import CheckBoxesField, options

KINDS = options(
    [
        ("goods", lazy_gettext("Goods")),
        ("service", lazy_gettext("Service")),
        ("voucher", lazy_gettext("Voucher with a code")),
    ]
)


class ShopForm(FlaskForm):
    """What people read about a shop."""

    name = StringField(
        lazy_gettext("Name of the shop"),
        [InputRequired(lazy_gettext("Enter the name of the shop.")), Length(max=100)],
        description=lazy_gettext("As on the sign at the door."),
    )
    address = StringField(lazy_gettext("Address"), [Length(max=200)])
    opening_hours = StringField(
        lazy_gettext("Opening hours"),
        [Length(max=200)],
        description=lazy_gettext("For example: Monday to Friday, 9:00–17:00."),
    )
    open_days = CheckBoxesField(
        lazy_gettext("Open on"),
        description=lazy_gettext(
            "A reservation is kept until a day on which the shop is open. None ticked means every day."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = get_locale().days["format"]["wide"]
        self.open_days.choices = options((str(day), names[day - 1]) for day in range(1, 8))


class NewShopForm(ShopForm):
    """A new shop and where it belongs."""

    organisation = SelectField(lazy_gettext("Organisation"), coerce=int)


class ProductForm(FlaskForm):
    """What is said of a product."""

    name = StringField(
        lazy_gettext("Name of the product"),
        [InputRequired(lazy_gettext("Enter the name of the product.")), Length(max=100)],
    )
    category = SelectField(
        lazy_gettext("Product category"), choices=options((word, word) for word in CATEGORIES)
    )
    kind = RadioField(
        lazy_gettext("Kind"),
        choices=KINDS,
        default="goods",
        description=lazy_gettext(
            "A service is stocked by the number of times that its provider has pledged."
        ),
    )
    price = StringField(
        lazy_gettext("Price"),
        [InputRequired(lazy_gettext("Enter the price in points."))],
        description=lazy_gettext("Finished orders keep the price that they were sold at."),
    )
    unit = StringField(
        lazy_gettext("Unit"), [InputRequired(lazy_gettext("Enter the unit.")), Length(max=10)], default="件"
    )
    barcode = StringField(
        lazy_gettext("Barcode"),
        [Length(max=40)],
        description=lazy_gettext("Scan it, or type the digits below the bars."),
    )
    low_stock = StringField(
        lazy_gettext("Runs low at"),
        default="5",
        description=lazy_gettext("At or below this number of units it is on the list of what runs low."),
    )
    description = TextAreaField(lazy_gettext("Description"), [Length(max=1000)])
    picture = FileField(
        lazy_gettext("Picture"), description=lazy_gettext("A JPEG, PNG or WebP file of at most 5 MB.")
    )
    remove_picture = BooleanField(lazy_gettext("Remove the picture"))


class NewProductForm(ProductForm):
    """A new product and whose shops hand it out."""

    organisation = SelectField(
        lazy_gettext("Organisation"),
        coerce=int,
        description=lazy_gettext(
            "All shops of this organisation and below it have the product on their list."
        ),
    )
