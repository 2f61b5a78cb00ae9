"""What is somebody's own: themselves, their household, the unit that they are a member of. Nobody decides about that."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, not_, or_, select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.models import User
from timebank.fraud.models import Alert, AlertPerson, Case, CasePerson
from timebank.hours.models import ServiceRecord
from timebank.members.families import household_member_ids
from timebank.orgs.models import Organisation


def members(session: Session, actor: Actor) -> frozenset[int]:
    """The actor and their household, as members."""
    if actor.member_id is None:
        return frozenset()
    return household_member_ids(session, actor.member_id) | {actor.member_id}


def users(session: Session, actor: Actor) -> Select[int]:
    """The actor and their household, as users who act."""
    return select(User.id).where(
        or_(User.id == (actor.user_id or -1), User.member_id.in_(members(session, actor)))
    )


def unit(actor: Actor, path: Any) -> ColumnElement[bool]:
    """The organisation that the actor is a member of, and what is below it, unless that is the whole county."""
    if actor.home_path is None:
        return false()
    is_county = actor.home_path in actor.county_paths
    own: ColumnElement[bool] = (
        path == actor.home_path if is_county else path.startswith(actor.home_path, autoescape=True)
    )
    return own


def _about(
    session: Session, actor: Actor, person: type[AlertPerson] | type[CasePerson]
) -> ColumnElement[bool]:
    return or_(person.member_id.in_(members(session, actor)), person.user_id.in_(users(session, actor)))


def case_is_others(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Cases, joined to their organisation, that are not the actor's own in any of these ways."""
    about = exists().where(CasePerson.case_id == Case.id, _about(session, actor, CasePerson))
    return and_(not_(about), not_(unit(actor, Organisation.path)))


def alert_is_others(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Alerts, joined to their organisation, that are not the actor's own in any of these ways."""
    about = exists().where(AlertPerson.alert_id == Alert.id, _about(session, actor, AlertPerson))
    return and_(not_(about), not_(unit(actor, Organisation.path)))


def case_words(session: Session, actor: Actor) -> Sequence[str]:
    """``case:5`` of every case that is the actor's own: the trail keeps from them what is done about it."""
    query = select(Case.id).join(Organisation, Organisation.id == Case.organisation_id)
    return [f"case:{number}" for number in session.scalars(query.where(not_(case_is_others(session, actor))))]


def records(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Service records, joined to their organisation, of the actor's own people or unit, or made by one of these."""
    acted = users(session, actor)
    return or_(
        ServiceRecord.member_id.in_(members(session, actor)),
        ServiceRecord.recorded_by_user_id.in_(acted),
        ServiceRecord.approved_by_user_id.in_(acted),
        unit(actor, Organisation.path),
    )
