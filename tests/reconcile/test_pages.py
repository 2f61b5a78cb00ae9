"""The auditor's board."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import text

from tests.cast import Cast
from tests.reconcile.tampering import tampering
from timebank.db import Database
from timebank.house import House

ClientAs = Callable[[str], FlaskClient]


def test_before_the_first_run_the_board_invites_to_make_one(client_as: ClientAs) -> None:
    page = client_as("auditor").get("/reconciliation")
    assert page.status_code == 200
    assert "立即对账" in page.text


def test_a_run_started_on_the_page_is_kept_and_shown_green(client_as: ClientAs) -> None:
    auditor = client_as("stranger_administrator")
    answer = auditor.post("/reconciliation", follow_redirects=True)
    assert answer.status_code == 200
    assert "账目相符" in answer.text
    assert "账目相符" in auditor.get("/reconciliation/history").text


def test_an_auditor_of_one_county_sees_no_run_of_another(client_as: ClientAs, cast: Cast) -> None:
    answer = client_as("auditor").post("/reconciliation", data={"organisation": str(cast.county_id)})
    assert answer.status_code == 302
    assert client_as("auditor").get(answer.location).status_code == 200
    assert client_as("stranger_administrator").get(answer.location).status_code == 404


def test_a_run_of_the_whole_installation_is_not_shown_to_the_auditor_of_a_part(
    client_as: ClientAs, app_house: House
) -> None:
    from timebank.reconcile import runner

    runner.nightly(app_house, {})
    assert "立即对账" in client_as("auditor").get("/reconciliation").text
    assert client_as("auditor").get("/reconciliation/1").status_code == 404


def test_only_the_actors_own_subtree_can_be_chosen(client_as: ClientAs, cast: Cast) -> None:
    answer = client_as("auditor").post("/reconciliation", data={"organisation": str(cast.other_county_id)})
    assert answer.status_code == 404


def test_whoever_may_not_reconcile_is_refused(client_as: ClientAs) -> None:
    for part in ("volunteer", "coordinator", "attendant"):
        assert client_as(part).get("/reconciliation").status_code == 403
        assert client_as(part).post("/reconciliation").status_code == 403


def test_opening_the_board_starts_nothing(client_as: ClientAs, database: Database) -> None:
    client_as("auditor").get("/reconciliation")
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM reconciliation_runs")) == 0


def test_a_difference_is_named_in_chinese_with_what_to_do(
    client_as: ClientAs, app_house: House, cast: Cast
) -> None:
    from decimal import Decimal

    from tests.cast import NOON
    from timebank.books import postings

    with app_house.database.transaction() as session:
        postings.award(
            session,
            record_id=4711,
            member_id=cast.volunteer.member_id,
            organisation_id=cast.team_id,
            points=Decimal(25),
            rule_number=1,
            arithmetic="",
            at=NOON,
            recorded_at=NOON,
            actor="user:1",
        )
    with tampering(app_house) as connection:
        # One county audits everything once the other is part of it.
        connection.execute(
            text("UPDATE organisations SET parent_id = :county WHERE id = :other"),
            {"county": cast.county_id, "other": cast.other_county_id},
        )
    page = client_as("auditor").post("/reconciliation", follow_redirects=True)
    assert "award:record:4711" in page.text
    assert "1 处差异" in page.text
    assert "怎么办" in page.text
