"""F-11: three coordinators enter and approve for one another in turn."""

from timebank.simulation.plants.acting import office, schemes, tried, word
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-11", office(3), latest=0.2):
        if not scheme.is_due(world, 5):
            continue
        turn: int = scheme.drawer.get("turn", 0)
        # Who profits, who types, who approves: everybody in turn.
        profits, types, approves = (scheme.people[(turn + step) % 3] for step in range(3))
        past = [
            one
            for one in world.occasions
            if one.station == types.home
            and 1 <= (world.today - one.starts_at.date()).days <= 5
            and one.shift_id
        ]
        if not past:
            continue
        occasion = scheme.chance(world).choice(past)
        record = tried(world, world.enter_manually, profits, occasion, by=types, at=world.moment(19))
        if record is None:
            continue
        word(world, record, world.moment(20), seen_by=approves)
        tried(world, world.decide, record, by=approves, at=world.moment(20, 30))
        scheme.drawer["turn"] = turn + 1
        scheme.acted(world)
        scheme.tell(world, members=scheme.people, users=scheme.people, evidence=[f"record:{record}"])


PLANT = Plant("F-11", "A ring of people who approve each other", _live)
