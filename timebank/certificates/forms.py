"""Forms for certificates."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length


class AskForm(FlaskForm):
    """Which organisation, which days, what for."""

    organisation_id = SelectField(lazy_gettext("Organisation that recorded the hours"), coerce=int)
    period_from = DateField(lazy_gettext("From"), [InputRequired(lazy_gettext("Enter the first day."))])
    period_until = DateField(lazy_gettext("Until"), [InputRequired(lazy_gettext("Enter the last day."))])
    purpose = StringField(
        lazy_gettext("What for"),
        [Length(max=100)],
        description=lazy_gettext("For example school, employer. It is not printed."),
    )


class AnswerForm(FlaskForm):
    """Why a certificate is refused or revoked."""

    reason = TextAreaField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Write a reason.")), Length(max=300)],
        description=lazy_gettext("Whoever checks the certificate will read it: name nobody."),
    )
