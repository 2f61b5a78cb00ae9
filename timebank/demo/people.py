"""First day: the tree of organisations, the residents, those who hold roles, and the county's rules."""

import random
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.access import service as access
from timebank.access.actors import Actor, Role, system_actor
from timebank.access.models import User
from timebank.demo import words
from timebank.demo.town import Place, Resident, Town
from timebank.demo.trail import audited
from timebank.members import accounts
from timebank.members import service as members
from timebank.members.identity_numbers import check_character
from timebank.members.models import Member
from timebank.members.service import Particulars
from timebank.orgs import service as orgs
from timebank.orgs.models import Organisation
from timebank.policy import service as policy

# Printed on the terminal and good for this made-up town only.
PASSWORD = "shifan-2026"  # noqa: S105 - the demonstration's own.
# 99999x is no place, and 160 is given to no network: numbers that nobody has.
_NOWHERE = "99999"
_PHONE_PREFIX = "1600"

STATIONS_OF = {"tiny": (1, 2, 2), "small": (2, 4, 8), "medium": (3, 8, 20), "large": (4, 12, 48)}
"""Sub-centres, stations and teams by size of town."""

LOGIN_ROLES = ("volunteer", "coordinator", "attendant", "auditor", "administrator")


def found_town(session: Session, town: Town) -> None:
    """Everything that has to be there before anybody can serve."""
    if not town.is_first_day:
        return
    chance = town.chance("people")
    trees = _plant(session, town)
    people = [_person(serial, chance, town) for serial in range(town.size.members)]
    homes = [trees[town.teams[serial % len(town.teams)].id] for serial in range(len(people))]
    rows = members.register_many(
        session,
        people=[(person, home.id) for person, home in zip(people, homes, strict=True)],
        keyring=town.house.keyring,
        at=town.moment(8),
    )
    _move_in(session, town, rows)
    _give_roles(session, town)
    _make_rules(session, town)


def _plant(session: Session, town: Town) -> dict[int, Organisation]:
    subcentres, stations, teams = STATIONS_OF[town.size.name]
    at, rows = town.moment(7), []

    def plant(name: str, kind: str, parent: Organisation | None) -> Organisation:
        row = orgs.create(session, name=name, kind=kind, parent=parent, at=at)
        rows.append(row)
        return row

    root = plant(words.ROOT, "centre", None)
    town.centre = _place(root)
    upper = [plant(f"{words.SUBCENTRES[i]}新时代文明实践所", "subcentre", root) for i in range(subcentres)]
    middle = [
        plant(f"{words.STATIONS[i]}实践站", "station", upper[i * subcentres // stations])
        for i in range(stations)
    ]
    lower = [
        plant(words.TEAMS[i // stations % len(words.TEAMS)], "team", middle[i % stations])
        for i in range(teams)
    ]
    town.stations = [_place(row) for row in middle]
    town.teams = [_place(row) for row in lower]
    return {row.id: row for row in rows}


def _place(row: Organisation) -> Place:
    return Place(row.id, row.name, row.kind, row.path)


def _person(serial: int, chance: random.Random, town: Town) -> Particulars:
    sex = chance.choice(("female", "female", "male"))
    name = chance.choice(words.SURNAMES) + chance.choice(words.WOMEN if sex == "female" else words.MEN)
    # Three in ten are over sixty, as in the teams that this is modelled on.
    age = chance.choice((chance.randint(17, 30), chance.randint(30, 59), chance.randint(60, 82)))
    born = town.today - timedelta(days=age * 365 + chance.randint(0, 364))
    return Particulars(
        name=name,
        phone=f"{_PHONE_PREFIX}{serial:07d}",
        sex=sex,
        born_on=born,
        identity=_identity(born, serial, sex),
        skills=chance.sample(words.SKILLS, chance.choice((0, 0, 1, 2))),
        joined_on=town.today - timedelta(days=chance.randint(0, 700)),
        consented=True,
    )


def _identity(born: date, serial: int, sex: str) -> str:
    """A number with the right check character and a place that there is not; the 17th digit says the sex."""
    order = f"{serial // 5 % 100:02d}{serial % 5 * 2 + (sex == 'male')}"
    body = f"{_NOWHERE}{serial // 500 % 10}{born:%Y%m%d}{order}"
    return body + check_character(body)


def _move_in(session: Session, town: Town, rows: list[Member]) -> None:
    """Accounts for nine in ten; the others have no phone and are signed up by their coordinators."""
    hashed: str | None = None
    for serial, row in enumerate(rows):
        place = town.teams[serial % len(town.teams)]
        actor = None
        if serial % 10 != 9:
            user = accounts.open_account(session, member=row, at=town.moment(9))
            if hashed is None:
                # One argon2 hash serves all: it is slow on purpose.
                access.set_password(session, user=user, password=PASSWORD)
                hashed = user.password_hash
            user.password_hash = hashed
            actor = Actor(
                label=f"user:{user.id}",
                name=row.name,
                user_id=user.id,
                member_id=row.id,
                home_path=place.path,
            )
        town.residents.append(Resident(row.id, row.name, row.number, row.phone, place, row.born_on, actor))
    session.flush()


def _give_roles(session: Session, town: Town) -> None:
    """Two coordinators for each station and two attendants for each shop, from its teams; an auditor, an administrator."""
    assert town.centre is not None
    free = [resident for resident in town.residents if resident.actor is not None]
    shops = town.stations[: max(1, len(town.stations) // 2)]
    for station in town.stations:
        town.coordinators[station.id] = [
            _appoint(session, town, free, Role.COORDINATOR, station) for _ in (1, 2)
        ]
    for station in shops:
        town.attendants[station.id] = [_appoint(session, town, free, Role.ATTENDANT, station) for _ in (1, 2)]
    town.auditor = _appoint(session, town, free, Role.AUDITOR, town.centre)
    town.administrator = _appoint(session, town, free, Role.ADMINISTRATOR, town.centre)
    holders = {
        "volunteer": next(one.actor for one in free if one.actor),
        "coordinator": town.coordinators[town.stations[0].id][0],
        "attendant": town.attendants[shops[0].id][0],
        "auditor": town.auditor,
        "administrator": town.administrator,
    }
    phones = {resident.member_id: resident.phone for resident in town.residents}
    town.kept["logins"] = [
        {
            "role": role,
            "name": holders[role].name,
            "login_name": phones[holders[role].member_id or 0],
            "password": PASSWORD,
        }
        for role in LOGIN_ROLES
    ]


def _appoint(session: Session, town: Town, free: list[Resident], role: Role, place: Place) -> Actor:
    """The next free resident of the place takes the role and serves no more as an ordinary volunteer."""
    chosen = next((one for one in free if one.place.path.startswith(place.path)), free[0])
    free.remove(chosen)
    assert chosen.actor is not None
    user = session.get_one(User, chosen.actor.user_id)
    by, at = system_actor(), town.moment(9)
    access.grant_role(session, user=user, role=role, organisation_id=place.id, by=by, at=at)
    audited(session, by, "role.granted", f"user:{user.id}", organisation_id=place.id, at=at)
    session.flush()
    actor = access_queries.actor_of_user(session, user.id)
    assert actor is not None
    return actor


def _make_rules(session: Session, town: Town) -> None:
    """Eight categories, a general rule and three of their own; one station keeps hours until they are converted."""
    at = town.moment(8)
    county_id = town.centre.id if town.centre else None
    for name, (english, _rate, _activities) in words.CATEGORIES.items():
        category = policy.create_category(
            session, name=name, english_name=english, organisation_id=county_id, at=at
        )
        town.kept.setdefault("categories", {})[name] = category.id
    add_rule(session, town, rate="10", category=None, cap="60")
    for name, (_english, rate, _activities) in words.CATEGORIES.items():
        if rate:
            add_rule(session, town, rate=rate, category=name, cap="80")
    if len(town.stations) > 1:
        policy.change_settings(
            session,
            organisation_id=town.stations[-1].id,
            written={"points_booked": "on_conversion"},
            by_name=town.administrator.name if town.administrator else "command",
            at=at,
        )


def add_rule(session: Session, town: Town, *, rate: str, category: str | None, cap: str) -> None:
    """A version of the county's points rule that holds from today."""
    assert town.centre is not None
    assert town.administrator is not None
    categories: dict[str, int] = town.kept["categories"]
    policy.add_rule(
        session,
        organisation_id=town.centre.id,
        organisation_path=town.centre.path,
        category_id=categories[category] if category else None,
        points_per_hour=Decimal(rate),
        rounding="half_up",
        rounding_step=Decimal("0.5"),
        cap_points_per_day=Decimal(cap),
        cap_points_per_month=None,
        valid_from=town.today,
        valid_until=None,
        today=town.today,
        by=town.administrator.label,
        at=town.moment(8),
    )
