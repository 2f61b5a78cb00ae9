"""F-06: leaves after the check-in and returns for the check-out."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity, Shift
from timebank.checkin.models import SpotAnswer, SpotCheck
from timebank.errors import N_
from timebank.fraud.rules import HALF_YEAR_DAYS, Finding, Rule, Threshold, Window
from timebank.fraud.rules.chance import MILLION, at_least, usual_share
from timebank.fraud.rules.reading import Line, grouped, points_by_shift_and_member

# One in twenty is in the washroom or out of earshot, whatever a small town counts.
_USUAL = 0.05


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    by_member = {
        member_id: _Asked.of(answers)
        for member_id, answers in grouped(session.execute(_answers(window)), lambda row: row.member_id)
    }
    missed = sum(len(one.missed) for one in by_member.values())
    asked = sum(one.shifts for one in by_member.values())
    for member_id, own in by_member.items():
        count = len(own.missed)
        if count < limits["missed"] or 100 * count < limits["percent"] * own.shifts:
            continue
        # Who was out of earshot once is out of earshot for the second call as well: shifts are counted, not calls.
        usual = usual_share(missed - count, asked - own.shifts, least=_USUAL)
        if at_least(count, own.shifts, usual) * MILLION > limits["chance"]:
            continue
        yield _finding(session, window, member_id, own)


@dataclass(frozen=True)
class _Asked:
    """One member's spot checks: at how many shifts there were some, and the answers of those that were missed."""

    shifts: int
    missed: dict[int, list[Line]]

    @classmethod
    def of(cls, answers: list[Line]) -> "_Asked":
        missed: dict[int, list[Line]] = defaultdict(list)
        for row in answers:
            if row.outcome == "missed":
                missed[row.shift_id].append(row)
        return cls(len({row.shift_id for row in answers}), missed)


def _answers(window: Window) -> Select[*tuple[Any, ...]]:
    return (
        select(
            SpotAnswer.id,
            SpotAnswer.member_id,
            SpotAnswer.outcome,
            SpotAnswer.at,
            SpotCheck.shift_id,
            Activity.organisation_id,
        )
        .join(SpotCheck, SpotCheck.id == SpotAnswer.spot_check_id)
        .join(Shift, Shift.id == SpotCheck.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(SpotAnswer.at >= window.since(HALF_YEAR_DAYS), SpotAnswer.at < window.until)
        .order_by(SpotAnswer.member_id, SpotAnswer.at, SpotAnswer.id)
        .execution_options(yield_per=2000)
    )


def _finding(session: Session, window: Window, member_id: int, own: _Asked) -> Finding:
    rows = [row for some in own.missed.values() for row in some]
    points, numbers = points_by_shift_and_member(session, ((shift, member_id) for shift in own.missed))
    return Finding(
        key=f"member:{member_id}:{rows[0].id}",
        organisation_id=rows[-1].organisation_id,
        day=window.day(rows[-1].at),
        members=(member_id,),
        facts={"missed": len(own.missed), "asked": own.shifts},
        evidence=(
            *(f"spot_answer:{row.id}" for row in rows),
            *(f"record:{number}" for number in numbers),
        ),
        points=points,
    )


RULE = Rule(
    code="F-06",
    version=2,
    name=N_("Leaves after the check-in and returns for the check-out"),
    says=N_(
        "At %(missed)s of %(asked)s shifts with spot checks the member counted as inside and was not there to answer."
    ),
    honest=N_("Work far from the screen, or a phone in the cloakroom: the organiser can say who was there."),
    blind=N_("Activities without spot checks, and whoever is called back in time."),
    prevented_by=N_("Spot checks at activities of two hours or more."),
    weight=45,
    thresholds=(
        Threshold("missed", N_("shifts with a missed spot check in 26 weeks"), 2, 1, 50),
        Threshold(
            "percent", N_("share of the shifts at which the member was asked, in percent"), 50, 10, 100
        ),
        Threshold("chance", N_("chance by what is usual among the others, in millionths"), 1000, 1, 100_000),
    ),
    find=_find,
)
