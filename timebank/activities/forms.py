"""The form of an activity: what, where, its shifts and posts, and on which terms people take part."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
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

from timebank.activities.models import Activity, Post
from timebank.activities.plans import MOST_PLACES, PostPlan, Terms, terms_of, values_of_terms
from timebank.activities.rules import Conditions, ShiftPlan, shift_is_sound
from timebank.web.fields import choices

MOST_SHIFTS = 30
MOST_POSTS = 12
# As the API takes them; beyond the calendar's end there is no day after.
EARLIEST_YEAR, LATEST_YEAR = 1900, 2999


class ShiftForm(Form):
    """One shift: a day, from when to when, and how many places. Across midnight the end is the next day's."""

    shift_id = HiddenField()
    day = DateField(lazy_gettext("Day"), [Optional()])
    starts = TimeField(lazy_gettext("Begins at"), [Optional()])
    ends = TimeField(lazy_gettext("Ends at"), [Optional()])
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


class PostForm(Form):
    """A task with its own places at each shift."""

    post_id = HiddenField()
    name = StringField(lazy_gettext("Post"), [Length(max=40)])
    capacity = IntegerField(
        lazy_gettext("Places at each shift"),
        [Optional(), NumberRange(1, MOST_PLACES, lazy_gettext("Enter 1 to 10,000 places."))],
    )
    skill = StringField(lazy_gettext("Skill it asks for"), [Length(max=40)])

    @property
    def is_blank(self) -> bool:
        """Nothing was entered: the row is left out."""
        return not (self.name.data or "").strip() and self.capacity.data is None

    def plan(self) -> PostPlan:
        """The post as the rules take it; only after validation."""
        assert self.capacity.data is not None
        return PostPlan(
            (self.name.data or "").strip(),
            self.capacity.data,
            (self.skill.data or "").strip(),
            _known_id(self.post_id.data),
        )


def _years(label: str) -> IntegerField:
    return IntegerField(label, [Optional(), NumberRange(0, 120, lazy_gettext("Enter an age from 0 to 120."))])


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
    shifts = FieldList(FormField(ShiftForm), lazy_gettext("Shifts"), min_entries=1, max_entries=MOST_SHIFTS)
    posts = FieldList(FormField(PostForm), lazy_gettext("Posts"), min_entries=0, max_entries=MOST_POSTS)
    contact_name = StringField(lazy_gettext("Whom to ask"), [Length(max=40)])
    contact_phone = StringField(lazy_gettext("Phone"), [Length(max=20)])
    private_details = TextAreaField(
        lazy_gettext("Only for those who have a place"),
        [Length(max=1000)],
        description=lazy_gettext(
            "For example the door code or the flat. Shown after the sign-up is confirmed."
        ),
    )
    skills = StringField(
        lazy_gettext("Skills needed"),
        [Length(max=120)],
        description=lazy_gettext(
            "Separated by commas. Everybody needs all of them; a skill for one task belongs to its post."
        ),
    )
    age_from = _years(lazy_gettext("Youngest"))
    age_until = _years(lazy_gettext("Oldest"))
    sex = SelectField(
        lazy_gettext("Who may come"),
        choices=choices(
            [
                ("", lazy_gettext("Everybody")),
                ("female", lazy_gettext("Women")),
                ("male", lazy_gettext("Men")),
            ]
        ),
        default="",
    )
    needs_insurance = BooleanField(lazy_gettext("An insurance must be noted"))
    closes_hours = IntegerField(
        lazy_gettext("Sign-up closes"),
        [Optional(), NumberRange(0, 720, lazy_gettext("Enter 0 to 720 hours."))],
        description=lazy_gettext("Hours before the start; empty: at the start."),
    )
    photo = FileField(lazy_gettext("Photo"), description=lazy_gettext("JPEG, PNG or WebP, at most 5 MB."))
    remove_photo = BooleanField(lazy_gettext("Remove the photo"))

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
        self.posts.errors = _faults_of_posts([row.form for row in self.posts])
        if not self.age_until.errors and (self.age_until.data or 120) < (self.age_from.data or 0):
            self.age_until.errors = [_("The oldest cannot be younger than the youngest.")]
        others = any(field.errors for field in self if field is not self.shifts)
        return not self.shifts.errors and (sound or not others)

    def plans(self, timezone: ZoneInfo) -> list[tuple[int | None, ShiftPlan]]:
        """Shifts in order of time, each with its id or None."""
        rows = [row.form for row in self.shifts if not row.form.is_blank]
        plans = [(_known_id(row.shift_id.data), row.plan(timezone)) for row in rows]
        return sorted(plans, key=lambda pair: pair[1].starts_at)

    def terms(self) -> Terms:
        """How one takes part; only after validation."""
        words = (self.skills.data or "").replace("，", ",").replace("、", ",").replace(";", ",").split(",")
        conditions = Conditions(
            skills=tuple(word.strip() for word in words if word.strip()),
            age_from=self.age_from.data,
            age_until=self.age_until.data,
            sex=self.sex.data or "",
            needs_insurance=bool(self.needs_insurance.data),
        )
        return Terms(
            conditions=conditions,
            closes_hours=self.closes_hours.data or 0,
            contact_name=(self.contact_name.data or "").strip(),
            contact_phone=(self.contact_phone.data or "").strip(),
            private_details=(self.private_details.data or "").strip(),
            posts=tuple(row.form.plan() for row in self.posts if not row.form.is_blank),
        )


def _faults_of_posts(rows: Sequence[PostForm]) -> list[str]:
    """What is wrong with the posts; marks their fields."""
    faults, seen = [], set()
    for number, row in enumerate(rows, 1):
        row.name.errors, row.capacity.errors = list(row.name.errors), list(row.capacity.errors)
        if row.is_blank and not row.capacity.errors:
            continue
        name = (row.name.data or "").strip()
        if not name:
            row.name.errors = [_("Enter the name of the post.")]
        elif name in seen:
            row.name.errors = [_("Another post has this name.")]
        if row.capacity.data is None and not row.capacity.errors:
            row.capacity.errors = [_("Enter 1 to 10,000 places.")]
        seen.add(name)
        wrong = (*row.name.errors, *row.capacity.errors)
        faults += [_("Post %(number)s: %(fault)s", number=number, fault=fault) for fault in wrong]
    return faults


def values_of(activity: Activity, timezone: ZoneInfo, *, with_ids: bool = True) -> dict[str, object]:
    """An activity as the form's values; without ids for a copy."""
    rows = rows_of(activity, timezone)
    return {
        "title": activity.title,
        "category_id": activity.category_id,
        "organisation_id": activity.organisation_id,
        "place": activity.place,
        "description": activity.description,
        "shifts": rows if with_ids else [row | {"shift_id": None} for row in rows],
        **values_of_terms(terms_of(activity, with_ids=with_ids)),
    }


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
        for shift in activity.held_shifts
    ]


class SignUpOtherForm(FlaskForm):
    """Somebody without a phone is signed up by the organiser."""

    member = StringField(
        lazy_gettext("Volunteer number or phone"),
        [InputRequired(lazy_gettext("Enter the volunteer number or the phone.")), Length(max=40)],
    )
    post_id = SelectField(lazy_gettext("Post"), coerce=int, validate_choice=False, default=0)

    @property
    def has_posts(self) -> bool:
        """Whether there is a post to choose."""
        return bool(self.post_id.choices)

    def offer_posts(self, posts: Sequence[Post]) -> None:
        """The activity's posts; 0 leaves it to the first that is free and fits."""
        if posts:
            first = (0, _("The first that is free and fits"))
            self.post_id.choices = choices([first, *((post.id, post.name) for post in posts)])
        else:
            self.post_id.choices = []
