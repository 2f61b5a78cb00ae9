"""Forms at the door."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

_LONGEST = Length(max=200)


class LogInForm(FlaskForm):
    """Name and password."""

    login_name = StringField(
        lazy_gettext("Phone or volunteer number"),
        [InputRequired(lazy_gettext("Enter your phone or volunteer number.")), _LONGEST],
    )
    password = PasswordField(
        lazy_gettext("Password"), [InputRequired(lazy_gettext("Enter your password.")), _LONGEST]
    )


class NewPasswordForm(FlaskForm):
    """A password, twice."""

    password = PasswordField(
        lazy_gettext("New password"),
        [InputRequired(lazy_gettext("Choose a password.")), _LONGEST],
        description=lazy_gettext(
            "At least 8 characters. A short sentence is easy to remember and hard to guess."
        ),
    )
    repeated = PasswordField(
        lazy_gettext("New password once more"),
        [
            InputRequired(lazy_gettext("Enter the password once more.")),
            EqualTo("password", lazy_gettext("The two passwords differ.")),
        ],
    )


class ChangePasswordForm(NewPasswordForm):
    """The old password, and the new one twice."""

    current = PasswordField(
        lazy_gettext("Current password"),
        [InputRequired(lazy_gettext("Enter your current password.")), _LONGEST],
    )
