"""Pages of a list by key: the next page begins after the last row's key, however many rows came or went meanwhile.

A cursor is an opaque word made of the direction and the key of the row at the edge of a page. It is not
signed: it says only where to go on reading, and every query applies the reader's scope again.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from timebank.errors import N_, Invalid
from timebank.orm import UtcDateTime

Row = TypeVar("Row")
Key = tuple[InstrumentedAttribute[Any], ...]

PAGE_ROWS = 50
MOST_ROWS = 200
_LARGEST_INTEGER = 2**63 - 1
_LONGEST_CURSOR = 1000


class CursorInvalid(Invalid):
    """The cursor was cut off, changed, or belongs to another list."""

    code = "cursor_invalid"
    sentence = N_("This list cannot go on from there.")
    next_step = N_("Begin again at the first page.")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows, and the cursors of the page before and of the page after; None where there is none."""

    rows: Sequence[Row]
    before: str | None
    after: str | None


def page(
    session: Session,
    query: Select[Row],
    *,
    key: Key,
    cursor: str | None,
    limit: int = PAGE_ROWS,
    descending: bool = False,
) -> Page[Row]:
    """One page of ``query``, which selects one entity, in the order of ``key`` (its last column unique).

    Raises:
        CursorInvalid: ``cursor`` is not one of this list's.
    """
    backwards, edge = _read(cursor, key) if cursor else (False, None)
    down = descending != backwards
    if edge is not None:
        here = tuple_(*(literal(value, column.type) for value, column in zip(edge, key, strict=True)))
        query = query.where(tuple_(*key) < here if down else tuple_(*key) > here)
    query = query.order_by(*(column.desc() if down else column.asc() for column in key)).limit(limit + 1)
    found = list(session.scalars(query).all())
    more, rows = len(found) > limit, found[:limit]
    if backwards:
        rows.reverse()
    has_before = more if backwards else edge is not None
    has_after = (edge is not None) if backwards else more
    return Page(
        rows,
        before=_write("b", rows[0], key) if rows and has_before else None,
        after=_write("a", rows[-1], key) if rows and has_after else None,
    )


def _write(direction: str, row: object, key: Key) -> str:
    values = [getattr(row, column.key) for column in key]
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    words = json.dumps([direction, *plain], ensure_ascii=False, separators=(",", ":"), default=str)
    return urlsafe_b64encode(words.encode()).decode().rstrip("=")


def _read(cursor: str, key: Key) -> tuple[bool, list[Any]]:
    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError("too long")
        words = json.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        direction, *values = words
        if direction not in ("a", "b") or len(values) != len(key):
            raise ValueError("not of this list")
        return direction == "b", [
            _value(_kind(column), value) for column, value in zip(key, values, strict=True)
        ]
    except (ValueError, TypeError, NotBase64, RecursionError, ArithmeticError) as error:
        raise CursorInvalid(field="cursor") from error


def _kind(column: InstrumentedAttribute[Any]) -> type[Any]:
    # A TypeDecorator does not say which Python type it returns.
    return datetime if isinstance(column.type, UtcDateTime) else column.type.python_type


def _value(kind: type[Any], value: object) -> Any:
    """``value`` as it stood in the row; refuses what the column could never hold."""
    if kind is int and isinstance(value, int) and abs(value) <= _LARGEST_INTEGER:
        return int(value)
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("another kind of key")
    if kind is str:
        return value
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return moment.astimezone(UTC)
    if kind is date:
        return date.fromisoformat(value)
    raise ValueError("another kind of key")
