"""A merchant, a contract, a statement, donated goods, a handout, a fair and a public sheet."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.charity import service as charity
from store.settlement import sheets
from store.stock.models import StockReceipt
from tests.cast import NOON, Cast
from tests.store.settlement.stage import drawn, rice_handed_out, set_up_trade, two_haircuts
from tests.store.stage import Stage, give_points
from tests.store.stock.papers import TODAY, shop_of
from timebank.orgs.models import Organisation


def furnish_settlement(session: Session, cast: Cast, stage: Stage) -> dict[str, int | str]:
    """What the arguments of the addresses about settling and the charity warehouse are filled with."""
    trade = set_up_trade(session, cast, stage)
    for serial, person in enumerate((cast.volunteer, cast.neighbour)):
        give_points(session, person, 100, record_id=9100 + serial)
    two_haircuts(session, cast, stage, trade)
    settlement = drawn(session, cast, trade.contract_id)
    handout_id = rice_handed_out(session, cast, stage)
    donation = session.scalars(select(StockReceipt.id).where(StockReceipt.kind == "donation")).first()
    by = cast.attendant.actor
    fair = charity.plan_fair(
        session,
        shop=shop_of(session, stage),
        name="春季义集",
        place="",
        first_day=TODAY,
        last_day=TODAY,
        by=by,
        at=NOON,
    )
    sheet = sheets.publish(
        session,
        kind="handouts",
        organisation=session.get_one(Organisation, cast.station_id),
        title="三月公示",
        first_day=TODAY,
        last_day=TODAY,
        today=TODAY,
        timezone=ZoneInfo("Asia/Shanghai"),
        by=cast.administrator.actor,
        at=NOON,
    )
    assert donation is not None
    return {
        "contract_id": trade.contract_id,
        "merchant_id": trade.merchant_id,
        "fair_id": fair.id,
        "handout_id": handout_id,
        "donation_id": donation,
        "settlement_id": settlement.id,
        "sheet_id": sheet.id,
    }
