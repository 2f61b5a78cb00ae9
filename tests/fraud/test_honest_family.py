"""A family of volunteers who live together, come together and share a phone: once they are linked, no rule speaks and no case is opened."""

from datetime import timedelta

from sqlalchemy import insert, select

from store.fraud.registry import EVIDENCE as SHOP_EVIDENCE
from store.fraud.registry import RULES as SHOP_RULES
from tests.fraud.plant import SHANGHAI, Plot
from tests.fraud.steps import use
from timebank.access.models import LogIn
from timebank.activities.models import SignUp
from timebank.checkin.models import DisplaySession
from timebank.fraud import service
from timebank.fraud.evidence import EVIDENCE
from timebank.fraud.models import Alert, Case
from timebank.fraud.registry import RULES
from timebank.fraud.rules import Window
from timebank.members.models import Household, HouseholdMember

EVERY = (*RULES, *SHOP_RULES)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
PHONE = "the phone in the kitchen"


def _family(scene: Plot) -> list[int]:
    """Two parents with log-ins, a grandmother and a child."""
    cast = scene.cast
    for turn, person in enumerate((cast.volunteer, cast.neighbour)):
        row = {"user_id": person.user_id, "device_digest": PHONE, "how": "invitation"}
        scene.session.execute(insert(LogIn), [{**row, "at": scene.now - 20 * DAY + turn * MINUTE}])
    return [cast.volunteer.member_id, cast.neighbour.member_id, scene.member(), scene.member()]


def _link(scene: Plot, family: list[int]) -> None:
    home = Household(created_at=scene.now)
    scene.session.add(home)
    scene.session.flush()
    rows = [{"household_id": home.id, "member_id": one, "since": scene.now} for one in family]
    scene.session.execute(insert(HouseholdMember), rows)


def _morning(scene: Plot, family: list[int], days_ago: float, *, forgets: int | None = None) -> None:
    """They come with one phone, seconds apart, beside three strangers, and leave together at the planned end."""
    shift = scene.shift(days_ago)
    scene.session.add(
        DisplaySession(
            shift_id=shift.id,
            kind="in",
            shown_by_user_id=scene.cast.coordinator.user_id,
            opened_at=shift.starts_at,
            last_seen_at=shift.ends_at,
        )
    )
    others = [scene.member() for _ in range(3)]
    for number, member in enumerate((*family, *others)):
        device = PHONE if member in family else None
        scene.session.add(
            SignUp(
                shift_id=shift.id,
                member_id=member,
                status="signed_up",
                signed_up_at=shift.starts_at - DAY,
                signed_up_by=f"member:{member}",
                signed_up_as="family" if number in (1, 2, 3) else "",
            )
        )
        wait = SECOND * 25 * number
        scene.scan(shift, member, at=shift.starts_at - MINUTE * 5 + wait, device=device)
        is_gone = member == forgets
        if not is_gone:
            scene.scan(shift, member, kind="out", at=shift.ends_at + wait, device=device)
        scene.record(
            shift,
            member,
            left_by=None if is_gone else "same",
            flags=("missing_check_out",) if is_gone else (),
        )


def _screen(scene: Plot) -> None:
    noticed = list(service.look(scene.session, EVERY, Window(scene.now, SHANGHAI)))
    service.keep(scene.session, noticed, rules=EVERY, kinds={**EVIDENCE, **SHOP_EVIDENCE}, at=scene.now)


def test_a_linked_family_raises_no_alert_and_no_case(scene: Plot) -> None:
    use(scene, *EVERY)
    family = _family(scene)
    _link(scene, family)
    for week in range(8):
        _morning(scene, family, 2 + 7 * week, forgets=family[2] if week in (1, 4) else None)
    _screen(scene)
    assert scene.session.scalars(select(Alert.rule)).all() == []
    assert scene.session.scalars(select(Case.id)).all() == []


def test_a_family_that_is_not_linked_yet_is_asked_about_and_no_case_is_opened(scene: Plot) -> None:
    use(scene, *EVERY)
    family = _family(scene)
    for week in range(3):
        _morning(scene, family, 2 + 7 * week)
    _screen(scene)
    asked = scene.session.scalars(select(Alert.rule)).all()
    assert asked == ["F-03"]
    assert scene.session.scalars(select(Case.id)).all() == []
    _link(scene, family)
    _morning(scene, family, 1)
    _screen(scene)
    assert scene.session.scalars(select(Alert.rule)).all() == asked
