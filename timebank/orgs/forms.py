"""Forms about organisations."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

KINDS = (
    ("centre", lazy_gettext("Practice centre")),
    ("subcentre", lazy_gettext("Sub-centre")),
    ("station", lazy_gettext("Station")),
    ("team", lazy_gettext("Volunteer team")),
    ("other", lazy_gettext("Other")),
)


def kind_word(code: str) -> str:
    """The word for ``code`` in the reader's language."""
    return str(dict(KINDS)[code])


class NameForm(FlaskForm):
    """What an organisation is called."""

    name = StringField(
        lazy_gettext("Name"),
        [InputRequired(lazy_gettext("Enter the name.")), Length(max=100)],
        description=lazy_gettext("As on the sign at the door."),
    )


class OrganisationForm(NameForm):
    """A new organisation."""

    kind = RadioField(lazy_gettext("Kind"), choices=KINDS)
