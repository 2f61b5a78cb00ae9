"""Forms with which administrators give roles and keys."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from timebank.access.actors import Role
from timebank.web.fields import choices

ROLE_WORDS = {
    Role.COORDINATOR: lazy_gettext("Coordinator: publishes activities, checks people in, confirms hours"),
    Role.ATTENDANT: lazy_gettext("Shop attendant: hands goods over for points"),
    Role.AUDITOR: lazy_gettext("Auditor: reads all books, reconciles, changes nothing"),
    Role.ADMINISTRATOR: lazy_gettext("Administrator: organisations, roles, rules"),
}
_CHOICES = choices((role.value, word) for role, word in ROLE_WORDS.items())


class GrantForm(FlaskForm):
    """A role on an organisation and everything below it."""

    role = RadioField(lazy_gettext("Role"), [InputRequired(lazy_gettext("Choose a role."))], choices=_CHOICES)
    organisation_id = SelectField(
        lazy_gettext("Organisation"),
        coerce=int,
        description=lazy_gettext("The role holds here and in everything below."),
    )


class OutsiderForm(GrantForm):
    """Somebody who is no member, such as an auditor from another office."""

    name = StringField(lazy_gettext("Name"), [InputRequired(lazy_gettext("Enter the name.")), Length(max=60)])
    phone = StringField(
        lazy_gettext("Mobile number"),
        [InputRequired(lazy_gettext("Enter the mobile number.")), Length(max=30)],
        description=lazy_gettext("The person logs in with it."),
    )


class ApiKeyForm(GrantForm):
    """A key for another program."""

    label = StringField(
        lazy_gettext("What is the key for?"),
        [InputRequired(lazy_gettext("Enter what the key is for.")), Length(max=60)],
        description=lazy_gettext("For example: county website. It stands in the audit trail."),
    )
