"""Certificates: numbers without gaps, figures of what is confirmed, revoked with their records, checked by anybody."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.cast import NOON, Cast, Person, row
from tests.hours.stage import add_rule, attended, published
from timebank.access import service as access
from timebank.access.actors import Role
from timebank.activities.rules import ShiftPlan
from timebank.certificates import pdf, queries, service
from timebank.certificates.errors import (
    AlreadyAsked,
    CertificateAbsent,
    NothingServed,
    OwnCertificate,
    PeriodInvalid,
)
from timebank.certificates.models import Certificate, CertificateRequest
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.models import ServiceRecord
from timebank.notices.models import Notice
from timebank.orgs.models import Organisation

ClientAs = Callable[[str], FlaskClient]
EVENING = NOON + timedelta(hours=10)
TODAY = date(2026, 3, 2)


def _served(session: Session, cast: Cast, *people: Person) -> list[ServiceRecord]:
    """Two and a half hours in the afternoon, confirmed in the evening."""
    start = NOON + timedelta(hours=2)
    shift = published(session, cast, ShiftPlan(start, start + timedelta(minutes=150)))
    records = [attended(session, shift, person) for person in people]
    hours.confirm_shift(session, shift=shift, by=cast.second_coordinator.actor, at=EVENING)
    return records


def _asked(session: Session, cast: Cast, person: Person) -> CertificateRequest:
    return service.ask(
        session,
        member=row(session, person),
        organisation=session.get_one(Organisation, cast.team_id),
        period_from=TODAY,
        period_until=TODAY,
        today=TODAY,
        at=EVENING,
    )


def _issued(session: Session, cast: Cast, person: Person) -> Certificate:
    return service.issue(
        session,
        request=_asked(session, cast, person),
        by=cast.second_coordinator.actor,
        at=EVENING,
        keyring=cast.keyring,
    )


class _GivenUpError(Exception):
    """The transaction ends without a commit."""


def _begun_and_given_up(database: Database, act: Callable[[Session], object]) -> None:
    def run() -> None:
        with database.transaction() as session:
            act(session)
            raise _GivenUpError

    with pytest.raises(_GivenUpError):
        run()


def test_a_certificate_says_what_is_confirmed_and_its_serials_have_no_gaps(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        _served(session, cast, cast.volunteer, cast.neighbour, cast.attendant)
        first = _issued(session, cast, cast.volunteer)
        assert (first.serial, first.minutes, first.record_count) == (1, 150, 1)
        assert first.minutes_by_grade == {"A": 150, "B": 0, "C": 0, "D": 0}
        assert first.content["categories"][0]["minutes"] == 150
        assert len(first.verify_word) >= 22
    _begun_and_given_up(database, lambda session: _issued(session, cast, cast.neighbour))
    with database.transaction() as session:
        # What was rolled back used no number up.
        assert _issued(session, cast, cast.attendant).serial == 2
        request = _asked(session, cast, cast.neighbour)
        made = [
            service.issue(
                session,
                request=request,
                by=cast.coordinator.actor,
                at=EVENING,
                keyring=cast.keyring,
            )
            for _twice in range(2)
        ]
        assert [one.serial for one in made] == [3, 3]


def test_nobody_certifies_themselves_not_even_by_a_statement(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        _served(session, cast, cast.coordinator)
        request = _asked(session, cast, cast.coordinator)
        with pytest.raises(OwnCertificate):
            service.issue(
                session, request=request, by=cast.coordinator.actor, at=EVENING, keyring=cast.keyring
            )
        with pytest.raises(OwnCertificate):
            service.refuse(session, request=request, answer="x", by=cast.coordinator.actor, at=EVENING)
        service.issue(
            session, request=request, by=cast.second_coordinator.actor, at=EVENING, keyring=cast.keyring
        )
    columns = (
        "organisation_id, serial, member_id, verify_word, member_name, organisation_name, identity_shown, "
        "period_from, period_until, minutes_by_grade, content, minutes, record_count, issued_by_user_id, "
        "issued_by_name, issued_at"
    )
    forged = columns.replace(" serial,", " 2,").replace(" verify_word,", " 'forged',")
    forged = forged.replace("issued_by_user_id", str(cast.coordinator.user_id))
    for statement in (
        f"INSERT INTO certificates ({columns}) SELECT {forged} FROM certificates",
        "UPDATE certificates SET minutes = 9999",
        "DELETE FROM certificates",
        "UPDATE certificate_records SET minutes = 9999",
    ):
        with pytest.raises(DatabaseError), database.transaction() as session:
            session.execute(text(statement))


def test_only_confirmed_hours_of_the_organisation_and_the_period_are_certified(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        (record,) = _served(session, cast, cast.volunteer)
        member, team = row(session, cast.volunteer), session.get_one(Organisation, cast.team_id)

        def ask(first: date, last: date, place: Organisation) -> CertificateRequest:
            return service.ask(
                session,
                member=member,
                organisation=place,
                period_from=first,
                period_until=last,
                today=TODAY,
                at=EVENING,
            )

        day = timedelta(days=1)
        for first, last in ((TODAY, TODAY - day), (TODAY, TODAY + day)):
            with pytest.raises(PeriodInvalid):
                ask(first, last, team)
        with pytest.raises(NothingServed):
            ask(TODAY - 9 * day, TODAY - day, team)
        with pytest.raises(NothingServed):
            ask(TODAY, TODAY, session.get_one(Organisation, cast.other_team_id))
        request = ask(TODAY, TODAY, team)
        with pytest.raises(AlreadyAsked):
            ask(TODAY, TODAY, team)
        hours.take_back(session, record=record, by=cast.coordinator.actor, at=EVENING, reason="Mistake.")
        with pytest.raises(NothingServed):
            service.issue(
                session, request=request, by=cast.coordinator.actor, at=EVENING, keyring=cast.keyring
            )


def test_taking_a_record_back_revokes_its_certificates_in_the_same_transaction(
    database: Database, cast: Cast, client: FlaskClient
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        (record, other) = _served(session, cast, cast.volunteer, cast.neighbour)
        words = [_issued(session, cast, one).verify_word for one in (cast.volunteer, cast.neighbour)]
        record_id, other_id = record.id, other.id

    def take_back(session: Session) -> None:
        found = session.get_one(ServiceRecord, record_id)
        hours.take_back(session, record=found, by=cast.coordinator.actor, at=EVENING, reason="弄错人了。")
        assert not queries.by_word(session, words[0]).is_genuine

    _begun_and_given_up(database, take_back)
    with database.reading() as session:
        assert queries.by_word(session, words[0]).is_genuine
    with database.transaction() as session:
        take_back(session)
    with database.reading() as session:
        revocation = queries.by_word(session, words[0]).revocation
        assert revocation is not None
        assert (revocation.reason, revocation.record_id) == ("弄错人了。", record_id)
        assert revocation.revoked_at == EVENING
        assert queries.by_word(session, words[1]).is_genuine
    # What the organisation wrote about the record is not for everybody who checks a paper.
    public = client.get(f"/c/{words[0]}").text
    assert "弄错人了。" not in public
    assert "证书所计的一次服务后来已更正。" in public
    # Whatever way the record falls, the database revokes.
    with database.transaction() as session:
        session.execute(
            text("UPDATE service_records SET status = 'reversed' WHERE id = :id"), {"id": other_id}
        )
    with database.reading() as session:
        assert not queries.by_word(session, words[1]).is_genuine


def test_who_holds_a_certificate_that_fell_is_told_once_with_the_way_to_a_new_one(
    database: Database, cast: Cast, client_as: ClientAs, client: FlaskClient
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        (record,) = _served(session, cast, cast.volunteer)
        fallen = _issued(session, cast, cast.volunteer)
        assert service.tell_fallen(session, at=EVENING) == 0
        hours.take_back(session, record=record, by=cast.coordinator.actor, at=EVENING, reason="弄错人了")
    for told in (1, 0):
        with database.transaction() as session:
            assert service.tell_fallen(session, at=EVENING) == told
    with database.transaction() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "certificate.revoked")).one()
        assert (notice.member_id, notice.facts["reason"]) == (cast.volunteer.member_id, "弄错人了。")
        # She served again, so there is something to certify anew.
        start = NOON + timedelta(hours=5)
        again = published(session, cast, ShiftPlan(start, start + timedelta(minutes=60)))
        attended(session, again, cast.volunteer)
        hours.confirm_shift(session, shift=again, by=cast.second_coordinator.actor, at=EVENING)
        assert notice.href is not None
        href = notice.href
    page = client_as("volunteer").get(href).text
    assert "已撤销" in page
    assert "弄错人了" in page
    assert "重新申请" in page
    assert f'value="{fallen.period_from.isoformat()}"' in page
    public = client.get(f"/c/{fallen.verify_word}").text
    assert "服务内容" in public
    assert "敬老爱老 2.5 小时" in public
    assert "弄错人了" not in public


def test_a_certificate_from_asking_to_the_public_check(
    database: Database, cast: Cast, client_as: ClientAs, client: FlaskClient
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        _served(session, cast, cast.volunteer)
    volunteer = client_as("volunteer")
    form = {"organisation_id": str(cast.team_id), "period_from": "2026-01-01", "period_until": "2026-03-02"}
    assert volunteer.post("/my/certificates", data=form).status_code == 302
    desk = client_as("coordinator")
    assert cast.volunteer.name in desk.get("/desk/certificates").text
    with database.reading() as session:
        request_id = session.scalars(select(CertificateRequest.id)).one()
    address = f"/desk/certificates/requests/{request_id}"
    assert "2.5 小时" in desk.get(address).text
    shown = desk.post(address, data={"decision": "issue"})
    assert shown.status_code == 302
    paper = volunteer.get(shown.location)
    with database.reading() as session:
        made = session.scalars(select(Certificate)).one()
    assert cast.volunteer.name in paper.text
    assert "paper-a4-landscape" in paper.text
    assert f"/c/{made.verify_word}</p>" in paper.text, "who has no camera types the address"
    english = volunteer.get(shown.location + "?language=en").text
    assert "Certificate of volunteer service" in english
    assert 'lang="en" class="paper-html"' in english
    for part in ("neighbour", "stranger", "attendant"):
        assert client_as(part).get(shown.location).status_code in (403, 404)
    public = client.get(f"/c/{made.verify_word}")
    assert "真实有效" in public.text
    assert cast.volunteer.name not in public.text
    assert client.get("/c/not-a-word").status_code == 404
    assert desk.post(f"/desk/certificates/{made.id}/revoke", data={"reason": "期间写错。"}).status_code == 302
    public = client.get(f"/c/{made.verify_word}")
    assert "已撤销" in public.text
    assert "期间写错。" in public.text
    assert "已撤销" in volunteer.get("/my/certificates").text


@pytest.mark.skipif(not pdf.is_available(), reason="the extra pdf is not installed")
def test_the_pdf_is_one_landscape_page_with_its_own_font() -> None:
    sheet = pdf.Sheet(
        title="志愿服务证明",
        name="王桂兰",
        body="自2026-01-01至2026-03-02，服务2.5小时，共1次，经我单位记录并确认。",
        facts=[("志愿者编号", "10000016"), ("证件号码", "—")],
        number="0004-00001",
        verify_url="http://127.0.0.1:8000/c/abcdefghijklmnopqrstuv",
        organisation="夕阳红志愿服务队",
        issued_on="2026-03-02",
    )
    made = pdf.rendered(sheet)
    assert made.startswith(b"%PDF-")
    assert made.count(b"/Type /Page\n") == 1
    assert b"FontFile" in made


def test_an_unknown_word_is_no_certificate(database: Database) -> None:
    with database.reading() as session, pytest.raises(CertificateAbsent):
        queries.by_word(session, "")


def test_the_interface_and_the_members_own_copy_carry_certificates(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        _served(session, cast, cast.volunteer)
        made = _issued(session, cast, cast.volunteer)
        _key, secret = access.create_api_key(
            session,
            label="网站",
            role=Role.AUDITOR,
            organisation_id=cast.county_id,
            by=cast.administrator.actor,
            at=NOON,
        )
        word = made.verify_word
    answer = client_as("stranger").get("/api/v1/certificates", headers={"Authorization": f"Bearer {secret}"})
    (item,) = answer.get_json()["items"]
    assert (item["number"][-5:], item["minutes"], item["is_genuine"]) == ("00001", 150, True)
    assert word not in answer.text
    assert "certificates" in client_as("volunteer").post("/me/export.json").get_json()
