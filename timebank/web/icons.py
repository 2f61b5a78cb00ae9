"""Bootstrap Icons drawn inline, one symbol at a time.

The sprite that ships with Bootstrap-Flask weighs over a megabyte, which a phone on a village network
would have to fetch before it saw a single picture. Each icon is a few hundred bytes, so pages carry
the ones they use.
"""

import re
from functools import cache
from importlib.resources import files

from markupsafe import Markup

_SYMBOL = re.compile(r'<symbol class="bi bi-[^"]*" viewBox="([^"]+)" id="([^"]+)">(.*?)</symbol>', re.DOTALL)


@cache
def _symbols() -> dict[str, str]:
    """Every icon of the installed sprite by its name, as the inside of an ``<svg>`` element."""
    sprite = files("flask_bootstrap") / "static" / "bootstrap5" / "icons" / "bootstrap-icons.svg"
    found = _SYMBOL.findall(sprite.read_text(encoding="utf-8"))
    return {
        name: f'<svg class="icon" viewBox="{box}" fill="currentColor" aria-hidden="true" focusable="false">{inside}</svg>'
        for box, name, inside in found
    }


def icon_svg(name: str) -> Markup:
    """The icon ``name`` as inline SVG, hidden from screen readers: the word beside it speaks.

    Raises:
        LookupError: Bootstrap Icons has no icon of that name.
    """
    if name not in _symbols():
        raise LookupError(f"Bootstrap Icons has no icon named {name!r}")
    return Markup(_symbols()[name])  # noqa: S704 - a file of an installed package, nothing that a person typed.
