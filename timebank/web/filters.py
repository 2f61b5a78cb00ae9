"""How amounts, moments and masked words are written on pages, in both languages."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import format_timedelta, gettext

from timebank.clock import now
from timebank.web.icons import icon_svg
from timebank.web.requests import house
from timebank.web.words import points_unit

MINUTES_PER_HOUR = 60


def points(value: Decimal | int | None, *, signed: bool = False) -> str:
    """``1,250`` or ``12.50``: points without idle decimals; with ``signed``, ``+25``."""
    if value is None:
        return "—"
    amount = Decimal(value)
    text = f"{amount:,.2f}" if amount != amount.to_integral_value() else f"{int(amount):,}"
    return f"+{text}" if signed and amount > 0 else text.replace("-", "−")


def hours(minutes: Decimal | int | None, *, signed: bool = False) -> str:
    """Minutes written as hours, exactly: ``2.5``, ``0.1``, or ``1 h 20 min`` style when not a tenth."""
    if minutes is None:
        return "—"
    count = int(minutes)
    value = Decimal(abs(count)) / MINUTES_PER_HOUR
    tenths = value.quantize(Decimal("0.1"))
    if tenths == value:
        text = str(gettext("%(count)s h", count=f"{tenths.normalize():f}"))
    else:
        whole, rest = divmod(abs(count), MINUTES_PER_HOUR)
        text = str(gettext("%(hours)s h %(minutes)s min", hours=whole, minutes=rest))
    sign = "−" if count < 0 else "+" if signed and count > 0 else ""
    return sign + text


def local(value: datetime) -> datetime:
    """The moment in the county's time zone."""
    return value.astimezone(ZoneInfo(house().settings.timezone))


def local_time(value: datetime | None) -> str:
    """``2026-11-21 14:30`` in the county's time zone."""
    return "—" if value is None else local(value).strftime("%Y-%m-%d %H:%M")


def local_date(value: datetime | date | None) -> str:
    """``2026-11-21`` in the county's time zone."""
    if value is None:
        return "—"
    day = local(value) if isinstance(value, datetime) else value
    return day.strftime("%Y-%m-%d")


def ago(value: datetime | None) -> str:
    """``3 hours ago``, ``in 2 days``; the date alone when it is further than a month away."""
    if value is None:
        return "—"
    distance = value - now()
    if abs(distance) > timedelta(days=30):
        return local_date(value)
    if abs(distance) < timedelta(minutes=1):
        return str(gettext("just now"))
    return str(format_timedelta(distance, add_direction=True, threshold=1.2))


def clock_time(value: datetime | None) -> str:
    """``14:30`` in the county's time zone."""
    return "—" if value is None else local(value).strftime("%H:%M")


def masked_name(name: str) -> str:
    """A name as strangers see it: the surname and a star for each character hidden, at most three."""
    return name[:1] + "*" * min(max(1, len(name) - 1), 3)


def masked_phone(phone: str) -> str:
    """``138****5678``."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "****"


FILTERS = {
    "points": points,
    "hours": hours,
    "localtime": local_time,
    "localdate": local_date,
    "ago": ago,
    "clocktime": clock_time,
    "masked_name": masked_name,
    "masked_phone": masked_phone,
}


def init_app(app: Flask) -> None:
    """Make the filters known to templates."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(icon_svg=icon_svg, points_unit=points_unit)
