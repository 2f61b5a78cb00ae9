"""F-10: hours for the coordinator's own household. For herself the database refuses it, and nothing remains to be seen."""

from timebank.simulation import founding
from timebank.simulation.plants.acting import Scheme, office, schemes, tried, word
from timebank.simulation.plants.plant import Plant
from timebank.simulation.world import World


def _live(world: World) -> None:
    for scheme in schemes(world, "F-10", office(2, 1, "worker", "pensioner"), latest=0.6):
        coordinator, _colleague, relative = scheme.people
        if not scheme.drawer.get("linked"):
            scheme.drawer["linked"] = True
            with world.transaction() as session:
                founding.link(world, session, coordinator, relative)
        if scheme.is_due(world, 15):
            _favour(scheme, world)


def _favour(scheme: Scheme, world: World) -> None:
    coordinator, colleague, relative = scheme.people
    past = [
        one
        for one in world.occasions
        if one.station == coordinator.home
        and 1 <= (world.today - one.starts_at.date()).days <= 4
        and one.shift_id
    ]
    if not past:
        return
    occasion = scheme.chance(world).choice(past)
    record = tried(world, world.enter_manually, relative, occasion, by=coordinator, at=world.moment(19))
    if record is None:
        return
    word(world, record, world.moment(20), seen_by=colleague)
    tried(world, world.decide, record, by=colleague, at=world.moment(20, 30))
    scheme.acted(world)
    scheme.tell(world, members=[relative], users=[coordinator], evidence=[f"record:{record}"])


PLANT = Plant("F-10", "Hours for one's own household", _live)
