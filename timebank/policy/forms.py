"""Forms for categories and points rules."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from timebank.policy.rules import ROUNDING_STEPS
from timebank.web.fields import choices


class PointsField(StringField):
    """A number of points in plain digits, as an exact ``Decimal`` in ``points``; None when it is empty."""

    points: Decimal | None = None

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - WTForms calls it so.
        """Refuse anything but digits with at most two decimals; full-width digits and exponents too."""
        self.points = None
        text = (self.data or "").strip()
        if not text:
            return
        if not text.isascii() or not text.replace(".", "", 1).isdecimal() or len(text) > 12:
            raise ValidationError(lazy_gettext("Enter a number, for example 10 or 12.5."))
        try:
            amount = Decimal(text)
        except InvalidOperation as fault:
            raise ValidationError(lazy_gettext("Enter a number, for example 10 or 12.5.")) from fault
        if amount * 100 != int(amount * 100):
            raise ValidationError(lazy_gettext("Points have at most two decimals."))
        self.points = amount


class RuleForm(FlaskForm):
    """A new version of a points rule."""

    organisation_id = SelectField(lazy_gettext("Applies to"), coerce=int)
    category_id = SelectField(lazy_gettext("Category"), coerce=int)
    points_per_hour = PointsField(
        lazy_gettext("Points per hour"), [InputRequired(lazy_gettext("Enter the points per hour."))]
    )
    rounding = RadioField(
        lazy_gettext("Rounding"),
        choices=choices(
            [
                ("down", lazy_gettext("Down")),
                ("half_up", lazy_gettext("To the nearest, halves up")),
                ("up", lazy_gettext("Up")),
            ]
        ),
        default="down",
    )
    rounding_step = SelectField(
        lazy_gettext("To a multiple of"),
        choices=choices((str(step), str(step)) for step in ROUNDING_STEPS),
    )
    cap_points_per_day = PointsField(
        lazy_gettext("At most per day"), description=lazy_gettext("Empty for no limit.")
    )
    cap_points_per_month = PointsField(
        lazy_gettext("At most per month"), description=lazy_gettext("Empty for no limit.")
    )
    valid_from = DateField(lazy_gettext("First day"), [InputRequired(lazy_gettext("Enter the first day."))])
    valid_until = DateField(
        lazy_gettext("Last day"),
        [Optional()],
        description=lazy_gettext("Empty until a newer version takes over."),
    )


class CategoryForm(FlaskForm):
    """A kind of service."""

    name = StringField(
        lazy_gettext("Name in Chinese"), [InputRequired(lazy_gettext("Enter a name.")), Length(max=30)]
    )
    english_name = StringField(lazy_gettext("Name in English"), [Length(max=40)])


class SettingsForm(FlaskForm):
    """The token alone: the fields come from the list of settings."""
