"""Forms for hours: decisions with a reason, entries by hand, conversion."""

from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import Form, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, ValidationError

from timebank.activities.models import Shift

_MINUTES_PER_HOUR = 60


class ReasonForm(FlaskForm):
    """A decision that needs words."""

    reason = TextAreaField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Write a reason.")), Length(max=500)],
        description=lazy_gettext("The volunteer and the auditor will read it."),
    )


class ManualEntryForm(FlaskForm):
    """An attendance that no scan saw."""

    member = StringField(
        lazy_gettext("Volunteer number or phone"),
        [InputRequired(lazy_gettext("Enter the volunteer number or the phone.")), Length(max=40)],
    )
    came = TimeField(
        lazy_gettext("Came at"), [InputRequired(lazy_gettext("Enter a time, for example 14:00."))]
    )
    left = TimeField(
        lazy_gettext("Left at"), [InputRequired(lazy_gettext("Enter a time, for example 16:30."))]
    )
    reason = TextAreaField(
        lazy_gettext("Why by hand, and how do you know?"),
        [InputRequired(lazy_gettext("Write a reason.")), Length(max=500)],
        description=lazy_gettext(
            "For example: phone battery was empty; I saw her serve meals from the beginning to the end."
        ),
    )

    evidence = FileField(
        lazy_gettext("Photo or PDF that shows it"),
        [FileRequired(lazy_gettext("Add a photo or a PDF."))],
        description=lazy_gettext(
            "For example a picture of the group, of the paper list, or a letter of the home."
        ),
    )

    def moments(self, shift: Shift, timezone: ZoneInfo) -> tuple[datetime, datetime]:
        """Coming and leaving as moments around the shift, also when it runs across midnight."""
        assert self.came.data is not None
        assert self.left.data is not None
        return moments_around(shift, self.came.data, self.left.data, timezone)


class SheetForm(FlaskForm):
    """The photo of a sign-in sheet; its rows are drawn by the page."""

    photo = FileField(
        lazy_gettext("Photo of the sheet"),
        [FileRequired(lazy_gettext("Add a photo or a PDF."))],
        description=lazy_gettext("One photo of the whole sheet, with the signatures readable."),
    )


class TimesForm(FlaskForm):
    """When somebody came and left, by somebody's word."""

    came = TimeField(
        lazy_gettext("Came at"), [InputRequired(lazy_gettext("Enter a time, for example 14:00."))]
    )
    left = TimeField(
        lazy_gettext("Left at"), [InputRequired(lazy_gettext("Enter a time, for example 16:30."))]
    )
    reason = TextAreaField(
        lazy_gettext("What is wrong, and how do you know?"),
        [InputRequired(lazy_gettext("Write a reason.")), Length(max=500)],
        description=lazy_gettext("Whoever answers and the auditor will read it."),
    )

    def moments(self, shift: Shift, timezone: ZoneInfo) -> tuple[datetime, datetime]:
        """Coming and leaving as moments around the shift."""
        assert self.came.data is not None
        assert self.left.data is not None
        return moments_around(shift, self.came.data, self.left.data, timezone)


def moments_around(shift: Shift, came: time, left: time, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """Coming and leaving as moments around the shift, also when it runs across midnight."""
    came_at = _nearest(came, shift.starts_at.astimezone(timezone), timezone)
    left_at = datetime.combine(came_at.date(), left, timezone)
    return came_at, left_at if left_at > came_at else left_at + timedelta(days=1)


def _nearest(clock: time, start: datetime, timezone: ZoneInfo) -> datetime:
    """The moment with this clock time that is nearest to ``start``."""
    days = (start.date() + timedelta(days=offset) for offset in (-1, 0, 1))
    moments = [datetime.combine(day, clock, timezone) for day in days]
    return min(moments, key=lambda moment: abs(moment - start))


class ConvertForm(Form):
    """How many hours to turn into points. Asked by GET too, hence without a token of its own."""

    hours = StringField(
        lazy_gettext("Hours to convert"),
        [InputRequired(lazy_gettext("Enter the hours, for example 2.5.")), Length(max=8)],
    )

    def validate_hours(self, field: StringField) -> None:
        """Plain hours in whole minutes, such as 2 or 2.5."""
        if minutes_of(field.data or "") is None:
            raise ValidationError(lazy_gettext("Enter the hours, for example 2.5."))

    @property
    def minutes(self) -> int:
        """The hours as minutes."""
        return minutes_of(self.hours.data or "") or 0


def minutes_of(written: str) -> int | None:
    """Whole minutes of hours as written, None when they are not plain or not whole minutes."""
    written = written.strip()
    if not written.isascii() or not written.replace(".", "", 1).isdecimal():
        return None
    try:
        minutes = Decimal(written) * _MINUTES_PER_HOUR
    except InvalidOperation:
        return None
    return int(minutes) if minutes == minutes.to_integral_value() else None
