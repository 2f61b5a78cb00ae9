"""Afternoons without network: a list on the coordinator's device, uploaded in the evening."""

from datetime import datetime, timedelta

from timebank.errors import Refusal
from timebank.offline.models import OfflineRoster
from timebank.simulation.agenda import Agenda
from timebank.simulation.doors import OfflineRow
from timebank.simulation.ground import Occasion
from timebank.simulation.personas import BY_NAME
from timebank.simulation.traits import happens
from timebank.simulation.world import World


def hold(world: World, agenda: Agenda, occasion: Occasion) -> None:
    """The list is taken in the morning; in the evening it comes back."""
    agenda.add(occasion.starts_at - timedelta(minutes=50), lambda at: _take(world, agenda, occasion, at))


def _take(world: World, agenda: Agenda, occasion: Occasion, at: datetime) -> None:
    others = [one for one in world.coordinators_of(occasion.station) if one is not occasion.organiser]
    try:
        roster = world.take_list(occasion, at, by=occasion.organiser, assigned_by=others[0])
    except Refusal:
        return
    evening = max(world.moment(19, 30), occasion.ends_at + timedelta(minutes=50))
    agenda.add(evening, lambda moment: _upload(world, occasion, roster, moment))


def _upload(world: World, occasion: Occasion, roster: OfflineRoster, at: datetime) -> None:
    chance = world.chance(f"village {occasion.key}")
    off = timedelta()
    if happens(chance, "clock_off"):
        most = 14 if chance.random() < 1 / 40 else 7
        off = timedelta(minutes=chance.uniform(1, most) * chance.choice((-1, 1)))
    rows: list[OfflineRow] = []
    for person in occasion.coming:
        persona = BY_NAME[person.persona]
        if chance.random() < persona.no_show:
            continue
        came = occasion.starts_at + timedelta(seconds=chance.randint(-1200, 480)) + off
        rows.append(OfflineRow(person, "in", came))
        if chance.random() >= persona.forgets_out:
            left = occasion.ends_at + timedelta(seconds=chance.randint(-300, 720)) + off
            rows.append(OfflineRow(person, "out", left))
    rows.sort(key=lambda row: (row.at, row.person.member_id))
    world.upload_offline(occasion, roster, rows, by=occasion.organiser, at=at, clock_off=off)
