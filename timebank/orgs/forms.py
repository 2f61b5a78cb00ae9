"""Forms about organisations."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from timebank.orgs.models import Organisation
from timebank.orgs.rules import depth
from timebank.web.fields import choices

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
        lazy_gettext("Name of the organisation"),
        [InputRequired(lazy_gettext("Enter the name of the organisation.")), Length(max=100)],
        description=lazy_gettext("As on the sign at the door."),
    )


class OrganisationForm(NameForm):
    """A new organisation."""

    kind = RadioField(lazy_gettext("Kind"), choices=choices(KINDS))


def organisation_choices(organisations: Iterable[Organisation]) -> list[Any]:
    """Options of a select field, each indented by its depth below the highest one in the list.

    Args:
        organisations: parents before children, as ``orgs.queries.organisations`` returns them.
    """
    found = list(organisations)
    top = min((depth(place.path) for place in found), default=0)
    # An ideographic space keeps its width at the start of an option, where browsers drop ordinary ones.
    return choices(
        (place.id, "\u3000" * (depth(place.path) - top) + name) for place, name in _told_apart(found)
    )


def _told_apart(found: Sequence[Organisation]) -> Iterator[tuple[Organisation, str]]:
    """Each with its name, and where another in the list is called the same, with what it belongs to."""
    by_path = {place.path: place.name for place in found}
    twice = Counter(place.name for place in found)
    for place in found:
        above = by_path.get(place.path.rstrip("/").rpartition("/")[0] + "/", "")
        yield place, f"{place.name}（{above}）" if twice[place.name] > 1 and above else place.name
