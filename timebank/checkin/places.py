"""How near a phone is to where everybody meets, as a word. Pure; positions are never kept.

Browsers give WGS-84. Maps made in China give GCJ-02, which is displaced from it by up to some 700 metres,
so that a place picked there has to be converted first. Degrees and metres are floats: they measure the
world and pay nobody.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from timebank.policy.rules import Policy

MICRODEGREES = 1_000_000
NEAR_METRES, AROUND_METRES = 300, 2_000
_EARTH_RADIUS_METRES = 6_371_000
# The ellipsoid of Krasovsky 1940, on which the displacement is defined.
_MAJOR_AXIS_METRES, _ECCENTRICITY_SQUARED = 6_378_245.0, 0.006_693_421_622_965_943
# A thousandth of the conversion's own uncertainty.
_CLOSE_ENOUGH_DEGREES = 1e-9


class Place(StrEnum):
    """Words that are kept instead of a position."""

    INSIDE = "inside"
    NEAR = "near"
    AROUND = "around"
    FAR = "far"
    REFUSED = "refused"
    INACCURATE = "inaccurate"


@dataclass(frozen=True)
class Position:
    """Degrees of WGS-84, and how vague they are."""

    latitude: float
    longitude: float
    accuracy_metres: float = 0.0


def read_position(written: str) -> Position | None:
    """``latitude,longitude,accuracy`` as the page's script writes it; None for anything else."""
    try:
        latitude, longitude, accuracy = (float(part) for part in written.split(","))
    except ValueError:
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180 and 0 <= accuracy < math.inf):
        return None
    return Position(latitude, longitude, accuracy)


def judge_place(centre: Position, found: Position | None, policy: Policy) -> Place:
    """The bucket of a phone at ``found``; the doubt of its position counts in its favour."""
    if found is None:
        return Place.REFUSED
    metres = distance_metres(centre, found)
    if found.accuracy_metres > policy.place_accuracy_metres:
        # A vague position that is far off all the same says something.
        return Place.FAR if metres - found.accuracy_metres > AROUND_METRES else Place.INACCURATE
    least = metres - found.accuracy_metres
    if least <= policy.place_inside_metres:
        return Place.INSIDE
    if least <= max(NEAR_METRES, policy.place_inside_metres):
        return Place.NEAR
    return Place.AROUND if least <= AROUND_METRES else Place.FAR


def distance_metres(one: Position, other: Position) -> float:
    """Along the great circle (haversine)."""
    up, across = math.radians(other.latitude - one.latitude), math.radians(other.longitude - one.longitude)
    chord = (
        math.sin(up / 2) ** 2
        + math.cos(math.radians(one.latitude))
        * math.cos(math.radians(other.latitude))
        * math.sin(across / 2) ** 2
    )
    return 2 * _EARTH_RADIUS_METRES * math.asin(math.sqrt(chord))


def wgs84_from_gcj02(latitude: float, longitude: float) -> Position:
    """A place picked on a Chinese map as a browser would give it; outside China it stays.

    The displacement is known only in the other direction, so it is taken off again and again until it fits.
    """
    true_latitude, true_longitude = latitude, longitude
    for _round in range(30):
        shifted = gcj02_from_wgs84(true_latitude, true_longitude)
        off = (shifted.latitude - latitude, shifted.longitude - longitude)
        true_latitude, true_longitude = true_latitude - off[0], true_longitude - off[1]
        if max(map(abs, off)) < _CLOSE_ENOUGH_DEGREES:
            break
    return Position(true_latitude, true_longitude)


def gcj02_from_wgs84(latitude: float, longitude: float) -> Position:
    """Where a Chinese map draws a place, by the published approximation of the displacement."""
    if not (0.8293 <= latitude <= 55.8271 and 72.004 <= longitude <= 137.8347):
        return Position(latitude, longitude)
    radians = math.radians(latitude)
    magic = 1 - _ECCENTRICITY_SQUARED * math.sin(radians) ** 2
    root = math.sqrt(magic)
    meridian = _MAJOR_AXIS_METRES * (1 - _ECCENTRICITY_SQUARED) / (magic * root)
    parallel = _MAJOR_AXIS_METRES / root * math.cos(radians)
    north, east = _displacement(longitude - 105.0, latitude - 35.0)
    return Position(latitude + math.degrees(north / meridian), longitude + math.degrees(east / parallel))


def _displacement(x: float, y: float) -> tuple[float, float]:
    """Metres to the north and to the east, ``x`` and ``y`` degrees away from 105° E, 35° N."""
    bend = 0.1 * math.sqrt(abs(x))
    shared = _waves(x, (20.0, 6), (20.0, 2))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 2 * bend
    north += shared + _waves(y, (20.0, 1), (40.0, 1 / 3)) + _waves(y, (160.0, 1 / 12), (320.0, 1 / 30))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + bend
    east += shared + _waves(x, (20.0, 1), (40.0, 1 / 3)) + _waves(x, (150.0, 1 / 12), (300.0, 1 / 30))
    return north, east


def _waves(value: float, *parts: tuple[float, float]) -> float:
    return sum(height * math.sin(value * often * math.pi) for height, often in parts) * 2 / 3
