"""A group of people and their ties as a small picture. The table beside it says the same in words."""

from collections.abc import Mapping, Sequence
from math import cos, pi, sin
from typing import Any

from markupsafe import Markup, escape

_WIDTH, _HEIGHT, _RADIUS, _DOT = 640, 420, 150, 9
# More than this is no picture any more.
MOST_PEOPLE = 16


def picture(people: Sequence[str], pairs: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Markup:
    """People on a circle, a line for each pair, thicker for more rows; empty where they are too many."""
    if len(people) > MOST_PEOPLE:
        return Markup("")
    places = {word: _place(number, len(people)) for number, word in enumerate(people)}
    parts = [
        f'<svg class="diagram" viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true" focusable="false" '
        'fill="currentColor" font-size="20">'
    ]
    for one in pairs:
        (x1, y1), (x2, y2) = places[one["giver"]], places[one["receiver"]]
        width = min(2 + int(one["rows"]) // 3, 10)
        parts.append(
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="currentColor" '
            f'stroke-opacity="0.45" stroke-width="{width}"/>'
        )
    for word, (x, y) in places.items():
        side = "start" if x > _WIDTH // 2 + 20 else "end" if x < _WIDTH // 2 - 20 else "middle"
        dx = {"start": 16, "end": -16, "middle": 0}[side]
        dy = 7 if dx else (32 if y > _HEIGHT // 2 else -18)
        name = escape(names.get(word) or word)
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="{_DOT}"/><text x="{x + dx}" y="{y + dy}" text-anchor="{side}">{name}</text>'
        )
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - names are escaped above, the rest are numbers.


def _place(number: int, count: int) -> tuple[int, int]:
    angle = 2 * pi * number / count - pi / 2
    return round(_WIDTH / 2 + _RADIUS * cos(angle)), round(_HEIGHT / 2 + _RADIUS * sin(angle))
