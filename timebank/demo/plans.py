"""What the town plans to do and when: drawn up on the first day, for the whole year and the fortnight after."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from timebank.demo import words
from timebank.demo.town import Place, Town

DAYS_AHEAD = 14
_STARTS = ((8, 30), (9, 0), (9, 30), (14, 0), (14, 30), (18, 30))
_LENGTHS_MINUTES = (90, 120, 120, 150, 180)


@dataclass
class Occasion:
    """One activity of the town with its one shift.

    Attributes:
        fate: ``held``, ``cancelled``, or ``draft`` for what is still being prepared on the day of the visit.
        shift_id, activity_id: known once it is created.
        waits: nobody has confirmed it yet when the visitor comes.
        coming: member ids that have signed up.
    """

    number: int
    station: Place
    team: Place
    category: str
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    publish_on: date
    capacity: int | None
    fate: str = "held"
    waits: bool = False
    activity_id: int = 0
    shift_id: int = 0
    coming: list[int] = field(default_factory=list)


def draw_up(town: Town) -> list[Occasion]:
    """Every occasion of the year, of today and of the fortnight to come, in order of time."""
    chance = town.chance("plans")
    days = [
        town.first_day + timedelta(days=chance.randint(4, town.size.days - 2))
        for _ in range(town.size.activities)
    ]
    per_day = max(1, town.size.activities * DAYS_AHEAD // town.size.days)
    days += [town.last_day + timedelta(days=chance.randint(1, DAYS_AHEAD)) for _ in range(per_day + 4)]
    occasions = [_occasion(town, chance, number, day) for number, day in enumerate(sorted(days))]
    for occasion in chance.sample(occasions, max(1, len(occasions) // 40)):
        occasion.fate = "cancelled"
    occasions[-1].fate = "draft"
    return [*occasions, *_around_today(town, chance, len(occasions))]


def _occasion(town: Town, chance: random.Random, number: int, day: date) -> Occasion:
    hour, minute = chance.choice(_STARTS)
    starts_at = datetime.combine(day, time(hour, minute), town.timezone)
    ends_at = starts_at + timedelta(minutes=chance.choice(_LENGTHS_MINUTES))
    return _described(town, chance, number, starts_at, ends_at)


def _described(
    town: Town, chance: random.Random, number: int, starts_at: datetime, ends_at: datetime
) -> Occasion:
    team = town.teams[number % len(town.teams)]
    station = next(one for one in town.stations if team.path.startswith(one.path))
    category = chance.choice(list(words.CATEGORIES))
    title, place = chance.choice(words.CATEGORIES[category][2])
    lead = chance.randint(2, 7)
    return Occasion(
        number=number,
        station=station,
        team=team,
        category=category,
        title=title,
        place=f"{station.name.removesuffix('实践站')}{place}",
        starts_at=starts_at,
        ends_at=ends_at,
        publish_on=max(town.first_day, min(starts_at.date(), town.last_day) - timedelta(days=lead)),
        capacity=chance.choice((8, 10, 12, 15, 20, None)),
    )


def _around_today(town: Town, chance: random.Random, number: int) -> list[Occasion]:
    """Whatever the hour of the visit: one shift is under way, one begins later, yesterday's wait to be confirmed."""
    half_hour = timedelta(minutes=30)
    now = town.at.astimezone(town.timezone)
    under_way = now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0) - half_hour
    yesterday = datetime.combine(town.last_day - timedelta(days=1), time(9), town.timezone)
    # From multiples of the teams on, so that yesterday's and today's are the first team's and then the second's.
    number += -number % len(town.teams)
    starts = (yesterday, yesterday + 10 * half_hour, under_way, under_way + 5 * half_hour)
    places = (0, 1, len(town.teams), len(town.teams) + 1)
    occasions = [
        _described(town, chance, number + place, start, start + 4 * half_hour)
        for place, start in zip(places, starts, strict=True)
    ]
    for occasion in occasions[:2]:
        occasion.waits = True
    return occasions
