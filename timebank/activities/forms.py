"""Forms for planning activities and signing others up."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from timebank.activities.models import Activity
from timebank.activities.rules import ShiftPlan, shift_is_sound

MOST_SHIFTS = 30
# As the API takes them; beyond the calendar's end there is no day after.
EARLIEST_YEAR, LATEST_YEAR = 1900, 2999


class ShiftForm(Form):
    """One shift: a day, from when to when, and how many places. Across midnight the end is the next day's."""

    shift_id = HiddenField()
    day = DateField(lazy_gettext("Day"), [Optional()])
    starts = TimeField(lazy_gettext("From"), [Optional()])
    ends = TimeField(lazy_gettext("Until"), [Optional()])
    capacity = IntegerField(
        lazy_gettext("Places"),
        [Optional(), NumberRange(1, 10_000, lazy_gettext("Enter 1 to 10,000 places, or leave it empty."))],
    )

    @property
    def is_blank(self) -> bool:
        """Nothing was entered: the row is left out."""
        return not any((self.day.raw_data or [""])[0:1] + (self.starts.raw_data or [""])[0:1])

    def plan(self, timezone: ZoneInfo) -> ShiftPlan:
        """The shift as the rules take it; only after validation."""
        day, starts, ends = self.day.data, self.starts.data, self.ends.data
        assert day is not None
        assert starts is not None
        assert ends is not None
        last_day = day + timedelta(days=1) if ends <= starts else day
        return ShiftPlan(
            _moment(day, starts, timezone), _moment(last_day, ends, timezone), self.capacity.data
        )


def _moment(day: date, clock: time, timezone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, timezone)


class ActivityForm(FlaskForm):
    """An activity with its shifts."""

    title = StringField(
        lazy_gettext("Title"),
        [InputRequired(lazy_gettext("Enter a title.")), Length(max=80)],
        description=lazy_gettext("As it should stand on the poster."),
    )
    category_id = SelectField(lazy_gettext("Category"), coerce=int)
    organisation_id = SelectField(lazy_gettext("Organised by"), coerce=int)
    place = StringField(
        lazy_gettext("Place"), [InputRequired(lazy_gettext("Enter the place.")), Length(max=120)]
    )
    description = TextAreaField(
        lazy_gettext("Description"),
        [Length(max=2000)],
        description=lazy_gettext("What will be done, what to bring, whom to ask."),
    )
    shifts = FieldList(FormField(ShiftForm), min_entries=1, max_entries=MOST_SHIFTS)

    def validate(self, extra_validators: Any = None) -> bool:
        """All fields, and every shift that is not blank; messages of shifts stand beside their fields too."""
        sound = bool(super().validate(extra_validators))
        self.shifts.errors = [
            _("Shift %(number)s: %(fault)s", number=number, fault=fault)
            for number, row in enumerate(self.shifts, 1)
            if (fault := _fault_of(row.form))
        ]
        if all(row.form.is_blank for row in self.shifts):
            self.shifts.errors = [_("Enter at least one shift.")]
        others = any(field.errors for field in self if field is not self.shifts)
        return not self.shifts.errors and (sound or not others)

    def plans(self, timezone: ZoneInfo) -> list[tuple[int | None, ShiftPlan]]:
        """Shifts in order of time, each with its id or None."""
        rows = [row.form for row in self.shifts if not row.form.is_blank]
        plans = [(_known_id(row.shift_id.data), row.plan(timezone)) for row in rows]
        return sorted(plans, key=lambda pair: pair[1].starts_at)


def _known_id(written: str | None) -> int | None:
    return int(written) if written and written.isascii() and written.isdecimal() else None


def _fault_of(row: ShiftForm) -> str:
    """What is wrong with a shift, empty when nothing is; marks its fields."""
    for field in (row.day, row.starts, row.ends, row.capacity):
        field.errors = list(field.errors)
    if row.is_blank:
        return ""
    if row.day.data is None:
        row.day.errors = [_("Enter the day.")]
    elif not EARLIEST_YEAR <= row.day.data.year <= LATEST_YEAR:
        row.day.errors = [_("The year lies between 1900 and 2999.")]
    for field in (row.starts, row.ends):
        if field.data is None:
            field.errors = [_("Enter a time, for example 14:00.")]
    faults = [error for field in (row.day, row.starts, row.ends, row.capacity) for error in field.errors]
    if not faults and not shift_is_sound(row.plan(ZoneInfo("UTC"))):
        row.ends.errors = [_("A shift lasts 15 minutes to 16 hours.")]
        faults = row.ends.errors
    return str(faults[0]) if faults else ""


def rows_of(activity: Activity, timezone: ZoneInfo) -> Sequence[dict[str, object]]:
    """The activity's shifts as the form's rows."""
    return [
        {
            "shift_id": shift.id,
            "day": shift.starts_at.astimezone(timezone).date(),
            "starts": shift.starts_at.astimezone(timezone).time(),
            "ends": shift.ends_at.astimezone(timezone).time(),
            "capacity": shift.capacity,
        }
        for shift in activity.shifts
    ]


class CancelForm(FlaskForm):
    """Why an activity is called off."""

    reason = TextAreaField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Write the reason.")), Length(max=500)],
        description=lazy_gettext("Everybody who is signed up will read it."),
    )


class SignUpOtherForm(FlaskForm):
    """Somebody without a phone is signed up by the organiser."""

    member = StringField(
        lazy_gettext("Volunteer number or phone"),
        [InputRequired(lazy_gettext("Enter the volunteer number or the phone.")), Length(max=40)],
    )
