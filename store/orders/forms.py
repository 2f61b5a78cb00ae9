"""The form of a return."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length


class ReturnForm(FlaskForm):
    """Why goods come back; how many of each line stands beside it in fields named after the lines."""

    key = HiddenField()
    reason = StringField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Write down the reason: the auditor will read it.")), Length(max=200)],
        description=lazy_gettext("For example: broken, wrong product."),
    )
