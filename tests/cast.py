"""One cast of people for every test: who they are, where they belong, what they may do."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.access import service as access
from timebank.access.actors import Actor, Role
from timebank.access.keys import Keyring
from timebank.members import service as members
from timebank.members.models import Member
from timebank.orgs import service as orgs
from timebank.orgs.models import Organisation

SECRET_KEY = "a secret of at least thirty-two characters"
PASSWORD = "correct horse battery"
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # A Monday, noon in Shanghai.


@dataclass
class Person:
    """A member of the cast: the member row's id, the user, and the actor they are in a request."""

    name: str
    member_id: int
    number: str
    phone: str
    user_id: int
    actor: Actor


@dataclass
class Cast:
    """Everybody, by part. Organisation fields hold ids; ``paths`` their paths."""

    keyring: Keyring
    county_id: int
    subcentre_id: int
    station_id: int
    team_id: int
    other_county_id: int
    other_team_id: int
    paths: dict[int, str]
    people: dict[str, Person] = field(default_factory=dict)

    def __getattr__(self, part: str) -> Person:
        try:
            return self.people[part]
        except KeyError:
            raise AttributeError(part) from None


# Part, name, role, and the organisation the role is held on; all are members of the team.
_PARTS: tuple[tuple[str, str, Role | None, str], ...] = (
    ("volunteer", "王桂兰", None, "team"),
    ("neighbour", "张建国", None, "team"),
    ("coordinator", "李文浩", Role.COORDINATOR, "station"),
    ("second_coordinator", "孙昊", Role.COORDINATOR, "station"),
    ("attendant", "赵敏", Role.ATTENDANT, "station"),
    ("second_attendant", "钱秀英", Role.ATTENDANT, "station"),
    ("auditor", "周正", Role.AUDITOR, "county"),
    ("administrator", "陈立", Role.ADMINISTRATOR, "county"),
    ("stranger", "单玉", Role.COORDINATOR, "other_county"),
    ("stranger_volunteer", "曾强", None, "other_team"),
    ("stranger_administrator", "冯远", Role.ADMINISTRATOR, "other_county"),
    ("stranger_attendant", "何芳", Role.ATTENDANT, "other_county"),
)


def call_the_cast(session: Session, at: datetime = NOON) -> Cast:
    """Make two counties and everybody in them, all with ``PASSWORD``."""
    keyring = Keyring(SECRET_KEY)
    places = _plant_trees(session, at)
    cast = Cast(
        keyring=keyring,
        county_id=places["county"].id,
        subcentre_id=places["subcentre"].id,
        station_id=places["station"].id,
        team_id=places["team"].id,
        other_county_id=places["other_county"].id,
        other_team_id=places["other_team"].id,
        paths={place.id: place.path for place in places.values()},
    )
    giver = Actor(label="command", name="command")
    hashed: str | None = None
    for serial, (part, name, role, place) in enumerate(_PARTS):
        home = places["other_team" if place.startswith("other") else "team"]
        phone = f"1390000{serial:04d}"
        born = date(1950 + serial, 2, 28)
        person = members.Particulars(name=name, phone=phone, sex="female", born_on=born, consented=True)
        member = members.register(session, person=person, organisation=home, keyring=keyring, at=at)
        user = access.create_user(
            session, name=name, member_id=member.id, login_names=(phone, member.number), at=at
        )
        # One argon2 hash serves all: it is slow on purpose.
        if hashed is None:
            access.set_password(session, user=user, password=PASSWORD)
            hashed = user.password_hash
        user.password_hash = hashed
        if role is not None:
            access.grant_role(
                session, user=user, role=role, organisation_id=places[place].id, by=giver, at=at
            )
        session.flush()
        actor = access_queries.actor_of_user(session, user.id)
        assert actor is not None
        cast.people[part] = Person(name, member.id, member.number, phone, user.id, actor)
    return cast


def _plant_trees(session: Session, at: datetime) -> dict[str, Organisation]:
    def plant(name: str, kind: str, parent: Organisation | None) -> Organisation:
        return orgs.create(session, name=name, kind=kind, parent=parent, at=at)

    county = plant("青禾县新时代文明实践中心", "centre", None)
    subcentre = plant("柳河镇新时代文明实践所", "subcentre", county)
    station = plant("东风社区实践站", "station", subcentre)
    team = plant("夕阳红志愿服务队", "team", station)
    other_county = plant("远山县新时代文明实践中心", "centre", None)
    other_team = plant("远山志愿服务队", "team", other_county)
    return {
        "county": county,
        "subcentre": subcentre,
        "station": station,
        "team": team,
        "other_county": other_county,
        "other_team": other_team,
    }


def row(session: Session, person: Person) -> Member:
    """The member row of a person of the cast."""
    return session.get_one(Member, person.member_id)
