"""Writes the files that were asked for. An edge: opens the transactions and reads the clock.

Each page of rows is read in a transaction of its own, so that a long list holds up nobody, its count is told as
it grows, and a cancelled one stops at the next page.
"""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from flask_babel import gettext as _

from store.catalogue import queries as catalogue
from store.lists import service
from store.lists.models import ListFile
from store.lists.rows import Asked, Cell
from store.orders.exports import WRITERS
from store.permissions import STOCK_READ
from timebank.access import queries as access
from timebank.access import scope
from timebank.clock import now
from timebank.errors import Refusal
from timebank.house import House


def run(house: House, arguments: Mapping[str, Any]) -> None:
    """The job: write the file. Safe to repeat: an unfinished one begins anew."""
    file_id = int(arguments["file_id"])
    with house.database.transaction() as session:
        if not service.changed(session, file_id, ("waiting", "running"), status="running", rows_done=0):
            return
    try:
        write(house, file_id)
    except Refusal:
        # The shop or the person's right has gone since: trying again would not help.
        with house.database.transaction() as session:
            service.changed(session, file_id, ("running",), status="failed", finished_at=now())


def write(house: House, file_id: int) -> None:
    """Read the rows page by page, tell how many are done, and keep the file."""
    rows: list[list[Cell]] = []
    with house.database.reading() as session:
        found = session.get_one(ListFile, file_id)
        kind, form, locale = service.kind_of(found.kind), found.form, found.locale
        actor = access.actor_of_user(session, found.asked_by_user_id)
        if actor is None:
            return
        shop = catalogue.shop(session, actor, found.shop_id)
        scope.require(actor, STOCK_READ, shop.organisation.path)
        asked = Asked(shop, found.arguments, ZoneInfo(house.settings.timezone), now())
        for page in kind.pages(session, asked):
            rows += [list(one) for one in page]
            if not _told(house, file_id, len(rows)):
                return
    writer, _media_type = WRITERS[form]
    with force_locale(locale):
        content = writer(_(kind.title), [_(word) for word in kind.columns], rows)
    with house.database.transaction() as session:
        service.changed(
            session,
            file_id,
            ("running",),
            status="done",
            content=content,
            rows_done=len(rows),
            rows_total=len(rows),
            finished_at=now(),
        )


def _told(house: House, file_id: int, done: int) -> bool:
    """Write down how far it is; False when somebody has cancelled it."""
    with house.database.transaction() as session:
        found = session.get_one(ListFile, file_id)
        total = max(found.rows_total, done)
        return service.changed(session, file_id, ("running",), rows_done=done, rows_total=total)


def forget(house: House, _arguments: Mapping[str, Any]) -> None:
    """The nightly job: old files go."""
    with house.database.transaction() as session:
        service.forget(session, at=now())
