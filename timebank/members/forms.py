"""Forms about members."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import EqualTo, InputRequired, Length, NumberRange, Optional

from timebank.web.fields import choices

SEXES = (
    ("female", lazy_gettext("Female")),
    ("male", lazy_gettext("Male")),
    ("unknown", lazy_gettext("Not stated")),
)


def sex_word(code: str) -> str:
    """The word for ``code`` in the reader's language."""
    return str(dict(SEXES)[code])


def split_skills(written: str) -> tuple[str, ...]:
    """Skills written in one line, parted by commas of either width, semicolons or enumeration commas."""
    plain = written.translate(str.maketrans("，、；;\n", ",,,,,"))
    return tuple(skill.strip() for skill in plain.split(",") if skill.strip())


class ParticularsForm(FlaskForm):
    """What is known of a person."""

    name = StringField(
        lazy_gettext("Name"),
        [InputRequired(lazy_gettext("Enter the name.")), Length(max=60)],
        description=lazy_gettext("As on the identity card."),
    )
    phone = StringField(
        lazy_gettext("Mobile number"),
        [InputRequired(lazy_gettext("Enter the mobile number.")), Length(max=30)],
        description=lazy_gettext(
            "Used to log in. In a family that shares one phone, the others log in with their volunteer number."
        ),
    )
    identity = StringField(
        lazy_gettext("Identity number"),
        [Optional(), Length(max=40)],
        description=lazy_gettext("18 characters. Kept encrypted and shown masked; needed for certificates."),
    )
    sex = RadioField(lazy_gettext("Sex"), choices=choices(SEXES), default="unknown")
    born_on = DateField(
        lazy_gettext("Date of birth"),
        [Optional()],
        description=lazy_gettext("Filled in from the identity number when that is given."),
    )
    skills = StringField(
        lazy_gettext("Skills"),
        [Optional(), Length(max=300)],
        description=lazy_gettext("What the person can do or likes to do, with commas between."),
    )


class RegistrationForm(ParticularsForm):
    """A new member."""

    organisation_id = SelectField(lazy_gettext("Organisation"), coerce=int)
    consented = BooleanField(
        lazy_gettext("The person agrees that these data are kept to organise service and to book points."),
        [InputRequired(lazy_gettext("Register the person only when they have agreed."))],
    )


class OrganisationForm(FlaskForm):
    """Where a member belongs."""

    organisation_id = SelectField(lazy_gettext("To which organisation"), coerce=int)


class ReasonForm(FlaskForm):
    """Why something out of the ordinary is done; the words go into the audit trail."""

    reason = TextAreaField(
        lazy_gettext("Reason"),
        [InputRequired(lazy_gettext("Give the reason.")), Length(min=2, max=300)],
        description=lazy_gettext("It is kept in the audit trail with your name."),
    )


class PinForm(FlaskForm):
    """Six digits, twice."""

    pin = PasswordField(
        lazy_gettext("New PIN"),
        [InputRequired(lazy_gettext("Enter six digits.")), Length(max=20)],
        description=lazy_gettext(
            "Six digits, no birthday and no simple row. It is asked for at the counter together with a card or a number."
        ),
    )
    repeated = PasswordField(
        lazy_gettext("New PIN once more"),
        [
            InputRequired(lazy_gettext("Enter the PIN once more.")),
            EqualTo("pin", lazy_gettext("The two PINs differ.")),
        ],
    )


class OwnPinForm(PinForm):
    """The member's own password first: a phone left on a table must not be enough to change the PIN."""

    current = PasswordField(
        lazy_gettext("Your password"),
        [InputRequired(lazy_gettext("Enter your password.")), Length(max=200)],
    )


class PhoneForm(FlaskForm):
    """The PIN, on a phone that is new to the account."""

    pin = PasswordField(
        lazy_gettext("Your PIN"), [InputRequired(lazy_gettext("Enter six digits.")), Length(max=20)]
    )


class PhotoForm(FlaskForm):
    """A face."""

    photo = FileField(
        lazy_gettext("Photo"),
        [FileRequired(lazy_gettext("Choose a photo."))],
        description=lazy_gettext(
            "The face from the front. It is cut to a square; where it was taken is removed from it."
        ),
    )


class RelativeForm(FlaskForm):
    """Somebody of the same household, known by number and name: a slip of one digit names nobody else."""

    number = StringField(
        lazy_gettext("Volunteer number of the other"),
        [InputRequired(lazy_gettext("Enter the volunteer number.")), Length(max=20)],
        description=lazy_gettext("Eight digits, printed on the card."),
    )
    name = StringField(
        lazy_gettext("Name of the other"), [InputRequired(lazy_gettext("Enter the name.")), Length(max=60)]
    )
    note = StringField(
        lazy_gettext("What shows it"),
        [Optional(), Length(max=200)],
        description=lazy_gettext("For example: household register seen on this day."),
    )


class GroupForm(FlaskForm):
    """A group that the county names."""

    organisation_id = SelectField(lazy_gettext("For whose members"), coerce=int)
    name = StringField(
        lazy_gettext("Name of the group"),
        [InputRequired(lazy_gettext("Enter the name.")), Length(max=40)],
        description=lazy_gettext("For example: low income, aged 80 and over, disabled."),
    )
    description = StringField(lazy_gettext("Who belongs to it"), [Optional(), Length(max=200)])
    from_age = IntegerField(
        lazy_gettext("From this age, by itself"),
        [Optional(), NumberRange(1, 120, lazy_gettext("Enter an age from 1 to 120."))],
        description=lazy_gettext(
            "Members this old belong to it by their date of birth; nobody is entered by hand."
        ),
    )


class MembershipForm(FlaskForm):
    """Somebody belongs to a group from a day to a day."""

    number = StringField(
        lazy_gettext("Volunteer number"),
        [InputRequired(lazy_gettext("Enter the volunteer number.")), Length(max=20)],
    )
    since = DateField(lazy_gettext("From"), [InputRequired(lazy_gettext("Enter the first day."))])
    until = DateField(
        lazy_gettext("Until"), [Optional()], description=lazy_gettext("The last day; empty while it holds.")
    )
    evidence = StringField(
        lazy_gettext("What shows it"),
        [Optional(), Length(max=200)],
        description=lazy_gettext("For example: number of the certificate."),
    )
