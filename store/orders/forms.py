"""The form of a return."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, Optional


class ReturnForm(FlaskForm):
    """Why goods come back; how many of each line stands beside it in fields named after the lines."""

    key = HiddenField()
    reason = StringField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Write down the reason: the auditor will read it.")), Length(max=200)],
        description=lazy_gettext("For example: broken, wrong product."),
    )

    login_name = StringField(lazy_gettext("Second person: number or phone"), [Optional(), Length(max=100)])
    secret = PasswordField(lazy_gettext("Her password or PIN"), [Optional(), Length(max=200)])
