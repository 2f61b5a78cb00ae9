"""Forms around an activity: calling it off, extending, repeating, keeping it as a template, signing others up."""

from datetime import timedelta

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from timebank.activities.repeating import MONTHLY, WEEKLY, Repeat
from timebank.web.fields import choices

FARTHEST_NOTE = timedelta(days=3660)


class CancelForm(FlaskForm):
    """Why an activity is called off."""

    reason = TextAreaField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Write the reason.")), Length(max=500)],
        description=lazy_gettext("Everybody who is signed up will read it."),
    )


class ExtendForm(FlaskForm):
    """A shift that runs lasts longer, for everybody."""

    until = TimeField(
        lazy_gettext("New end"), [InputRequired(lazy_gettext("Enter a time, for example 14:00."))]
    )
    reason = StringField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Write the reason.")), Length(max=200)],
        description=lazy_gettext("It is logged, and everybody concerned reads it."),
    )


class CheckBoxesField(SelectMultipleField):
    """Several of a few, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RepeatForm(FlaskForm):
    """On which dates an activity is repeated."""

    every = RadioField(
        lazy_gettext("Repeat"),
        choices=choices(
            [
                (WEEKLY, lazy_gettext("Weekly, on these days")),
                (MONTHLY, lazy_gettext("Monthly, on the day of the month of the first date")),
            ]
        ),
        default=WEEKLY,
    )
    weekdays = CheckBoxesField(lazy_gettext("Days"), coerce=int)
    interval = IntegerField(
        lazy_gettext("Every so many weeks or months"),
        [InputRequired(), NumberRange(1, 12, lazy_gettext("Enter 1 to 12."))],
        default=1,
    )
    until = DateField(lazy_gettext("Last day"), [InputRequired(lazy_gettext("Enter the last day."))])

    def repeat(self) -> Repeat:
        """The repetition as the rules take it; only after validation."""
        assert self.until.data is not None
        return Repeat(
            self.every.data or WEEKLY,
            self.until.data,
            frozenset(self.weekdays.data or ()),
            self.interval.data or 1,
        )


class TemplateForm(FlaskForm):
    """Under which name a plan is kept."""

    name = StringField(
        lazy_gettext("Name of the template"),
        [InputRequired(lazy_gettext("Enter a name.")), Length(max=60)],
    )


class FamilyForm(FlaskForm):
    """Whom of the household a helper signs up."""

    member_id = SelectField(lazy_gettext("Whom"), coerce=int)


class InsuranceForm(FlaskForm):
    """An insurance that somebody showed."""

    insured_until = DateField(
        lazy_gettext("Insured until"), [InputRequired(lazy_gettext("Enter the last day of the insurance."))]
    )
    evidence = StringField(
        lazy_gettext("What you saw"),
        [InputRequired(lazy_gettext("Enter the insurer and the number of the policy.")), Length(max=100)],
        description=lazy_gettext("The insurer and the number of the policy."),
    )
