"""The first day: organisations, people with their phones and cards, households, roles, the county's rules."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.access import service as access
from timebank.access.actors import Actor, Role, system_actor
from timebank.access.models import User
from timebank.access.passwords import hash_password
from timebank.demo import words
from timebank.demo.town import Place
from timebank.members import accounts, families
from timebank.members import service as members
from timebank.members.identity_numbers import check_character
from timebank.members.models import Member
from timebank.members.service import Particulars
from timebank.orgs import service as orgs
from timebank.orgs.models import Organisation
from timebank.policy import service as policy
from timebank.simulation.ground import Ground, Person
from timebank.simulation.personas import BY_NAME, PERSONAS
from timebank.simulation.traits import happens

MEMBERS_PER_STATION, LEAST_STATIONS, COORDINATORS, ATTENDANTS = 67, 2, 3, 3
# 99999x is no place, and 160 is given to no network: numbers that nobody has.
_NOWHERE, _PHONE_PREFIX = "99999", "1600"
# Of households of two and more: how many are linked on the first day, and how many neighbours share one phone.
LINKED_AT_ONCE = 0.75
# Old couples with one phone, parents whose child uses theirs, and unlinked neighbours: share of members, per mille.
COUPLES, PARENT_AND_CHILD, NEIGHBOURS = 30, 25, 8


def found(world: Ground, session: Session) -> None:
    """Everything that has to be there before anybody can serve."""
    _plant(world, session)
    _settle_people(world, session)
    _share_phones(world)
    _hand_out_phones(world, session)
    _link_households(world, session, LINKED_AT_ONCE)
    _give_roles(world, session)
    _make_rules(world, session)


def _plant(world: Ground, session: Session) -> None:
    count, at = max(LEAST_STATIONS, round(world.members / MEMBERS_PER_STATION)), world.moment(6)
    root = orgs.create(session, name="模拟县新时代文明实践中心", kind="centre", parent=None, at=at)
    upper = [
        orgs.create(session, name=f"{words.SUBCENTRES[i]}实践所", kind="subcentre", parent=root, at=at)
        for i in range(2)
    ]
    world.centre = _place(root)
    for number in range(count):
        name = words.STATIONS[number % len(words.STATIONS)] + ("" if number < len(words.STATIONS) else "北")
        station = orgs.create(session, name=f"{name}实践站", kind="station", parent=upper[number % 2], at=at)
        world.stations.append(_place(station))
        for team in words.TEAMS[:2]:
            world.teams.append(_place(orgs.create(session, name=team, kind="team", parent=station, at=at)))


def _place(row: Organisation) -> Place:
    return Place(row.id, row.name, row.kind, row.path)


def _settle_people(world: Ground, session: Session) -> None:
    chance = world.fate("people")
    personas = list(_personas(world.members, chance))
    names = _names(world.members, chance)
    people = [
        _particulars(world, serial, names[serial], persona, chance) for serial, persona in enumerate(personas)
    ]
    teams = [world.teams[serial % len(world.teams)] for serial in range(world.members)]
    rows = members.register_many(
        session,
        people=[(person, team.id) for person, team in zip(people, teams, strict=True)],
        keyring=world.house.keyring,
        at=world.moment(7),
    )
    for serial, (row, team, persona) in enumerate(zip(rows, teams, personas, strict=True)):
        assert row.born_on is not None
        home = next(one for one in world.stations if team.path.startswith(one.path))
        world.people.append(
            Person(
                row.id, row.name, row.number, home, team, persona, serial, row.born_on,
                has_card=BY_NAME[persona].card,
            )
        )  # fmt: skip


def _personas(count: int, chance: random.Random) -> Iterator[str]:
    """As many of each as its share says, in a mixed order; the rest are workers."""
    found = [one.name for one in PERSONAS for _ in range(count * one.share // 100)]
    found += ["worker"] * (count - len(found))
    chance.shuffle(found)
    yield from found


def _names(count: int, chance: random.Random) -> list[str]:
    """Names by chance, none twice."""
    found: dict[str, None] = {}
    while len(found) < count:
        given = chance.choice((*words.WOMEN, *words.MEN))
        name = chance.choice(words.SURNAMES) + given
        found[name if name not in found else name + chance.choice("华明英文芳")] = None
    return list(found)


def _particulars(world: Ground, serial: int, name: str, persona: str, chance: random.Random) -> Particulars:
    low, high = BY_NAME[persona].ages
    sex = chance.choice(("female", "female", "male"))
    born = world.starts_on - timedelta(days=chance.randint(low, high) * 365 + chance.randint(0, 364))
    return Particulars(
        name=name,
        phone=f"{_PHONE_PREFIX}{serial:07d}",
        sex=sex,
        born_on=born,
        identity=_identity(born, serial, sex),
        joined_on=world.starts_on - timedelta(days=chance.randint(0, 900)),
        consented=True,
    )


def _identity(born: date, serial: int, sex: str) -> str:
    """A number with the right check character and a place that there is not; the 17th digit says the sex."""
    order = f"{serial // 5 % 100:02d}{serial % 5 * 2 + (sex == 'male')}"
    body = f"{_NOWHERE}{serial // 500 % 10}{born:%Y%m%d}{order}"
    return body + check_character(body)


def _share_phones(world: Ground) -> None:
    """Households, and who has the use of whose phone: old couples, parents and their children, neighbours."""
    for person in world.people:
        if BY_NAME[person.persona].phone:
            person.phones.append(f"phone {world.seed} {person.number}")
    chance = world.fate("households")
    _pair(world, chance, "card_holder", "pensioner", COUPLES, is_family=True)
    _pair(world, chance, "student", "parent", PARENT_AND_CHILD, is_family=True)
    _pair(world, chance, "card_holder", "pensioner", NEIGHBOURS, is_family=False)


def _pair(
    world: Ground, chance: random.Random, one: str, other: str, permille: int, *, is_family: bool
) -> None:
    """The first of each pair uses the second's phone."""
    guests = [person for person in world.people if person.persona == one and not _is_paired(world, person)]
    chance.shuffle(guests)
    for guest in guests[: max(1, world.members * permille // 1000)]:
        host = next(
            (
                person
                for person in world.people
                if person.persona == other and person.home == guest.home and not _is_paired(world, person)
            ),
            None,
        )
        if host is None:
            continue
        guest.phones[:] = host.phones
        world.kept.setdefault("pairs", {}).update({guest.member_id: host, host.member_id: guest})
        guest.borrows = not is_family
        if is_family:
            guest.household = host.household


def _is_paired(world: Ground, person: Person) -> bool:
    return person.member_id in world.kept.get("pairs", {})


def _hand_out_phones(world: Ground, session: Session) -> None:
    """Accounts for who has the use of a phone; some take theirs up on a later registration day."""
    chance = world.fate("accounts")
    waiting: list[Person] = world.kept.setdefault("registering", [])
    not_yet: set[int] = world.kept.setdefault("not_yet", set())
    for serial, person in enumerate(world.people):
        if not person.phones:
            continue
        before = timedelta(days=chance.randint(40, 400), minutes=serial)
        if happens(chance, "tablet_registration") and not _is_paired(world, person):
            waiting.append(person)
            not_yet.add(person.member_id)
        else:
            open_account(world, session, person, at=world.moment(9) - before, device=person.phones[-1])
    waiting.sort(key=lambda one: one.home.id)
    session.flush()


def open_account(world: Ground, session: Session, person: Person, *, at: datetime, device: str) -> None:
    """The person takes up the account on a browser."""
    hashed: str = world.kept.setdefault("password", "") or hash_password("simulation-2026")
    world.kept["password"] = hashed
    user = accounts.open_account(session, member=session.get_one(Member, person.member_id), at=at)
    user.password_hash = hashed
    person.actor = Actor(
        label=f"user:{user.id}",
        name=person.name,
        user_id=user.id,
        member_id=person.member_id,
        home_path=person.team.path,
    )
    access.keep_log_in(session, user_id=user.id, device=device, how="invitation", at=at)


def _link_households(world: Ground, session: Session, share: float) -> None:
    chance = world.chance("links")
    pairs: dict[int, Person] = world.kept.get("pairs", {})
    for person in world.people:
        other = pairs.get(person.member_id)
        if other is None or other.household != person.household or person.member_id > other.member_id:
            continue
        if not person.is_linked and chance.random() < share:
            link(world, session, person, other)


def link(world: Ground, session: Session, one: Person, other: Person) -> None:
    """The books learn that two live together: proposed by the office, agreed by a second person there."""
    proposed = families.propose_link(
        session,
        member=session.get_one(Member, one.member_id),
        relative=session.get_one(Member, other.member_id),
        by=system_actor("command"),
        means="office",
        at=world.moment(8),
    )
    families.agree(session, link=proposed, by=system_actor("job"), at=world.moment(8, 5))
    one.is_linked = other.is_linked = True


def _give_roles(world: Ground, session: Session) -> None:
    """Coordinators and attendants are volunteers too, and serve at other people's activities."""
    free = [
        one
        for one in world.people
        if one.actor and one.persona in ("worker", "pensioner", "parent") and not _is_paired(world, one)
    ]
    for station in world.stations:
        world.coordinators += [
            _appoint(world, session, free, Role.COORDINATOR, station) for _ in range(COORDINATORS)
        ]
    shops = world.stations[: max(1, (len(world.stations) + 1) // 2)]
    world.kept["attendants"] = {
        station.id: [_appoint(world, session, free, Role.ATTENDANT, station) for _ in range(ATTENDANTS)]
        for station in shops
    }
    assert world.centre is not None
    world.auditor = _appoint(world, session, free, Role.AUDITOR, world.centre)
    world.administrator = _appoint(world, session, free, Role.ADMINISTRATOR, world.centre)


def _appoint(world: Ground, session: Session, free: list[Person], role: Role, place: Place) -> Person:
    chosen = next((one for one in free if one.team.path.startswith(place.path)), free[0])
    free.remove(chosen)
    user = session.get_one(User, chosen.staff.user_id)
    access.grant_role(
        session, user=user, role=role, organisation_id=place.id, by=system_actor(), at=world.moment(8)
    )
    session.flush()
    chosen.actor = access_queries.actor_of_user(session, user.id)
    if place.kind == "station":
        chosen.home = place
    return chosen


def _make_rules(world: Ground, session: Session) -> None:
    assert world.centre is not None
    assert world.administrator is not None
    at = world.moment(6)
    for name, (english, _rate, _activities) in words.CATEGORIES.items():
        category = policy.create_category(
            session, name=name, english_name=english, organisation_id=world.centre.id, at=at
        )
        world.categories[name] = category.id
    rates: dict[str | None, str] = {None: "10"}
    rates |= {name: rate for name, (_en, rate, _list) in words.CATEGORIES.items() if rate}
    for category_name, rate in rates.items():
        policy.add_rule(
            session,
            organisation_id=world.centre.id,
            organisation_path=world.centre.path,
            category_id=world.categories[category_name] if category_name else None,
            points_per_hour=Decimal(rate),
            rounding="half_up",
            rounding_step=Decimal("0.5"),
            cap_points_per_day=Decimal(80),
            cap_points_per_month=None,
            valid_from=world.today,
            valid_until=None,
            today=world.today,
            by=world.administrator.staff.label,
            at=at,
        )
