"""Forms of the fraud room."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

MOST_WORDS = 2000


class ReasonForm(FlaskForm):
    """A sentence that gives a reason, or an answer."""

    reason = TextAreaField(_("In your words"), validators=[DataRequired(), Length(max=MOST_WORDS)])


class DecisionForm(FlaskForm):
    """What is decided about a case; records and members are ticked beside it."""

    outcome = RadioField(_("What is decided?"), validators=[InputRequired()])
    reason = TextAreaField(
        _("Reason"),
        description=_("The member reads it. Say what was found and what follows."),
        validators=[DataRequired(), Length(max=MOST_WORDS)],
    )


class RuleForm(FlaskForm):
    """How a rule is used from a day on; its thresholds are fields beside it."""

    mode = RadioField(_("Mode"), validators=[InputRequired()])
    weight = IntegerField(_("Weight (0 to 100)"), validators=[InputRequired()])
    place = SelectField(_("Where it holds"))
    # The newest setting when the page was made: nobody overwrites what another has set meanwhile without seeing it.
    seen = HiddenField(validators=[Optional()])
    valid_from = DateField(_("From"), validators=[InputRequired()])
    reason = TextAreaField(_("Reason"), validators=[DataRequired(), Length(max=MOST_WORDS)])


class DecoyForm(FlaskForm):
    """What becomes a decoy, and the sealed note."""

    kind = RadioField(_("What is it?"), validators=[InputRequired()])
    number = StringField(
        _("Number"),
        description=_("The activity's number as its address shows it, or the member number."),
        validators=[DataRequired(), Length(max=40)],
    )
    note = TextAreaField(
        _("Sealed note"),
        description=_(
            "Why it was planted. Its digest is written into the trail, so that it cannot be changed later."
        ),
        validators=[DataRequired(), Length(max=MOST_WORDS)],
    )
