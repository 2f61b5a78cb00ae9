"""The honest days of coordinators and volunteers."""

from datetime import timedelta

from timebank.demo import words
from timebank.errors import Refusal
from timebank.simulation.ground import Occasion
from timebank.simulation.world import World


def live(world: World) -> None:
    """Plan, sign up, come, leave, confirm."""
    for station in world.stations:
        if world.today.weekday() in (1, 5):
            _plan(world, station)
    for occasion in [one for one in world.occasions if one.starts_at.date() == world.today]:
        _hold(world, occasion)
    for occasion in world.occasions:
        if not occasion.confirmed and occasion.ends_at.date() < world.today:
            world.confirm(occasion, world.moment(9))


def night(world: World) -> None:
    """The night's jobs, and what is long over is forgotten."""
    world.close_forgotten(world.moment(23, 50))
    keep = world.today - timedelta(days=40)
    world.occasions[:] = [one for one in world.occasions if one.starts_at.date() >= keep]


def _plan(world: World, station: object) -> None:
    home = next(one for one in world.stations if one is station)
    chance = world.chance(f"plan {home.name}")
    category = chance.choice(sorted(world.categories))
    title, place = chance.choice(words.CATEGORIES[category][2])
    starts = world.moment(9) + timedelta(days=2)
    occasion = Occasion(
        key=f"{home.name} {world.today}",
        station=home,
        team=next(one for one in world.teams if one.path.startswith(home.path)),
        organiser=chance.choice(world.coordinators_of(home)),
        category=category,
        title=title,
        place=place,
        starts_at=starts,
        ends_at=starts + timedelta(hours=2),
        publish_at=world.moment(8),
    )
    world.publish(occasion, occasion.publish_at)
    near = [one for one in world.people if one.home == home and one is not occasion.organiser and one.phones]
    for person in chance.sample(near, min(8, len(near))):
        try:
            with world.attempt():
                world.sign_up(person, occasion, world.moment(10))
        except Refusal:
            continue


def _hold(world: World, occasion: Occasion) -> None:
    chance = world.chance(f"hold {occasion.key}")
    for person in occasion.coming:
        at = occasion.starts_at + timedelta(seconds=chance.randint(-900, 300))
        if world.come(person, occasion, at).is_ok:
            world.leave(person, occasion, occasion.ends_at + timedelta(seconds=chance.randint(0, 600)))
