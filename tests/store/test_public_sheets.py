"""What hangs out for everybody leaves decoys out: whoever is none stands there, whoever is one does not."""

from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from store.settlement import sheets
from tests.cast import NOON, Cast
from tests.store.stage import Stage, sell
from timebank.db import Database
from timebank.fraud import decoys
from timebank.orgs.models import Organisation

SHANGHAI = ZoneInfo("Asia/Shanghai")


def _who(session: Session, cast: Cast) -> list[str]:
    day = NOON.astimezone(SHANGHAI).date()
    rows = sheets.gathered(
        session,
        kind="redemptions",
        organisation=session.get_one(Organisation, cast.county_id),
        first_day=day,
        last_day=day,
        timezone=SHANGHAI,
    )
    return [row["who"][0] for row in rows]


def test_a_redemption_of_a_decoy_does_not_stand_on_the_public_sheet(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by = cast.attendant.actor
    with database.transaction() as session:
        for number, buyer in enumerate((cast.volunteer, cast.neighbour)):
            sell(
                session,
                stage.shop_id,
                buyer,
                {stage.towel_id: 1},
                key=f"public-sheet-of-goods-{number}",
                by=by,
            )
    both = [cast.volunteer.name[0], cast.neighbour.name[0]]
    with database.transaction() as session:
        assert _who(session, cast) == both
        decoy = decoys.propose(
            session, kind="member", number=cast.volunteer.number, note="试", by=cast.auditor.actor, at=NOON
        )
        # One person alone makes no decoy.
        assert _who(session, cast) == both
        decoys.sign(session, decoy=decoy, by=cast.administrator.actor, at=NOON)
        assert _who(session, cast) == both[1:]
        decoys.end(session, decoy=decoy, reason="结束", by=cast.auditor.actor, at=NOON)
        assert _who(session, cast) == both[1:]
