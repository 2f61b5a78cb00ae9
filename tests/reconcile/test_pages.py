"""The auditor's board."""

import re
from collections.abc import Callable
from gettext import translation
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import text

import timebank
from tests.cast import Cast
from tests.reconcile.tampering import tampering
from tests.store.counter.till import open_till
from tests.store.stage import set_the_stage
from timebank.db import Database
from timebank.house import House
from timebank.reconcile.checks import Check

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


def test_three_tabs_show_each_kind_compare_with_the_run_before_and_leave_out_of_a_part_what_is_of_the_whole(
    client_as: ClientAs, app_house: House, cast: Cast
) -> None:
    auditor = client_as("auditor")
    part = {"organisation": str(cast.county_id)}
    first = auditor.post("/reconciliation", data=part).location
    assert "的对账相比" not in auditor.get(first).text, "there is no run before the first"
    with app_house.database.transaction() as session:
        # A counter that somebody has forgotten for days: a difference of the shelf.
        stage = set_the_stage(session, cast)
        open_till(session, stage, cast.attendant.actor)
    second = auditor.post("/reconciliation", data=part).location
    for kind, tab in (("vouchers", "账证核对"), ("books", "账账核对"), ("shelf", "账实核对")):
        page = auditor.get(f"{second}?kind={kind}").text
        chosen = re.search(
            r'aria-current="true">.*?<span>([^<]+)</span><span class="chip-count">(\d+)</span>', page
        )
        assert chosen is not None
        assert chosen.groups() == (tab, "1" if kind == "shelf" else "0")
        proved = {one.code: proves for one, proves in _proved(app_house, kind)}
        shown = [code for code, proves in proved.items() if proves in page]
        expected = [one.code for one in app_house.checks if one.kind == kind and not one.everywhere_only]
        assert shown == expected
    shelf = auditor.get(f"{second}?kind=shelf").text
    assert "的对账相比" in shelf
    assert "多 1 处差异" in shelf
    assert "怎么办" in shelf
    assert "可能的原因" in shelf


def _proved(house: House, kind: str) -> list[tuple[Check, str]]:
    """The checks of a kind with what they prove in Chinese."""
    words = translation("messages", Path(timebank.__file__).parent / "translations", ["zh"])
    return [(one, words.gettext(one.proves)) for one in house.checks if one.kind == kind]


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
