"""Every event that moves points or time, one function each. Goods without points are in ``goods``; nothing else calls ``ledger.journal``.

All functions work inside the caller's transaction and never commit; each key makes its event happen once.
Raises ``ledger.errors.InsufficientBalance`` where an account would fall below zero and ``KeyReused`` where
a key already stands for something else.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ledger import holds, journal
from ledger.holds import Wanted
from ledger.journal import Draft, Leg, Posting
from timebank.books import chart
from timebank.books.events import Award, TimeCredit
from timebank.books.lapsing import USUAL_TIMEZONE, lapse_moment
from timebank.books.legs import moved
from timebank.books.reservations import (
    ReservationAbsent,
    Reserved,
    reservation,
    reserved_of,
    subject_of,
)

__all__ = [
    "Award",
    "Goods",
    "Subsidies",
    "TimeCredit",
    "award",
    "award_many",
    "collect",
    "convert",
    "credit_time",
    "credit_time_many",
    "lapse_reservations",
    "refund",
    "release",
    "reserve",
    "spend",
    "take_back",
]

Goods = Sequence[tuple[int, int]]
"""Product ids with whole quantities above zero."""

Subsidies = Sequence[tuple[int, Decimal]]
"""Organisation ids with the points that each of them owes for concession prices, above zero."""


def award(
    session: Session,
    *,
    record_id: int,
    member_id: int,
    organisation_id: int,
    points: Decimal,
    rule_number: int | None,
    arithmetic: str,
    at: datetime,
    recorded_at: datetime,
    actor: str,
    lapses_on: date | None = None,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> Posting:
    """Points for an approved service record, from the organisation's issue to the member; once per record.

    What is left of them lapses at the beginning of ``lapses_on``, the county's own day; never where it is None.
    """
    one = Award(
        record_id, member_id, organisation_id, points, rule_number, arithmetic, at, recorded_at, actor,
        lapses_on, timezone,
    )  # fmt: skip
    return award_many(session, [one])[0]


def award_many(session: Session, awards: Sequence[Award]) -> list[Posting]:
    """All of them or none, in their order."""
    return journal.post_batch(session, [_award_draft(one) for one in awards])


def _award_draft(one: Award) -> Draft:
    return Draft(
        key=f"award:record:{one.record_id}",
        kind="award",
        legs=moved(
            chart.points_issued(one.organisation_id),
            chart.member_points(one.member_id),
            one.points,
            lapses_at=lapse_moment(one.lapses_on, one.timezone),
        ),
        at=one.at,
        recorded_at=one.recorded_at,
        actor=one.actor,
        subject=f"record:{one.record_id}",
        facts={"rule": one.rule_number, "arithmetic": one.arithmetic},
    )


def credit_time(
    session: Session,
    *,
    record_id: int,
    member_id: int,
    organisation_id: int,
    minutes: int,
    at: datetime,
    recorded_at: datetime,
    actor: str,
) -> Posting:
    """Minutes of an approved service record onto the member's time account; once per record."""
    one = TimeCredit(record_id, member_id, organisation_id, minutes, at, recorded_at, actor)
    return credit_time_many(session, [one])[0]


def credit_time_many(session: Session, credits: Sequence[TimeCredit]) -> list[Posting]:  # noqa: A002 - the word of the trade.
    """All of them or none, in their order."""
    return journal.post_batch(session, [_time_draft(one) for one in credits])


def _time_draft(one: TimeCredit) -> Draft:
    minutes = Decimal(one.minutes)
    return Draft(
        key=f"time:record:{one.record_id}",
        kind="time_credit",
        legs=moved(chart.time_issued(one.organisation_id), chart.member_time(one.member_id), minutes),
        at=one.at,
        recorded_at=one.recorded_at,
        actor=one.actor,
        subject=f"record:{one.record_id}",
    )


def convert(
    session: Session,
    *,
    key: str,
    member_id: int,
    organisation_id: int,
    minutes: int,
    points: Decimal,
    rule_number: int,
    arithmetic: str,
    at: datetime,
    actor: str,
    lapses_on: date | None = None,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> Posting:
    """Minutes leave the member's time account into the exchange, points leave the exchange to the member."""
    legs = [
        *moved(chart.member_time(member_id), chart.exchange_time(organisation_id), Decimal(minutes)),
        *moved(
            chart.exchange_points(organisation_id),
            chart.member_points(member_id),
            points,
            lapses_at=lapse_moment(lapses_on, timezone),
        ),
    ]
    facts = {"rule": rule_number, "arithmetic": arithmetic, "minutes": minutes, "points": str(points)}
    draft = Draft(
        key=f"convert:{key}",
        kind="conversion",
        legs=legs,
        at=at,
        recorded_at=at,
        actor=actor,
        subject=f"member:{member_id}",
        facts=facts,
    )
    return journal.post(session, draft)


def take_back(session: Session, *, transaction_id: int, reason: str, at: datetime, actor: str) -> Posting:
    """Reverse an award or a time credit exactly, once; joined to it by the ledger."""
    return journal.reverse(
        session,
        transaction_id,
        key=f"reversal:{transaction_id}",
        at=at,
        recorded_at=at,
        actor=actor,
        reason=reason,
    )


def spend(
    session: Session,
    *,
    order_token: str,
    member_id: int,
    shop_id: int,
    organisation_id: int,
    points: Decimal,
    goods: Goods,
    subsidies: Subsidies = (),
    at: datetime,
    actor: str,
) -> Posting:
    """Points for goods in one transaction: points member → redeemed, each product shelf → handed over.

    ``points`` is what the member pays; what is missing to the list price comes from ``subsidies``.
    """
    draft = _spend_draft(
        order_token=order_token,
        member_id=member_id,
        shop_id=shop_id,
        organisation_id=organisation_id,
        points=points,
        goods=goods,
        subsidies=subsidies,
        at=at,
        actor=actor,
        facts={},
    )
    return journal.post(session, draft)


def _spend_draft(
    *,
    order_token: str,
    member_id: int,
    shop_id: int,
    organisation_id: int,
    points: Decimal,
    goods: Goods,
    subsidies: Subsidies,
    at: datetime,
    actor: str,
    facts: Mapping[str, str],
) -> Draft:
    return Draft(
        key=f"spend:{order_token}",
        kind="spend",
        legs=_points_for_goods(
            member_id=member_id,
            shop_id=shop_id,
            organisation_id=organisation_id,
            points=points,
            goods=goods,
            subsidies=subsidies,
        ),
        at=at,
        recorded_at=at,
        actor=actor,
        subject=f"order:{order_token}",
        facts={"shop": shop_id, "member": member_id, **facts},
    )


def refund(
    session: Session,
    *,
    return_key: str,
    spend_transaction_id: int,
    member_id: int,
    shop_id: int,
    organisation_id: int,
    points: Decimal,
    goods: Goods,
    subsidies: Subsidies = (),
    at: datetime,
    actor: str,
) -> Posting:
    """The entries of a spend, or of a part of it, the other way round; the caller knows what is still out.

    Points go back into the lots from which the spend had taken them, so they lapse when they would have.
    Raises ``GivenBack`` where more points would come back than the spend took.
    """
    legs = _points_for_goods(
        member_id=member_id,
        shop_id=shop_id,
        organisation_id=organisation_id,
        points=points,
        goods=goods,
        subsidies=subsidies,
    )
    legs = [Leg(leg.account, -leg.amount) for leg in legs]
    draft = Draft(
        key=f"refund:{return_key}",
        kind="refund",
        legs=legs,
        at=at,
        recorded_at=at,
        actor=actor,
        subject=f"return:{return_key}",
        facts={"shop": shop_id, "member": member_id, "spend": spend_transaction_id},
    )
    return journal.give_back(session, spend_transaction_id, draft)


def reserve(
    session: Session,
    *,
    key: str,
    member_id: int,
    shop_id: int,
    organisation_id: int,
    points: Decimal,
    goods: Goods,
    subsidies: Subsidies = (),
    deadline: datetime,
    at: datetime,
    actor: str,
) -> Reserved:
    """Hold a member's points and the goods on their shelves until ``deadline``; nobody else can take either.

    The same key with the same content gives the first reservation again. Raises ``InsufficientBalance`` when
    points or pieces are short, ``KeyReused``, ``HoldLapsed`` when the deadline is not ahead.
    """
    facts = {"member": member_id, "shop": shop_id, "organisation": organisation_id, "points": str(points),
             "goods": [[product_id, quantity] for product_id, quantity in goods],
             "subsidies": [[funder_id, str(owed)] for funder_id, owed in subsidies]}  # fmt: skip
    wanted = [Wanted(f"reserve:{key}:points", chart.member_points(member_id), points)] if points else []
    wanted += [
        Wanted(f"reserve:{key}:goods:{product_id}", chart.shelf(shop_id, product_id), Decimal(quantity))
        for product_id, quantity in goods
    ]
    made = holds.reserve_all(
        session, wanted, at=at, deadline=deadline, actor=actor, subject=subject_of(key), facts=facts
    )
    return reserved_of(key, made, at=at)


def release(session: Session, *, key: str, at: datetime, actor: str, reason: str) -> Reserved:
    """Let go what a reservation holds: points and goods are free at once. Releasing again changes nothing.

    ``actor`` and ``reason`` belong to the caller's own record of the reservation; the hold itself only ends.
    Raises ``ReservationAbsent``, and ``HoldEnded`` when it was collected.
    """
    assert actor, "who lets go is written down by the caller"
    assert reason, "why it is let go is written down by the caller"
    standing = _reservation(session, key, at)
    return reserved_of(key, holds.void_all(session, standing.hold_ids, at=at), at=at)


def collect(session: Session, *, key: str, order_token: str, at: datetime, actor: str) -> Posting:
    """Hand over what was reserved: all its holds are captured by the one transaction of the sale.

    The posting is the same as that of ``spend``, so returns and checks know no difference. Once: the same
    ``order_token`` again is replayed. Raises ``ReservationAbsent``, ``HoldEnded`` when it was released or
    collected by another sale, ``HoldLapsed`` at or after the deadline, whether or not the job has come by.
    """
    standing = _reservation(session, key, at)
    draft = _spend_draft(
        order_token=order_token,
        member_id=standing.member_id,
        shop_id=standing.shop_id,
        organisation_id=standing.organisation_id,
        points=standing.points,
        goods=standing.goods,
        subsidies=standing.subsidies,
        at=at,
        actor=actor,
        facts={"reservation": key},
    )
    return holds.capture_all(session, standing.hold_ids, draft)


def lapse_reservations(session: Session, *, at: datetime, limit: int = 500) -> int:
    """Let go whatever was reserved until a deadline that has passed; how many holds. Call it until it says 0."""
    return len(holds.lapse_holds(session, at=at, limit=limit))


def _reservation(session: Session, key: str, at: datetime) -> Reserved:
    standing = reservation(session, key, at=at)
    if standing is None:
        raise ReservationAbsent
    return standing


def _points_for_goods(
    *,
    member_id: int,
    shop_id: int,
    organisation_id: int,
    points: Decimal,
    goods: Goods,
    subsidies: Subsidies,
) -> list[Leg]:
    """Points from the member, and from who pays for a concession, to redeemed; each product from the shelf to handed over."""
    redeemed = chart.points_redeemed(organisation_id)
    legs = moved(chart.member_points(member_id), redeemed, points)
    for funder_id, owed in subsidies:
        legs += moved(chart.subsidy_owed(funder_id), redeemed, owed)
    for product_id, quantity in goods:
        shelf, out = chart.shelf(shop_id, product_id), chart.goods_out(organisation_id, product_id)
        legs += moved(shelf, out, Decimal(quantity))
    return legs
