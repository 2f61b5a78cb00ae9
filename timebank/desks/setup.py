"""The first steps of a county that begins with an empty database, one at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from timebank.access.actors import Role
from timebank.access.models import RoleGrant
from timebank.errors import N_
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.policy.models import Category, PointsRule


@dataclass(frozen=True)
class SetupStep:
    """One thing that a county needs before its volunteers can begin.

    Attributes:
        title: what to do; English message id, like ``text`` and ``action``.
        text: why, and what will be asked.
        action: word on the button.
        endpoint: the page where it is done, with ``arguments``.
        is_done: whether the county whose root has this path has it.
        by_hand: the page where it is done without a register, if there is one.
    """

    title: str
    text: str
    action: str
    icon: str
    endpoint: str
    is_done: Callable[[str], ColumnElement[bool]]
    arguments: tuple[tuple[str, str], ...] = ()
    by_hand: str = ""


@dataclass(frozen=True)
class SetupState:
    """The step that is due, and the titles of all steps with those done first."""

    due: SetupStep
    done: int
    titles: tuple[str, ...]


def within(
    county: str, organisation_id: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether a row of this kind belongs to an organisation of the county."""
    belongs = (organisation_id == Organisation.id, Organisation.path.startswith(county))
    return exists().where(*belongs, *conditions)


TIME_BANK_STEPS: tuple[SetupStep, ...] = (
    SetupStep(
        N_("Organisations"),
        N_("Enter the sub-centres, stations and teams, from the register that your office keeps."),
        N_("Import the organisations"),
        "diagram-3",
        "imports.upload",
        lambda county: exists().where(Organisation.path.startswith(county), Organisation.path != county),
        (("register", "organisations"),),
        by_hand="orgs.index",
    ),
    SetupStep(
        N_("Categories"),
        N_("Name the kinds of service, such as care for the old or free clinics. Every activity has one."),
        N_("Add the first category"),
        "tags",
        "policy.categories",
        lambda county: or_(
            within(county, Category.organisation_id), exists().where(Category.organisation_id.is_(None))
        ),
    ),
    SetupStep(
        N_("Points rule"),
        N_("Say how many points an hour of service earns. One rule for all categories is enough to begin."),
        N_("Add the first rule"),
        "calculator",
        "policy.new_rule",
        lambda county: within(county, PointsRule.organisation_id),
    ),
    SetupStep(
        N_("Members"),
        N_("Bring in the volunteers with the register that your office keeps. Each gets a volunteer number."),
        N_("Import the members"),
        "people",
        "imports.upload",
        lambda county: within(county, Member.organisation_id),
        (("register", "members"),),
        by_hand="members.register",
    ),
    SetupStep(
        N_("Coordinators"),
        N_("Find the people who will publish activities, give them the role, and print their invitation."),
        N_("Choose a coordinator"),
        "person-gear",
        "users.index",
        lambda county: within(
            county,
            RoleGrant.organisation_id,
            RoleGrant.role == Role.COORDINATOR,
            RoleGrant.revoked_at.is_(None),
        ),
    ),
)


def state(session: Session, steps: Sequence[SetupStep], *, county: str) -> SetupState | None:
    """Which step is due in the county whose root has this path; None when everything is there. One read."""
    answers = session.execute(select(*(step.is_done(county) for step in steps))).one()
    done = [step for step, answer in zip(steps, answers, strict=True) if answer]
    due = [step for step, answer in zip(steps, answers, strict=True) if not answer]
    if not due:
        return None
    return SetupState(due[0], len(done), tuple(step.title for step in (*done, *due)))
