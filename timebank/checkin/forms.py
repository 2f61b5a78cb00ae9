"""Forms of scanning: a photo, six digits, whatever a scanner gun types."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import InputRequired, Length


class PhotoForm(FlaskForm):
    """A picture of a code."""

    photo = FileField(
        lazy_gettext("Photo of the code"),
        [FileRequired(lazy_gettext("Take or choose a photo first."))],
        render_kw={"accept": "image/jpeg,image/png,image/webp", "capture": "environment"},
    )


class ShortCodeForm(FlaskForm):
    """The six digits under the organiser's code."""

    digits = StringField(
        lazy_gettext("Six digits"),
        [InputRequired(lazy_gettext("Type the six digits on the screen.")), Length(max=40)],
        description=lazy_gettext("They stand below the code on the organiser's screen."),
    )


class MemberForm(FlaskForm):
    """What a scanner gun types or a person reads out: a phone code, a card, a volunteer number."""

    written = StringField(
        lazy_gettext("Code, card or volunteer number"),
        [InputRequired(lazy_gettext("Scan the code or type the volunteer number.")), Length(max=200)],
    )
