"""The honest days at the counters: who comes, what goes into the basket, what goes wrong, what is counted at night."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from timebank.errors import Refusal
from timebank.simulation.agenda import Agenda
from timebank.simulation.ground import COUNTERS, Person, Stand
from timebank.simulation.market import Counted, Sold, Ware
from timebank.simulation.personas import BY_NAME
from timebank.simulation.traits import happens, rate
from timebank.simulation.weeks import festival_week, is_asleep
from timebank.simulation.world import World

OPENING_DAYS = (1, 3, 5)  # Tuesday, Thursday, Saturday.
OPENS, CLOSES_MINUTES = 9, 8 * 60
CARD_LIMIT = Decimal(100)
AGREEMENT_FROM = Decimal(200)
RICE = "大米5kg"
DELIVERY_WEEKDAY = 0
REGULARS_FROM_WEEK = 4


def live(world: World, agenda: Agenda) -> None:
    """Put on the agenda what happens at the counters today."""
    for shop in world.shops:
        chance = world.chance(f"shop {shop.name}")
        if world.today.weekday() == DELIVERY_WEEKDAY:
            by = chance.choice(world.attendants[shop.id])
            agenda.add(world.moment(8, 40), partial(world.deliver, shop, by=by))
        if world.today.weekday() in OPENING_DAYS and world.day_number > 7:
            _open(world, agenda, shop, chance)
    _bring_back(world, agenda)


def on_duty(world: World, shop: Stand) -> Person:
    """Attendants take turns; the first always has Thursdays, which is how some neighbours only ever meet her."""
    attendants = world.attendants[shop.id]
    if world.today.weekday() == OPENING_DAYS[1]:
        return attendants[0]
    return attendants[1 + (world.day_number // 7 + world.today.weekday()) % (len(attendants) - 1)]


def _open(world: World, agenda: Agenda, shop: Stand, chance: random.Random) -> None:
    by = on_duty(world, shop)
    minutes = CLOSES_MINUTES + (chance.randint(60, 130) if happens(chance, "overrun") else 0)
    if _is_festival_eve(world):
        minutes += 180
    agenda.add(world.moment(OPENS - 1, 50), lambda at: _begin(world, shop, by, at))
    agenda.add(
        world.moment(OPENS) + timedelta(minutes=minutes + 30),
        lambda at: _count(world, shop, by, at),
    )
    for person in _customers(world, shop, chance):
        offset = chance.uniform(5, minutes)
        agenda.add(
            world.moment(OPENS) + timedelta(seconds=round(offset * 60)),
            partial(_visit, world, agenda, (shop, by), person),
        )
    if world.today.day == 15:
        agenda.add(world.moment(16, 50), lambda at: world.write_off(shop, at, by=by))


def _begin(world: World, shop: Stand, by: Person, at: datetime) -> None:
    world.open_counter(shop, at, by=by)


def _is_festival_eve(world: World) -> bool:
    """The three opening days before the festival's week."""
    return world.day_number // 7 == festival_week(world) - 1


def _customers(world: World, shop: Stand, chance: random.Random) -> list[Person]:
    """Who comes today: everybody at their own pace, regulars on their day, many before the festival."""
    found = []
    thursday = world.today.weekday() == OPENING_DAYS[1]
    regulars = [one.member_id for one in _regulars(world, shop)]
    for person in world.people:
        if usual_shop(world, person) is not shop and not happens(chance, "wrong_shop"):
            continue
        if is_asleep(world, person):
            continue
        if person.member_id in regulars:
            comes = thursday and chance.random() < 0.55
        elif _is_festival_eve(world):
            returned = person.member_id in world.kept.get("returned", ())
            comes = chance.random() < (0.4 if returned else rate("festival_rice") / 3)
        else:
            every = BY_NAME[person.persona].shops_every
            comes = bool(every) and chance.random() < 7 / (3 * every)
        if comes:
            found.append(person)
    return found


def _regulars(world: World, shop: Stand) -> list[Person]:
    name = f"regulars {shop.id}"
    if name not in world.kept:
        own = [
            one
            for one in world.people
            if usual_shop(world, one) is shop and one.persona in ("pensioner", "zealous", "card_holder")
        ]
        count = int(rate("always_thursday"))
        world.kept[name] = world.fate(f"regulars {shop.name}").sample(own, min(count, len(own)))
    found: list[Person] = world.kept[name]
    return found


def usual_shop(world: World, person: Person) -> Stand:
    """The shop of the person's station, or of the one that their station belongs to."""
    own = next((one for one in world.shops if one.home == person.home), None)
    return own or world.shops[person.home.id % len(world.shops)]


def _visit(world: World, agenda: Agenda, place: tuple[Stand, Person], person: Person, at: datetime) -> None:
    shop, by = place
    chance = world.chance(f"basket {shop.name} {person.number}")
    server = by
    if person is by or person.household == by.household:
        server = next(one for one in world.attendants[shop.id] if one is not person and one is not by)
    balance = world.balance(person)
    goods, cost = basket(world, shop, balance, chance)
    if not goods:
        return
    how, agreed = proof(person, cost, chance)
    try:
        sold = world.redeem(person, shop, goods, by=server, at=at, identified_by=how, agreed_by=agreed)
    except Refusal:
        # Something ran out meanwhile, or the points are frozen.
        return

    is_noticed_at_the_door = happens(chance, "undone_late")
    if is_noticed_at_the_door or happens(chance, "undone_at_once"):
        seconds = chance.randint(130, 480) if is_noticed_at_the_door else chance.randint(25, 110)
        undone = at + timedelta(seconds=seconds)

        def ring_up_again(now: datetime) -> None:
            try:
                world.undo(sold.order_id, now, by=sold.attendant)
                world.redeem(
                    person, shop, goods[:1], by=sold.attendant, at=now + timedelta(seconds=40),
                    identified_by=how, agreed_by=agreed,
                )  # fmt: skip
            except Refusal:
                return

        agenda.add(undone, ring_up_again)
    elif happens(chance, "comes_again"):
        again = at + timedelta(minutes=chance.randint(10, 90))
        agenda.add(again, partial(_buy_again, world, (shop, sold.attendant), person))
    elif happens(chance, "brings_back"):
        world.kept.setdefault("bring back", []).append(
            (world.day_number + chance.choice((2, 3, 5, 7)), sold, shop)
        )


def _buy_again(world: World, place: tuple[Stand, Person], person: Person, at: datetime) -> None:
    """Something was forgotten: one more thing, the same day."""
    shop, by = place
    if (shop.id, by.member_id) not in world.kept.get(COUNTERS, {}):
        return  # Closed by now.
    chance = world.chance(f"again {shop.name} {person.number}")
    there = [ware for ware in world.wares(shop) if ware.units > 2 and ware.points <= world.balance(person)]
    if not there:
        return
    ware = chance.choice(there)
    how, agreed = proof(person, ware.points, chance)
    try:
        world.redeem(person, shop, [(ware.product_id, 1)], by=by, at=at, identified_by=how, agreed_by=agreed)
    except Refusal:
        return


def basket(
    world: World, shop: Stand, balance: Decimal, chance: random.Random
) -> tuple[list[tuple[int, int]], Decimal]:
    """Goods with units that the balance suffices for: one to three things, or rice before the festival."""
    there = [ware for ware in world.wares(shop) if ware.units > 2 and ware.points <= balance]
    if not there:
        return [], Decimal(0)
    if _is_festival_eve(world):
        rice = next((ware for ware in there if ware.name == RICE), None)
        if rice is not None and chance.random() < 0.8:
            units = min(int(balance // rice.points), rice.units - 2, 6)
            return [(rice.product_id, units)], rice.points * units
    left = balance * Decimal(chance.choice((40, 60, 90))) / 100
    found: list[tuple[int, int]] = []
    cost = Decimal(0)
    for ware in chance.sample(there, min(len(there), 3)):
        units = _units(ware, left, chance)
        if units:
            found.append((ware.product_id, units))
            left, cost = left - ware.points * units, cost + ware.points * units
    if not found:
        cheapest = min(there, key=lambda ware: (ware.points, ware.product_id))
        return [(cheapest.product_id, 1)], cheapest.points
    return found, cost


def _units(ware: Ware, left: Decimal, chance: random.Random) -> int:
    wanted = chance.choice((1, 1, 1, 1, 2, 3))
    return min(wanted, int(left // ware.points), ware.units - 1)


def proof(person: Person, cost: Decimal, chance: random.Random) -> tuple[str, str]:
    """By what an honest member is known at the counter, and how she agrees."""
    drawn = chance.random()
    if person.phones and person.actor is not None and not (person.has_card and drawn < 0.3):
        return "code", "phone" if cost >= AGREEMENT_FROM or drawn > 0.9 else "shown"
    if not person.has_card or cost > CARD_LIMIT:
        return ("card_pin" if person.has_card else "number_pin"), "pin"
    if happens(chance, "card_shown"):
        return "card", "shown"
    return ("card", "signature") if drawn < 0.6 else ("card_pin", "pin")


def _bring_back(world: World, agenda: Agenda) -> None:
    due: list[tuple[int, Sold, Stand]] = world.kept.get("bring back", [])
    for one in [one for one in due if one[0] <= world.day_number]:
        if world.today.weekday() not in OPENING_DAYS:
            return
        due.remove(one)
        _day, sold, shop = one
        at = world.moment(10, 30) + timedelta(minutes=world.chance(f"back {shop.name}").randint(0, 300))
        agenda.add(at, partial(_take_in, world, shop, sold.order_id))


def _take_in(world: World, shop: Stand, order_id: int, at: datetime) -> None:
    try:
        world.return_goods(order_id, at, by=on_duty(world, shop))
    except Refusal:
        return


def _count(world: World, shop: Stand, by: Person, at: datetime) -> None:
    """A blind count; a difference is signed for by somebody else."""
    chance = world.chance(f"count {shop.name}")
    missing = 0
    if happens(chance, "count_differs"):
        missing = (2 if chance.random() < 0.1 else 1) * chance.choice((1, 1, 1, -1))
    elif happens(chance, "box_unbooked"):
        missing = chance.randint(4, 8)
    more = world.kept.get("given away", {}).pop((shop.id, by.member_id), 0)
    counted = world.close_counter(shop, at, by=by, missing=missing + more)
    if more:
        world.kept.setdefault("counted", {})[shop.id, by.member_id] = counted


def give_away(world: World, shop: Stand, by: Person, units: int) -> None:
    """Today so many units go over this attendant's counter without being scanned."""
    world.kept.setdefault("given away", {})[shop.id, by.member_id] = units


def given_away(world: World, shop: Stand, by: Person) -> Counted | None:
    """What this evening's count said about it, once; None where nothing was given away."""
    found: Counted | None = world.kept.get("counted", {}).pop((shop.id, by.member_id), None)
    return found


def night(world: World) -> None:
    """Counters that are still open are closed: those that plants or colleagues opened."""
    for shop in world.shops:
        for attendant in world.attendants[shop.id]:
            world.close_counter(shop, world.moment(22, 40), by=attendant)
