"""F-17: several people within seconds from one browser."""

from collections.abc import Iterator, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from timebank.checkin.models import Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, scans

_MONTH = 30
_MINUTE = 60


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    seen = aliased(Scan)
    shared = (
        select(seen.device_digest)
        .where(seen.at >= window.since(_MONTH), seen.at < window.until, seen.operator_user_id.is_(None))
        .group_by(seen.device_digest)
        .having(func.count(seen.member_id.distinct()) >= limits["members"])
    )
    rows = scans(
        session,
        window.since(_MONTH),
        window.until,
        Scan.operator_user_id.is_(None),
        Scan.member_id.is_not(None),
        Scan.device_digest.in_(shared),
        order=(Scan.device_digest, Scan.at, Scan.id),
    )
    # A tablet at the door sees everybody; that is what it is for.
    own = (row for row in rows if row.kiosk_id is None)
    for device, tries in grouped(own, lambda row: row.device):
        run = _quickest(tries, limits["seconds"])
        members = {row.member_id for row in run}
        if len(members) < limits["members"]:
            # Nor does anybody's hand log in as four people within a minute.
            run = _quickest(tries, _MINUTE)
            members = {row.member_id for row in run}
            if len(members) < limits["in_a_minute"]:
                continue
        yield Finding(
            key=f"device:{device[:24]}:{run[0].id}",
            organisation_id=run[0].organisation_id,
            day=window.day(run[-1].at),
            members=tuple(sorted(members)),
            facts={
                "members": len(members),
                "seconds": int((run[-1].at - run[0].at).total_seconds()),
            },
            evidence=tuple(f"scan:{row.id}" for row in run),
        )


def _quickest(tries: list[Line], seconds: int) -> list[Line]:
    """The run within ``seconds`` that has most members."""
    best: list[Line] = []
    for index, first in enumerate(tries):
        run = [row for row in tries[index : index + 50] if (row.at - first.at).total_seconds() <= seconds]
        if len({row.member_id for row in run}) > len({row.member_id for row in best}):
            best = run
    return best


RULE = Rule(
    code="F-17",
    version=2,
    name=N_("Several people within seconds from one browser"),
    says=N_("%(members)s people within %(seconds)s seconds from one browser."),
    honest=N_("None is known: even a practised hand needs longer to log in as somebody else."),
    blind=N_("A program that waits as long as a person would."),
    prevented_by=N_("A tap on a page that shows the name, and the device rule."),
    weight=60,
    thresholds=(
        Threshold("members", N_("people"), 3, 2, 50),
        Threshold("seconds", N_("within seconds"), 10, 1, 600),
        Threshold("in_a_minute", N_("or so many people within a minute"), 4, 3, 100),
    ),
    find=_find,
)
