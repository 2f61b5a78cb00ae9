"""Forms of scanning: a photo, six digits, whatever a scanner gun types; of the activity's proof; of the tablet."""

import unicodedata

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # Newer than its type stubs.
from wtforms.validators import InputRequired, Length, Optional, Regexp

from timebank.checkin.places import Position, read_position

WORLD_MAP, CHINESE_MAP = "wgs84", "gcj02"


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


class PresenceForm(FlaskForm):
    """What an activity asks for beyond the code."""

    asks_place = BooleanField(lazy_gettext("Ask phones where they are when checking in and out"))
    where = StringField(
        lazy_gettext("Where everybody meets"),
        [Optional(), Length(max=60)],
        description=lazy_gettext(
            "Latitude and longitude with a comma between them, as a map shows them: 39.90882, 116.39747"
        ),
    )
    map_kind = RadioField(
        lazy_gettext("From which map"),
        choices=[
            SelectChoice(
                CHINESE_MAP, lazy_gettext("A map made in China (they move places by some hundred metres)")
            ),
            SelectChoice(WORLD_MAP, lazy_gettext("A satellite receiver or a world map")),
        ],
        default=CHINESE_MAP,
    )
    spot_checks = BooleanField(
        lazy_gettext("Spot checks: remind the organiser once, at a time nobody can foresee")
    )

    def position(self) -> Position | None:
        """What was written, not yet converted."""
        plain = unicodedata.normalize("NFKC", self.where.data or "").replace("、", ",")
        return read_position(f"{plain},0") if plain.strip() else None

    def has_place_where_asked(self) -> bool:
        """Whether a place can be read, where one is needed; puts the sentence beside the field."""
        if self.position() is not None or not (self.asks_place.data or (self.where.data or "").strip()):
            return True
        self.where.errors = [
            gettext("Write two numbers with a comma between them, such as 39.90882, 116.39747.")
        ]
        return False


class PrintedCodeForm(FlaskForm):
    """A code to hang up at a post."""

    name = StringField(
        lazy_gettext("Where it hangs"),
        [InputRequired(lazy_gettext("Say where it hangs, such as: north gate.")), Length(max=60)],
    )


class KioskForm(FlaskForm):
    """What the tablet at the door does."""

    shows_code = BooleanField(lazy_gettext("Show the changing code"), default=True)
    reads_cards = BooleanField(lazy_gettext("Read phone codes and paper cards"), default=True)
    is_attended = BooleanField(
        lazy_gettext("Somebody of the team stands beside it"),
        description=lazy_gettext("Otherwise paper cards that it reads are marked for a second look."),
    )
    pin = StringField(
        lazy_gettext("PIN for leaving this page"),
        [
            InputRequired(lazy_gettext("Choose a PIN of 4 to 12 digits.")),
            Regexp(r"^[0-9]{4,12}$", message=lazy_gettext("Choose a PIN of 4 to 12 digits.")),
        ],
        description=lazy_gettext(
            "4 to 12 digits, only for this tablet and this shift. You can also end it from your own screen."
        ),
    )

    def does_something(self) -> bool:
        """Whether the tablet has anything to do; puts the sentence beside the field."""
        if self.shows_code.data or self.reads_cards.data:
            return True
        self.shows_code.errors = [gettext("Choose at least one of the two.")]
        return False


class PinForm(FlaskForm):
    """The PIN that ends the tablet's work."""

    pin = StringField(
        lazy_gettext("PIN of this tablet"),
        [
            InputRequired(lazy_gettext("Type the PIN that was chosen when the tablet was set up.")),
            Length(max=20),
        ],
    )
