"""Words for what the log of scans keeps as codes."""

from timebank.checkin.places import Place
from timebank.checkin.tokens import Kind
from timebank.errors import N_

KIND_WORDS: dict[str, str] = {
    Kind.IN: N_("Arriving"),
    Kind.OUT: N_("Leaving"),
    Kind.SPOT: N_("Being seen"),
}
PLACE_WORDS: dict[str, str] = {
    Place.INSIDE: N_("At the place"),
    Place.NEAR: N_("Nearer than 300 m"),
    Place.AROUND: N_("Nearer than 2 km"),
    Place.FAR: N_("Far away"),
    Place.REFUSED: N_("Did not say"),
    Place.INACCURATE: N_("The phone did not know well enough"),
}
