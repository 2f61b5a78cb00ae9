"""Two people at once about one case, one difference: one of them acts, with threads, on both engines."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select

from ledger.models import Transaction
from tests.cast import NOON, Cast, Person
from tests.fraud.plant import plot
from tests.fraud.steps import reported
from tests.races.test_people_races import _at_once
from timebank.db import Database
from timebank.errors import Refusal
from timebank.fraud import appeals, cases, decisions, queries
from timebank.fraud.decisions import Wanted
from timebank.fraud.models import AppealAnswer, Case, CaseEvent, Decision, Signature
from timebank.members.models import Member
from timebank.notices.models import Notice
from timebank.reconcile import suspense
from timebank.reconcile.models import SuspenseEvent, SuspenseItem


def _told(act: Callable[..., object], *args: object) -> str:
    """``done``, or the code of the refusal."""
    try:
        act(*args)
    except Refusal as refusal:
        return refusal.code
    return "done"


def _case(database: Database, cast: Cast) -> tuple[int, int]:
    with database.transaction() as session:
        scene = plot(session, cast, NOON)
        member = scene.member()
        return reported(scene, [member]).id, member


def _decide(database: Database, who: Person, case_id: int, wanted: Wanted) -> None:
    with database.transaction() as session:
        found = queries.case(session, who.actor, case_id)
        decisions.decide(session, case=found, wanted=wanted, by=who.actor, at=NOON)


def test_of_two_who_decide_at_once_one_does_and_the_member_hears_once(database: Database, cast: Cast) -> None:
    case_id, member = _case(database, cast)
    wanted = (Wanted("no_finding", "查无实据"), Wanted("suspend", "冒名签到", member_ids=[member]))
    deciders = (cast.auditor, cast.administrator)
    results = _at_once(lambda turn: _told(_decide, database, deciders[turn % 2], case_id, wanted[turn % 2]))
    assert results == {"done": 1, "case_not_open": 5}
    with database.reading() as session:
        (decision,) = session.scalars(select(Decision)).all()
        suspended = session.get_one(Member, member).suspended_at is not None
        assert suspended is (decision.outcome == "suspend")
        told = session.scalar(select(func.count(Notice.id)).where(Notice.kind == "fraud.decided"))
        assert told == int(suspended), "of no finding only those hear who were told of the case"


def test_the_member_is_told_once_however_many_press(database: Database, cast: Cast) -> None:
    case_id, member = _case(database, cast)

    def tell(_turn: int) -> int:
        with database.transaction() as session:
            return cases.tell_people(session, session.get_one(Case, case_id), at=NOON)

    assert _at_once(tell) == {"1": 1, "0": 5}
    with database.reading() as session:
        assert session.scalars(select(Notice.member_id)).all() == [member]


def test_a_decision_that_is_signed_and_refused_at_once_is_one_of_both(database: Database, cast: Cast) -> None:
    case_id, member = _case(database, cast)
    with database.transaction() as session:
        # Against staff two people are needed.
        cases.add_person(
            session, session.get_one(Case, case_id), member_id=cast.coordinator.member_id, user_id=None
        )
    _decide(database, cast.auditor, case_id, Wanted("suspend", "冒名签到", member_ids=[member]))

    def sign(turn: int) -> None:
        with database.transaction() as session:
            found = queries.case(session, cast.administrator.actor, case_id)
            decisions.sign(
                session, decision=found.decisions[-1], case=found, agrees=turn % 2 == 0, reason="再核实",
                by=cast.administrator.actor, at=NOON,
            )  # fmt: skip

    assert _at_once(lambda turn: _told(sign, turn)) == {"done": 1, "case_not_open": 5}
    with database.reading() as session:
        signature = session.scalars(select(Signature)).one()
        assert session.get_one(Case, case_id).status == ("decided" if signature.agrees else "open")
        assert (session.get_one(Member, member).suspended_at is not None) is signature.agrees


def test_an_appeal_is_lodged_once_and_answered_once(database: Database, cast: Cast) -> None:
    case_id, member = _case(database, cast)
    _decide(database, cast.auditor, case_id, Wanted("suspend", "冒名签到", member_ids=[member]))

    def lodge(_turn: int) -> None:
        with database.transaction() as session:
            found = session.get_one(Case, case_id)
            appeals.appeal(
                session, case=found, decision=found.decisions[-1], member_id=member, words="我在场",
                by=cast.volunteer.actor, at=NOON + timedelta(days=1),
            )  # fmt: skip

    def answer(turn: int) -> None:
        with database.transaction() as session:
            found = queries.case(session, cast.administrator.actor, case_id)
            appeals.answer_appeal(
                session, case=found, found=found.decisions[-1].appeals[0], stands=turn % 2 == 0,
                reason="问过证人", by=cast.administrator.actor, at=NOON + timedelta(days=2),
            )  # fmt: skip

    assert _at_once(lambda turn: _told(lodge, turn)) == {"done": 1, "appeal_taken": 5}
    assert _at_once(lambda turn: _told(answer, turn)) == {"done": 1, "case_not_open": 5}
    with database.reading() as session:
        stands = session.scalars(select(AppealAnswer.stands)).one()
        assert (session.get_one(Member, member).suspended_at is not None) is stands
        kinds = Counter(session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == case_id)))
    assert (kinds["appealed"], kinds["appeal_answered"], kinds["closed"]) == (1, 1, 1)


def test_of_those_who_agree_and_refuse_at_once_one_closes_the_difference(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        item = SuspenseItem(
            origin="break", check_code="records_are_posted", subject="record:4711",
            says="The record was approved and earns something, but nothing was posted for it.", facts={},
            fingerprint="0", organisation_id=cast.station_id, status="open", opened_at=NOON, last_seen_at=NOON,
        )  # fmt: skip
        session.add(item)
        session.flush()
        number = item.id
        suspense.propose(
            session, item, outcome="written_off", reason="查不清", by=cast.coordinator.actor, at=NOON
        )
        before = session.scalar(select(func.count(Transaction.id)))
    closers = (cast.auditor, cast.administrator)

    def close(turn: int) -> None:
        who = closers[turn % 2].actor
        with database.transaction() as session:
            found = session.get_one(SuspenseItem, number)
            if turn % 2:
                suspense.refuse(session, found, words="再找找", by=who, at=NOON)
            else:
                suspense.agree(session, found, by=who, at=NOON)

    assert _at_once(lambda turn: _told(close, turn)) == {"done": 1, "suspense_item_closed": 5}
    with database.reading() as session:
        verbs = Counter(session.scalars(select(SuspenseEvent.verb).where(SuspenseEvent.item_id == number)))
        assert verbs["written_off"] + verbs["refused"] == 1
        assert session.scalar(select(func.count(Transaction.id))) == before
