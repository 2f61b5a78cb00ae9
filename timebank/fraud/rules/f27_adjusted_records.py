"""F-27: somebody in the office changes what a member has, by a correction of hours."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from timebank.access.models import User
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.hours.models import CorrectionRequest, ServiceRecord

_QUARTER = 91


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    old, new, answerer = aliased(ServiceRecord), aliased(ServiceRecord), aliased(User)
    query = (
        select(
            CorrectionRequest.id,
            CorrectionRequest.member_id,
            CorrectionRequest.answered_by_user_id,
            CorrectionRequest.answered_at,
            old.points.label("before"),
            new.points.label("after"),
            new.id.label("new_id"),
            new.organisation_id,
            answerer.member_id.label("answerer_member_id"),
        )
        .join(old, old.id == CorrectionRequest.record_id)
        .join(new, new.id == CorrectionRequest.new_record_id)
        .outerjoin(answerer, answerer.id == CorrectionRequest.answered_by_user_id)
        .where(
            CorrectionRequest.status == "granted",
            CorrectionRequest.answered_at >= window.since(_QUARTER),
            CorrectionRequest.answered_at < window.until,
        )
        .order_by(CorrectionRequest.id)
    )
    for row in session.execute(query):
        change = (row.after or Decimal(0)) - (row.before or Decimal(0))
        to_self = row.answerer_member_id == row.member_id
        if abs(change) > limits["points"] or to_self:
            yield Finding(
                key=f"correction:{row.id}",
                organisation_id=row.organisation_id,
                day=window.day(row.answered_at),
                members=(row.member_id,),
                users=(row.answered_by_user_id,),
                facts={"points": str(change)},
                evidence=(f"correction:{row.id}", f"record:{row.new_id}"),
                points=abs(change),
            )


RULE = Rule(
    code="F-27",
    version=1,
    name=N_("The office adjusts what a member has"),
    says=N_("A correction changed a member's account by %(points)s points at one stroke."),
    honest=N_("A whole week that had been typed in wrongly; the request says so."),
    blind=N_("Many small corrections, each below the limit."),
    prevented_by=N_(
        "Corrections are asked for by the member, granted by somebody else, and never overwrite anything."
    ),
    weight=100,
    thresholds=(Threshold("points", N_("points changed at one stroke"), 50, 1, 10_000),),
    find=_find,
    opens_alone=True,
)
