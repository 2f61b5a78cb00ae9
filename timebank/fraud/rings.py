"""Rings and pairs: the week's graph of ties that chance does not explain, and its components."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import comb
from typing import Any
from zoneinfo import ZoneInfo

import networkx as nx
from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.models import User
from timebank.fraud.ring_models import RingReport
from timebank.fraud.ties import Reader, Tie
from timebank.orgs.models import Organisation

WEEKS = 13
# Fewer rows between two people say nothing, however rare they are.
LEAST_ROWS = 3
# A pair is kept where its share would come about by chance in less than one of a thousand towns.
ONE_IN = 1000


@dataclass(frozen=True)
class Pair:
    """Everything that one person gave another at one place.

    Attributes:
        giver, receiver: ``member:5``, or ``user:7`` for staff without a membership.
        rows, of: how many rows, and of how many that the receiver got there.
        usual: of a hundred rows of everybody else there, how many are the giver's.
        back: rows the other way round.
    """

    giver: str
    receiver: str
    kind: str
    organisation_id: int
    rows: int
    of: int
    usual: int
    points: Decimal
    back: int = 0


def last_monday(at: datetime, timezone: ZoneInfo) -> date:
    """The Monday on or before the local day: where the last full week ends."""
    day = at.astimezone(timezone).date()
    return day - timedelta(days=day.weekday())


def make(
    session: Session,
    *,
    county: Organisation,
    until: date,
    readers: Sequence[Reader],
    timezone: ZoneInfo,
    by: str,
    at: datetime,
) -> RingReport | None:
    """The county's report on the thirteen weeks before ``until``; None where it has been made already."""
    known = select(RingReport.id).where(RingReport.organisation_id == county.id, RingReport.until == until)
    if session.scalar(known) is not None:
        return None
    end = datetime.combine(until, time(0), timezone).astimezone(UTC)
    below = select(Organisation.id).where(Organisation.path.startswith(county.path, autoescape=True))
    places = set(session.scalars(below))
    ties = [
        tie
        for reader in readers
        for tie in reader(session, end - timedelta(weeks=WEEKS), end)
        if tie.organisation_id in places
    ]
    found = components(pairs(ties, _members_of_users(session, ties)))
    row = RingReport(
        organisation_id=county.id,
        until=until,
        looked_at=dict(Counter(tie.kind for tie in ties)),
        found={"groups": [_written(group) for group in found]},
        made_by=by,
        made_at=at,
    )
    session.add(row)
    session.flush()
    return row


def _members_of_users(session: Session, ties: Iterable[Tie]) -> dict[int, int]:
    givers = {tie.user_id for tie in ties}
    query = select(User.id, User.member_id).where(User.member_id.is_not(None), User.id.in_(givers))
    return {user: member for user, member in session.execute(query) if member is not None}


def pairs(ties: Iterable[Tie], members_of_users: dict[int, int]) -> list[Pair]:
    """Pairs whose share chance does not explain, and those who give to each other."""
    of_place: dict[tuple[str, str], list[Tie]] = defaultdict(list)
    for tie in ties:
        if members_of_users.get(tie.user_id) != tie.member_id:
            of_place[tie.kind, tie.place].append(tie)
    every = [pair for there in of_place.values() for pair in _pairs_of_place(there, members_of_users)]
    given = {(one.giver, one.receiver): one.rows for one in every if one.rows >= LEAST_ROWS}
    kept = []
    for one, is_rare in ((one, _is_rare(one)) for one in every if one.rows >= LEAST_ROWS):
        back = given.get((one.receiver, one.giver), 0)
        if is_rare or back:
            kept.append(replace(one, back=back))
    return sorted(kept, key=lambda one: (-one.rows, one.giver, one.receiver))


def _pairs_of_place(ties: list[Tie], members_of_users: dict[int, int]) -> list[Pair]:
    by_pair: dict[tuple[int, int], list[Tie]] = defaultdict(list)
    for tie in ties:
        by_pair[tie.user_id, tie.member_id].append(tie)
    given = Counter(tie.user_id for tie in ties)
    received = Counter(tie.member_id for tie in ties)
    found = []
    for (user, member), rows in by_pair.items():
        others = len(ties) - received[member]
        usual = 100 * (given[user] - len(rows)) // others if others else 100
        giver = f"member:{members_of_users[user]}" if user in members_of_users else f"user:{user}"
        points = sum((tie.points for tie in rows), Decimal(0))
        found.append(
            Pair(giver, f"member:{member}", rows[0].kind, rows[-1].organisation_id, len(rows),
                 received[member], usual, points)
        )  # fmt: skip
    return found


def _is_rare(pair: Pair) -> bool:
    """Whether somebody with the giver's usual share, at least one of a hundred, would hardly give so many of so many."""
    share = max(pair.usual, 1) / 100
    chance = sum(
        comb(pair.of, count) * share**count * (1 - share) ** (pair.of - count)
        for count in range(pair.rows, pair.of + 1)
    )
    return chance * ONE_IN < 1


def components(found: Iterable[Pair]) -> list[list[Pair]]:
    """Pairs that hang together by their people, the group with most rows first."""
    kept = list(found)
    graph: nx.Graph[str] = nx.Graph()
    graph.add_edges_from((one.giver, one.receiver) for one in kept)
    groups = [
        [one for one in kept if one.giver in people] for people in map(set, nx.connected_components(graph))
    ]
    return sorted(groups, key=lambda group: (-sum(one.rows for one in group), group[0].giver))


def _written(group: list[Pair]) -> dict[str, Any]:
    people = sorted({word for one in group for word in (one.giver, one.receiver)})
    return {
        "people": people,
        "is_ring": any(one.back for one in group),
        "rows": sum(one.rows for one in group),
        "points": str(sum((one.points for one in group), Decimal(0))),
        "pairs": [vars(one) | {"points": str(one.points)} for one in group],
    }
