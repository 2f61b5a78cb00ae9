"""“This was not me” from the phone to the answer: frozen everywhere, a case, points back, goods on the shelf or written off."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from store.disputes.models import Dispute
from store.orders.models import OrderSignature, Return
from store.stock.models import StockMovement
from tests.cast import NOON, Cast
from tests.store.counter.till import fresh
from tests.store.stage import Stage, sell
from timebank.books.queries import points_available, shelf_quantity
from timebank.db import Database
from timebank.fraud.models import Case, CaseEvent, CasePerson

ClientAs = Callable[[str], FlaskClient]
FROZEN = "您的积分已冻结"


@pytest.mark.parametrize("goods", ["back", "gone"])
def test_not_me_opens_a_case_and_what_is_upheld_is_given_back(
    database: Database, cast: Cast, stage: Stage, client_as: ClientAs, goods: str
) -> None:
    with database.transaction() as session:
        order_id = sell(
            session, stage.shop_id, cast.volunteer, {stage.soap_id: 2}, key=fresh(), by=cast.attendant.actor
        ).order.id
        session.add(
            OrderSignature(order_id=order_id, kind="drawn", strokes=[[10, 20, 30, 40]], signed_at=NOON)
        )
    phone, auditor = client_as("volunteer"), client_as("auditor")
    pages = ("/", "/my/points", f"/catalogue?shop={stage.shop_id}", "/me/code")
    assert not any(FROZEN in phone.get(page, follow_redirects=True).text for page in pages)
    for _press in range(2):
        told = phone.post(
            f"/orders/{order_id}/not-me", data={"key": fresh(), "says": "我没去过"}, follow_redirects=True
        )
        assert FROZEN in told.text
    assert [page for page in pages if FROZEN not in phone.get(page, follow_redirects=True).text] == []
    with database.reading() as session:
        dispute_id = session.scalars(select(Dispute.id)).one()
        case_id = session.scalars(select(Case.id).where(Case.origin == "member")).one()
        people = session.execute(select(CasePerson.member_id, CasePerson.user_id)).all()
        assert set(map(tuple, people)) == {(cast.volunteer.member_id, None), (None, cast.attendant.user_id)}
    case = auditor.get(f"/cases/{case_id}")
    assert f'href="/disputes/{dispute_id}"' in case.text
    assert "20.00" in case.text or "40.00" in case.text
    page = f"/disputes/{dispute_id}"
    # Whoever decides sees what was taken, the hand under it, and the way to the whole receipt.
    assert all(
        one in auditor.get(page).text
        for one in ("香皂 ×2", 'points="10 20 30 40"', f'href="/orders/{order_id}"')
    )
    said = {"decision": "upheld", "reason": "字迹不符", "seen": 0}
    # Without a word about points and goods nothing is decided.
    assert auditor.post(page, data=said).status_code == 422
    assert auditor.post(page, data=said | {"points": "back"}).status_code == 422
    said |= {"points": "back", "goods": goods}
    assert auditor.post(page, data=said).status_code == 303
    assert auditor.post(page, data=said).status_code == 409
    with database.reading() as session:
        assert points_available(session, cast.volunteer.member_id) == 100
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == (10 if goods == "back" else 8)
        document = session.scalars(select(Return)).one()
        assert (document.total_points, document.reason) == (Decimal(40), "字迹不符")
        kinds = session.scalars(select(StockMovement.kind).order_by(StockMovement.id)).all()
        assert kinds.count("write_off") == (1 if goods == "gone" else 0)
        says = session.scalars(select(CaseEvent.says).where(CaseEvent.case_id == case_id)).all()
        assert len(says) == 4
    assert "字迹不符" in auditor.get(f"/cases/{case_id}").text
    assert FROZEN in phone.get("/my/points").text
    auditor.post(page, data={"decision": "lifted", "reason": "换了新卡", "seen": 1})
    assert FROZEN not in phone.get("/my/points").text
    with database.reading() as session:
        assert session.scalar(select(Return.id).where(Return.id != document.id)) is None


def test_whoever_reported_or_handed_out_is_shown_no_decision(
    database: Database, cast: Cast, stage: Stage, client_as: ClientAs
) -> None:
    with database.transaction() as session:
        order_id = sell(
            session,
            stage.shop_id,
            cast.volunteer,
            {stage.soap_id: 1},
            key=fresh(),
            by=cast.administrator.actor,
        ).order.id
    client_as("volunteer").post(f"/orders/{order_id}/not-me", data={"key": fresh()})
    with database.reading() as session:
        dispute_id = session.scalars(select(Dispute.id)).one()
    seller = client_as("administrator")
    assert 'name="decision"' not in seller.get(f"/disputes/{dispute_id}").text
    refused = seller.post(f"/disputes/{dispute_id}", data={"decision": "lifted", "reason": "x", "seen": 0})
    assert refused.status_code == 403
    assert 'name="decision"' in client_as("auditor").get(f"/disputes/{dispute_id}").text
