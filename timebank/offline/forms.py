"""Forms of the office's side of the offline roster."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length


class AssignForm(FlaskForm):
    """Who else may take the list of a shift."""

    user = SelectField(
        lazy_gettext("Coordinator"),
        [InputRequired(lazy_gettext("Choose somebody."))],
        coerce=int,
        description=lazy_gettext("Whoever planned the activity may take it anyway."),
    )


class DecisionForm(FlaskForm):
    """Why an odd scan counts, or does not."""

    reason = TextAreaField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Write a reason.")), Length(max=500)],
        description=lazy_gettext("What you know about it: who was there, whom you asked."),
    )
