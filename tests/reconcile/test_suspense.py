"""Differences in suspense: known again, owned, closed by themselves or by two people; and stopped redemptions."""

import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.balances import balance
from tests.cast import NOON, Cast
from tests.lived_in import VISIT
from tests.reconcile.tampering import tampering
from tests.store.stage import set_the_stage
from timebank.access.models import User
from timebank.books import chart
from timebank.house import House
from timebank.notices.models import Notice
from timebank.policy import service as policy
from timebank.reconcile import runner, stops, telling
from timebank.reconcile.errors import RedemptionsStopped
from timebank.reconcile.models import RedemptionStop, SuspenseEvent, SuspenseItem

ClientAs = Callable[[str], FlaskClient]


def _reconcile(house: House) -> None:
    runner.reconcile(house, house.checks, organisation_id=None, started_by="job", clock=lambda: VISIT)


def _item(house: House, code: str) -> SuspenseItem:
    with house.database.reading() as session:
        found = session.scalars(
            select(SuspenseItem).where(SuspenseItem.check_code == code).order_by(SuspenseItem.id.desc())
        ).first()
        assert found is not None
        session.expunge(found)
        return found


def test_a_break_opens_one_item_is_known_again_and_closes_by_itself_when_it_is_gone(lived_in: House) -> None:
    for step in ("+ 600", "+ 0", "- 600"):
        with tampering(lived_in) as connection:
            connection.execute(
                text(
                    f"UPDATE ledger_balances SET amount = amount {step} WHERE account_id = "
                    "(SELECT min(id) FROM ledger_accounts WHERE code LIKE 'member%time')"
                )
            )
        _reconcile(lived_in)
        item = _item(lived_in, "balances_equal_entries")
        assert item.status == ("repaired" if step == "- 600" else "open")
        assert item.organisation_id is not None
        assert item.owner_user_id is not None
        assert item.amount is None, "nothing is booked for a break of the books themselves"
    with lived_in.database.reading() as session:
        items = session.scalars(
            select(SuspenseItem).where(SuspenseItem.check_code == "balances_equal_entries")
        ).all()
        verbs = session.scalars(select(SuspenseEvent.verb).where(SuspenseEvent.item_id == items[0].id)).all()
    assert len(items) == 1
    assert verbs == ["opened", "repaired"]


def test_the_town_has_a_counted_difference_in_suspense_booked_to_the_piece(lived_in: House) -> None:
    item = _item(lived_in, "stock_count")
    assert item.status == "open"
    assert item.organisation_id is not None
    account = chart.goods_suspense(item.organisation_id, int(item.facts["product_id"])).code
    with lived_in.database.reading() as session:
        assert balance(session, account) != 0


def _waiting(house: House, cast: Cast) -> int:
    with house.database.transaction() as session:
        item = SuspenseItem(
            origin="break",
            check_code="records_are_posted",
            subject="record:4711",
            says="The record was approved and earns something, but nothing was posted for it.",
            facts={},
            fingerprint="0",
            organisation_id=cast.station_id,
            status="open",
            opened_at=NOON,
            last_seen_at=NOON,
        )
        session.add(item)
        session.flush()
        return item.id


def test_one_person_proposes_another_agrees_and_the_same_one_cannot(
    client_as: ClientAs, app_house: House, cast: Cast
) -> None:
    number = _waiting(app_house, cast)
    page = f"/reconciliation/items/{number}"
    coordinator, auditor = client_as("coordinator"), client_as("auditor")
    assert coordinator.get("/reconciliation/items").status_code == 200
    assert (
        coordinator.post(f"{page}/propose", data={"outcome": "written_off", "reason": " "}).status_code == 422
    )
    assert coordinator.post(f"{page}/note", data={"reason": "问过了"}).status_code == 302
    told = auditor.post(f"{page}/propose", data={"outcome": "explained", "reason": "昨天补录"})
    assert told.status_code == 302
    assert auditor.post(f"{page}/agree").status_code == 403
    assert client_as("administrator").post(f"{page}/agree").status_code == 302
    assert client_as("administrator").post(f"{page}/agree").status_code == 409
    shown = auditor.get(page).text
    assert "昨天补录" in shown
    assert "问过了" in shown
    table = auditor.post("/reconciliation/items/export.csv", data={"state": "closed"})
    assert "records_are_posted" in table.text
    assert client_as("stranger_administrator").get(page).status_code == 404


def test_a_proposal_that_the_second_person_refuses_leaves_the_difference_open_with_both_their_words(
    client_as: ClientAs, app_house: House, cast: Cast
) -> None:
    number = _waiting(app_house, cast)
    page = f"/reconciliation/items/{number}"
    coordinator, administrator = client_as("coordinator"), client_as("administrator")
    proposal = {"outcome": "explained", "reason": "那天停电，后来补记"}
    assert coordinator.post(f"{page}/propose", data=proposal).status_code == 302
    assert f"{page}/agree" not in coordinator.get(page).text, "whoever proposed is not asked to agree"
    assert f"{page}/agree" in administrator.get(page).text
    first = _proposed(administrator.get(page).text)
    assert coordinator.post(f"{page}/refuse", data={"reason": "x"}).status_code == 403
    assert administrator.post(f"{page}/refuse", data={"reason": "没有停电记录"}).status_code == 302
    shown = coordinator.get(page).text
    assert "那天停电，后来补记" in shown
    assert "没有停电记录" in shown
    with app_house.database.reading() as session:
        item = session.get_one(SuspenseItem, number)
        assert (item.status, item.proposed_by_user_id, item.closed_at) == ("open", None, None)
    again = coordinator.post(f"{page}/propose", data={"outcome": "written_off", "reason": "查不清"})
    assert again.status_code == 302
    stale = {"proposed": first}
    assert administrator.post(f"{page}/agree", data=stale).status_code == 409, "that was another proposal"
    read = {"proposed": _proposed(administrator.get(page).text)}
    assert read != stale
    assert administrator.post(f"{page}/agree", data=read).status_code == 302
    with app_house.database.reading() as session:
        item = session.get_one(SuspenseItem, number)
        assert (item.status, item.decided_by_user_id) == ("written_off", cast.administrator.user_id)


def _proposed(page: str) -> str:
    """When the proposal on the page was made, as its forms send it back."""
    (found,) = set(re.findall(r'name="proposed" value="([^"]+)"', page))
    return found


def test_the_owner_hears_after_a_week_and_whoever_reconciles_there_after_a_month_and_nobody_twice(
    app_house: House, cast: Cast
) -> None:
    number = _waiting(app_house, cast)
    with app_house.database.transaction() as session:
        session.get_one(SuspenseItem, number).owner_user_id = cast.coordinator.user_id
    told: list[set[tuple[int | None, int | None]]] = []
    for days in (7, 8, 9, 30, 31, 32):
        with app_house.database.transaction() as session:
            telling.of_ages(session, at=NOON + timedelta(days=days), timezone=ZoneInfo("Asia/Shanghai"))
        with app_house.database.reading() as session:
            rows = session.execute(
                select(Notice.member_id, Notice.user_id).where(Notice.kind == telling.AGED)
            ).all()
            assert len(rows) == len(set(rows)), "nobody hears twice of the same"
            told.append({(row[0], row[1]) for row in rows})
    week, month = told[1], told[4]
    assert told == [set(), week, week, week, month, month]
    with app_house.database.reading() as session:
        assert week == {_as_told(session, cast.coordinator.user_id)}
        assert _as_told(session, cast.auditor.user_id) in month - week


def _as_told(session: Session, user_id: int | None) -> tuple[int | None, int | None]:
    member_id = session.scalar(select(User.member_id).where(User.id == user_id))
    return (member_id, None) if member_id else (None, user_id)


def test_the_database_refuses_one_person_and_the_cause(app_house: House, cast: Cast) -> None:
    number = _waiting(app_house, cast)
    alone = {
        "status": "written_off",
        "outcome": "written_off",
        "reason": "x",
        "closed_at": NOON,
        "proposed_by_user_id": cast.auditor.user_id,
    }
    for more in (
        {"decided_by_user_id": cast.auditor.user_id},
        {"decided_by_user_id": cast.coordinator.user_id, "cause_user_id": cast.coordinator.user_id},
        {"decided_by_user_id": cast.coordinator.user_id, "cause_user_id": cast.auditor.user_id},
    ):
        with pytest.raises(IntegrityError), app_house.database.transaction() as session:
            session.execute(update(SuspenseItem).where(SuspenseItem.id == number).values(**alone | more))


def test_a_broken_book_stops_redemptions_where_the_county_wants_it_until_it_is_clean_or_two_people_agree(
    client_as: ClientAs, app_house: House, cast: Cast
) -> None:
    with app_house.database.transaction() as session:
        stage = set_the_stage(session, cast)
        number = _waiting_broken(session, cast)
        assert stops.judge(session, app_house.checks, at=NOON) == [], "off by default"
        policy.change_settings(
            session,
            organisation_id=cast.county_id,
            written={"redemptions_on_breaks": "stop"},
            by_name="user:1",
            at=NOON,
        )
        stop = stops.judge(session, app_house.checks, at=NOON)[0]
        stop_id = stop.id
    assert "暂停兑换" in client_as("volunteer").get(f"/catalogue?shop={stage.shop_id}").text
    with app_house.database.reading() as session, pytest.raises(RedemptionsStopped):
        stops.ensure_open(session, f"/{cast.county_id}/")
    auditor = client_as("auditor")
    assert auditor.get("/reconciliation/stops").status_code == 200
    assert auditor.post(f"/reconciliation/stops/{stop_id}/ask", data={"reason": "已查明"}).status_code == 302
    assert auditor.post(f"/reconciliation/stops/{stop_id}/lift").status_code == 403
    assert client_as("administrator").post(f"/reconciliation/stops/{stop_id}/lift").status_code == 302
    assert "暂停兑换" not in client_as("volunteer").get(f"/catalogue?shop={stage.shop_id}").text
    with app_house.database.transaction() as session:
        assert stops.judge(session, app_house.checks, at=VISIT) == [], "two people have let it go on"
        session.get_one(SuspenseItem, number).opened_at = VISIT.replace(year=2099)
        assert len(stops.judge(session, app_house.checks, at=VISIT)) == 1, "another difference stops anew"
        session.execute(text("DELETE FROM suspense_items"))
        stops.judge(session, app_house.checks, at=VISIT)
        assert [
            one.lifted_how for one in session.scalars(select(RedemptionStop).order_by(RedemptionStop.id))
        ] == [
            "people",
            "clean",
        ]


def _waiting_broken(session: Session, cast: Cast) -> int:
    item = SuspenseItem(
        origin="break",
        check_code="seals_hold",
        subject="seal:1",
        says="x",
        facts={},
        fingerprint="0",
        organisation_id=cast.county_id,
        status="open",
        opened_at=NOON,
        last_seen_at=NOON,
    )
    session.add(item)
    session.flush()
    return item.id
