"""F-19: an account that slept is emptied from a new phone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.fraud.reading import orders
from store.orders.models import Order
from timebank.access.models import LogIn, User
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_of
from timebank.hours.models import Attendance

_MONTH = 30
_MEMBERS_AT_A_TIME = 500
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class _Arrival:
    """A log-in on a phone that its member had never used."""

    number: int
    at: datetime


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    rows = orders(
        session, window.since(_MONTH), window.until, order=(Order.member_id, Order.completed_at, Order.id)
    )
    bought = {
        member_id: some
        for members in _some_at_a_time(grouped(rows, lambda row: row.member_id))
        for member_id, some in _of_sleepers(session, window, limits, members).items()
    }
    for member_id, (arrival, quiet, taken) in bought.items():
        yield Finding(
            key=f"member:{member_id}:{taken[0].id}",
            organisation_id=taken[0].organisation_id,
            day=window.day(taken[-1].completed_at),
            members=(member_id,),
            facts={"quiet_days": quiet, "redemptions": len(taken)},
            evidence=(f"log_in:{arrival.number}", *(f"order:{row.id}" for row in taken)),
            points=sum((row.total_points for row in taken), points_of(())),
        )


def _some_at_a_time(pairs: Iterable[tuple[int, list[Line]]]) -> Iterator[dict[int, list[Line]]]:
    left = iter(pairs)
    while some := dict(islice(left, _MEMBERS_AT_A_TIME)):
        yield some


def _of_sleepers(
    session: Session, window: Window, limits: Mapping[str, int], bought: Mapping[int, list[Line]]
) -> dict[int, tuple[_Arrival, int, list[Line]]]:
    """Who of these members slept, came on a new phone and redeemed soon: with the quiet days and the redemptions."""
    span = timedelta(hours=limits["hours"])
    arrivals = {
        member_id: soon
        for member_id, came in _arrivals(session, window, bought).items()
        if (soon := _before_a_redemption(came, bought[member_id], span)) is not None
    }
    last_seen = _last_seen(session, {member_id: arrival for member_id, (arrival, _) in arrivals.items()})
    found: dict[int, tuple[_Arrival, int, list[Line]]] = {}
    for member_id, (arrival, taken) in arrivals.items():
        last = last_seen.get(member_id)
        if last is not None and (arrival.at - last).days >= limits["quiet_days"]:
            found[member_id] = (arrival, (arrival.at - last).days, taken)
    return found


def _before_a_redemption(
    came: list[_Arrival], bought: list[Line], span: timedelta
) -> tuple[_Arrival, list[Line]] | None:
    for arrival in came:
        taken = [row for row in bought if timedelta(0) <= row.completed_at - arrival.at <= span]
        if taken:
            return arrival, taken
    return None


def _arrivals(session: Session, window: Window, members: Iterable[int]) -> dict[int, list[_Arrival]]:
    """Log-ins of the last weeks on phones that their members had never used before."""
    query = (
        select(User.member_id, LogIn.id, LogIn.at, LogIn.device_digest)
        .join(User, User.id == LogIn.user_id)
        .where(User.member_id.in_(members), LogIn.at < window.until)
        .order_by(User.member_id, LogIn.at, LogIn.id)
    )
    found: dict[int, list[_Arrival]] = {}
    for member_id, log_ins in grouped(session.execute(query), lambda row: row.member_id):
        known: set[str] = set()
        for row in log_ins:
            if known and row.device_digest not in known and row.at >= window.since(2 * _MONTH):
                found.setdefault(member_id, []).append(_Arrival(row.id, row.at))
            known.add(row.device_digest)
    return found


def _last_seen(session: Session, arrivals: Mapping[int, _Arrival]) -> dict[int, datetime]:
    """When each member was last seen before that: at a shift, at a counter, or logging in."""
    last: dict[int, datetime] = {}
    members = list(arrivals)
    for query in (
        select(Order.member_id, Order.completed_at.label("at")).where(Order.member_id.in_(members)),
        select(Attendance.member_id, Attendance.checked_in_at.label("at")).where(
            Attendance.member_id.in_(members)
        ),
        select(User.member_id, LogIn.at)
        .join(LogIn, LogIn.user_id == User.id)
        .where(User.member_id.in_(members)),
    ):
        for row in session.execute(query):
            if row.at < arrivals[row.member_id].at and row.at > last.get(row.member_id, _EVER):
                last[row.member_id] = row.at
    return last


RULE = Rule(
    code="F-19",
    version=1,
    name=N_("A sleeping account is emptied from a new phone"),
    says=N_(
        "After %(quiet_days)s quiet days somebody logged in on a new phone and redeemed %(redemptions)s times within 72 hours."
    ),
    honest=N_("Somebody who was ill or away and came back with a new phone: ask."),
    blind=N_("A thief who uses the member's own phone, or who waits."),
    prevented_by=N_("A message for every redemption, in which the member can say that it was not her."),
    weight=100,
    thresholds=(
        Threshold("quiet_days", N_("quiet days before"), 90, 30, 1000),
        Threshold("hours", N_("hours between log-in and redemption"), 72, 1, 720),
    ),
    find=_find,
    opens_alone=True,
)
