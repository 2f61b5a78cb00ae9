"""What every page of the shop needs: the shop within scope, a fresh key, numbers from the address."""

import secrets
from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from sqlalchemy.orm import Session
from wtforms import Field, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # Newer than its type stubs.
from wtforms.widgets import CheckboxInput, ListWidget

from store.catalogue import queries as catalogue
from store.catalogue.models import Product, Shop
from store.catalogue.offers import ensure_own_staff
from store.permissions import COUNTER_SELL
from timebank.access import scope
from timebank.access.actors import Permission
from timebank.clock import now
from timebank.web.requests import actor, house

KEY_BYTES = 18


class CheckBoxesField(SelectMultipleField):
    """Several of a few, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def shop_for(db: Session, shop_id: int, permission: Permission) -> Shop:
    """The shop, seen within scope first (404) and then allowed by ``permission`` (403)."""
    shop = catalogue.shop(db, actor(), shop_id)
    scope.require(actor(), permission, shop.organisation.path)
    if permission == COUNTER_SELL:
        ensure_own_staff(actor(), shop)
    return shop


def product_for(db: Session, product_id: int, permission: Permission) -> Product:
    """The product, seen within scope first (404) and then allowed by ``permission`` (403)."""
    product = catalogue.product(db, actor(), product_id)
    scope.require(actor(), permission, product.organisation.path)
    return product


def county_time() -> ZoneInfo:
    """The county's own time zone, by whose days goods expire and prices hold."""
    return ZoneInfo(house().settings.timezone)


def today() -> date:
    """The county's own day."""
    return now().astimezone(county_time()).date()


def typed_day(written: str) -> date | None:
    """The day that was typed or picked: ``2026-02-28``; None when it is none."""
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        return None


def key_of(form_key: str) -> str:
    """The key of a form as it goes to the books; keys of two people never meet, whatever their browsers send."""
    return f"{actor().label}:{form_key.strip()[:64] or fresh_key()}"


def fresh_key() -> str:
    """A key for a page's form: what is sent with it once happens once."""
    return secrets.token_urlsafe(KEY_BYTES)


def asked_number(name: str) -> int | None:
    """A whole number from the address or the form, or None when there is none."""
    return row_number(request.values.get(name, ""))


def row_number(written: str) -> int | None:
    """A number that a row can have, or None: thousands of digits are no number but an attack."""
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 19 else None


def options(choices: Iterable[tuple[int | str, str]]) -> list[Any]:
    """What a select field offers: values with their words."""
    return [SelectChoice(value, word) for value, word in choices]


def typed(field: Field) -> str:
    """What was typed into ``field``, without blanks around it."""
    return str(field.data or "").strip()
