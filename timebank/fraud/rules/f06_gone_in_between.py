"""F-06: leaves after the check-in and returns for the check-out."""

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity, Shift
from timebank.checkin.models import SpotAnswer, SpotCheck
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import grouped, points_by_shift_and_member

_QUARTER = 91


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    query = (
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
        .where(SpotAnswer.at >= window.since(_QUARTER), SpotAnswer.at < window.until)
        .order_by(SpotAnswer.member_id, SpotAnswer.at, SpotAnswer.id)
        .execution_options(yield_per=2000)
    )
    for member_id, answers in grouped(session.execute(query), lambda row: row.member_id):
        missed = [row for row in answers if row.outcome == "missed"]
        if len(missed) < limits["missed"] or 100 * len(missed) < limits["percent"] * len(answers):
            continue
        points, numbers = points_by_shift_and_member(session, ((row.shift_id, member_id) for row in missed))
        yield Finding(
            key=f"member:{member_id}:{missed[0].id}",
            organisation_id=missed[-1].organisation_id,
            day=window.day(missed[-1].at),
            members=(member_id,),
            facts={"missed": len(missed), "asked": len(answers)},
            evidence=(
                *(f"spot_answer:{row.id}" for row in missed),
                *(f"record:{number}" for number in numbers),
            ),
            points=points,
        )


RULE = Rule(
    code="F-06",
    version=1,
    name=N_("Leaves after the check-in and returns for the check-out"),
    says=N_("%(missed)s of %(asked)s spot checks were missed while the member counted as inside."),
    honest=N_("Work far from the screen, or a phone in the cloakroom: the organiser can say who was there."),
    blind=N_("Activities without spot checks, and whoever is called back in time."),
    prevented_by=N_("Spot checks at activities of two hours or more."),
    weight=45,
    thresholds=(
        Threshold("missed", N_("missed spot checks in 13 weeks"), 2, 1, 50),
        Threshold("percent", N_("share of those that the member was asked, in percent"), 66, 10, 100),
    ),
    find=_find,
)
