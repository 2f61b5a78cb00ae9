"""Forms of the charity warehouse."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional


class HandoutForm(FlaskForm):
    """Who gets the goods, and why; how many of which stands in the list beside it."""

    key = HiddenField()
    number = StringField(
        lazy_gettext("Volunteer number"),
        [Optional(), Length(max=20)],
        description=lazy_gettext("Of a member. For somebody else, write name and address below."),
    )
    name = StringField(lazy_gettext("Name"), [Optional(), Length(max=60)])
    note = StringField(lazy_gettext("Where the person lives"), [Optional(), Length(max=200)])
    reason = StringField(
        lazy_gettext("Why"),
        [InputRequired(lazy_gettext("Write down why.")), Length(max=200)],
        description=lazy_gettext("For example: low income, flood, visit at New Year."),
    )


class FairForm(FlaskForm):
    """Days on which donated goods are sold for points."""

    name = StringField(
        lazy_gettext("Name of the fair"), [InputRequired(lazy_gettext("Enter the name.")), Length(max=60)]
    )
    place = StringField(lazy_gettext("Place"), [Optional(), Length(max=200)])
    first_day = DateField(lazy_gettext("From"), [InputRequired(lazy_gettext("Enter the first day."))])
    last_day = DateField(lazy_gettext("Until"), [InputRequired(lazy_gettext("Enter the last day."))])
