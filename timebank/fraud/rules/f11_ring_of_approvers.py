"""F-11: a ring of people who approve each other's hours. Weekly graph work, on manual and edited rows only.

On all rows the same question had a precision of 4 %: in a village everybody approves everybody.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import networkx as nx
from sqlalchemy import or_
from sqlalchemy.orm import Session

from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, points_of, records, staff_members
from timebank.hours.models import Attendance, ServiceRecord

_QUARTER = 91
_BY_HAND = ("manual", "sheet", "offline")


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    own = staff_members(session)
    rows = records(
        session,
        window.since(_QUARTER),
        window.until,
        ServiceRecord.approved_by_user_id.is_not(None),
        or_(Attendance.check_in_method.in_(_BY_HAND), Attendance.check_out_method.in_(_BY_HAND)),
        order=(ServiceRecord.id,),
    )
    favours: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for row in rows:
        giver = own.get(row.approver)
        if giver is not None and giver != row.member_id:
            favours[giver, row.member_id].append(row)
    users = {member_id: user_id for user_id, member_id in own.items()}
    for ring in rings({pair: len(given) for pair, given in favours.items()}, limits["favours"]):
        given = [row for pair, some in favours.items() if set(pair) <= ring for row in some]
        yield Finding(
            key=f"ring:{min(ring)}:{min(row.id for row in given)}",
            organisation_id=given[-1].organisation_id,
            day=max(row.served_on for row in given),
            members=tuple(sorted(ring)),
            users=tuple(sorted(users[member] for member in ring if member in users)),
            facts={"people": len(ring), "favours": len(given)},
            evidence=tuple(f"record:{row.id}" for row in given),
            points=points_of(given),
        )


def rings(favours: Mapping[tuple[int, int], int], at_least: int) -> Iterator[set[int]]:
    """Groups in which everybody is reached by favours from everybody, ``at_least`` along every edge.

    Args:
        favours: (giver, receiver) → how many rows the one approved for the other.
    """
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edges_from(pair for pair, count in favours.items() if count >= at_least)
    for group in nx.strongly_connected_components(graph):
        if len(group) > 1:
            yield set(group)


RULE = Rule(
    code="F-11",
    version=1,
    name=N_("A ring of people who approve each other"),
    says=N_(
        "%(people)s people approved %(favours)s services for one another that were typed in or edited, within 13 weeks."
    ),
    honest=N_("Two coordinators of one small station who cover for each other after a power cut."),
    blind=N_("Favours that are repaid with money or goods instead of hours."),
    prevented_by=N_("The approver of an entry by hand is drawn by the system."),
    weight=60,
    thresholds=(Threshold("favours", N_("approvals in each direction within 90 days"), 3, 1, 50),),
    find=_find,
)
