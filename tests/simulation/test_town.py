"""The simulated town: the same for the same seed, honest in its books, evident in its rows; the truth stands apart."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from store.counter.models import ShiftCount
from store.disputes.models import Dispute
from store.orders.models import Order, Return
from timebank.activities.models import ShiftExtension
from timebank.checkin.models import DisplaySession, Scan, ScanTicket, SpotAnswer
from timebank.checkin.reasons import Reason
from timebank.db import Database, open_engine
from timebank.errors import Refusal
from timebank.hours.models import Attendance, CorrectionRequest, EvidenceFile, ServiceRecord
from timebank.house import House
from timebank.members.models import Member
from timebank.offline.models import OfflineScan
from timebank.reconcile import runner
from timebank.simulation.doors import AT_PLACE, OfflineRow
from timebank.simulation.ground import COUNTERS, Occasion, Person
from timebank.simulation.living import live
from timebank.simulation.plants import Plant
from timebank.simulation.plants.acting import office, volunteers
from timebank.simulation.ready import make_quick
from timebank.simulation.traits import TRAITS
from timebank.simulation.truth import Labels, read_labels
from timebank.simulation.world import World

MONDAY = date(2026, 3, 2)
MEMBERS = 60
# Words that chance outside the town's seed makes: secrets, and what is derived from them.
SECRET = re.compile(
    r"secret|digest|token|cipher|hash|public_word|entry|seal|previous|fingerprint|facts|content|sha256"
)


@pytest.fixture
def house(database_url: str, whole_house: Flask) -> Iterator[House]:
    """A house whose database holds nothing yet."""
    found = _house(database_url, whole_house)
    yield found
    found.database.dispose()


def _house(url: str, whole_house: Flask) -> House:
    assembled: House = whole_house.extensions["timebank"]
    database = Database(open_engine(url))
    make_quick(database.engine)
    return replace(assembled, settings=replace(assembled.settings, database_url=url), database=database)


def _live(house: House, *, seed: int = 1, weeks: int = 1, plants: tuple[Plant, ...] = ()) -> Labels:
    return live(house, seed=seed, members=MEMBERS, weeks=weeks, plants=plants, starts_on=MONDAY)


def _fingerprint(house: House) -> str:
    """All rows of the tables in which people act, without secrets."""
    tables = ("members", "activities", "shifts", "sign_ups", "scans", "attendances", "service_records",
              "orders", "order_lines", "counter_shifts", "ledger_entries", "households", "log_ins")  # fmt: skip
    taken = hashlib.sha256()
    with house.database.reading() as session:
        for table in tables:
            found = session.execute(text(f"SELECT * FROM {table}")).mappings()
            rows = [
                repr([(name, str(value)) for name, value in row.items() if not SECRET.search(name)])
                for row in found
            ]
            taken.update(repr((table, sorted(rows))).encode())
    return taken.hexdigest()


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_the_same_seed_gives_the_same_town_and_another_seed_another(
    house: House, whole_house: Flask, sqlite_template: Path, tmp_path: Path
) -> None:
    _live(house)
    found = []
    for seed in (1, 2):
        path = tmp_path / f"again{seed}.sqlite3"
        path.write_bytes(sqlite_template.read_bytes())
        other = _house(f"sqlite:///{path}", whole_house)
        _live(other, seed=seed)
        found.append(_fingerprint(other))
        other.database.dispose()
    assert found[0] == _fingerprint(house)
    assert found[0] != found[1]


def test_a_town_without_plants_has_no_labels_and_its_books_agree(house: House) -> None:
    labels = _live(house, weeks=2)
    assert labels.entries == []
    night = datetime.combine(MONDAY + timedelta(days=14), time(3), UTC)
    result, _run = runner.reconcile(
        house, house.checks, organisation_id=None, started_by="test", clock=lambda: night, keep=False
    )
    assert result.clean, result.lines()
    with house.database.reading() as session:
        assert len(session.scalars(select(Attendance.id)).all()) > 30
        assert session.scalars(select(Order.id)).first() is not None


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_whoever_waits_for_the_registration_day_is_drawn_into_no_cheat(house: House) -> None:
    waiting: list[Person] = []

    def cheat(world: World) -> None:
        waiting.extend(one for one in world.people if one.actor is None and not one.has_card)
        for home in world.stations:
            there = sum(one.home == home and one.honesty == "honest" for one in world.people)
            for name in range(8):
                drawn = office(0, there // 4)(world, f"F-99 {name}") + volunteers(2)(world, f"F-99 {name}")
                assert not [one for one in drawn if one in waiting]

    _live(house, plants=(_plant("F-99", cheat),))
    assert waiting


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_refused_sale_leaves_no_open_counter_behind_that_is_not_there(house: House) -> None:
    def cheat(world: World) -> None:
        shop, (poor,) = world.shops[0], world.choose("poor", 1, where=lambda one: one.actor is not None)
        attendant, goods = world.attendants[shop.id][1], [(world.wares(shop)[0].product_id, 100_000)]
        with pytest.raises(Refusal):
            world.redeem(poor, shop, goods, by=attendant, at=world.moment(18))
        # The night closes what is open; what was rolled back is not.
        assert (shop.id, attendant.member_id) not in world.kept[COUNTERS]

    _live(house, plants=(_plant("F-99", cheat),))


def _plant(code: str, act: "object") -> Plant:
    def lives(world: World) -> None:
        if world.day_number == 0:
            assert callable(act)
            act(world)

    return Plant(code, "planted by a test", lives)


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_the_truth_is_written_apart_and_never_into_the_database(house: House, tmp_path: Path) -> None:
    def cheat(world: World) -> None:
        chosen = world.choose("F-99", 2)
        world.label(
            "F-99",
            members=[one.member_id for one in chosen],
            organisation_id=world.stations[0].id,
            day=world.today,
            evidence=("planted:1",),
        )
        assert {one.honesty for one in chosen} == {"F-99"}
        assert not {one.member_id for one in world.choose("other", 60)} & {one.member_id for one in chosen}

    labels = _live(house, plants=(_plant("F-99", cheat),))
    labels.write(tmp_path / "labels.json")
    assert read_labels(tmp_path / "labels.json") == labels
    assert [label.rule_code for label in labels.entries] == ["F-99"]
    with house.database.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]  # SQLite has one.
    assert "F-99" not in dump
    assert "planted:1" not in dump


def test_every_act_leaves_the_evidence_that_a_page_would_have_left(house: House) -> None:
    done: dict[str, int] = {}
    _live(house, plants=(_plant("F-00", lambda world: _act(world, done)),))
    with house.database.reading() as session:
        scans = session.scalars(select(Scan).where(Scan.shift_id == done["shift"]).order_by(Scan.id)).all()
        outcomes = {(scan.method, scan.kind, scan.outcome) for scan in scans}
        assert {("rotating", "in", "expired"), ("rotating", "in", "ok"), ("short", "in", "ok"),
                ("member", "in", "ok"), ("rotating", "out", "ok"), ("rotating", "spot", "ok")} <= outcomes  # fmt: skip
        late = next(scan for scan in scans if scan.outcome == Reason.EXPIRED)
        assert late.facts["age_seconds"] >= 31
        assert late.facts["step"] > 0
        good = [scan for scan in scans if scan.outcome == Reason.OK]
        assert all(scan.device_digest and scan.ticket_id for scan in good)
        assert [scan.operator_user_id is not None for scan in good] == [
            scan.method == "member" for scan in good
        ]
        tapped = [session.get_one(ScanTicket, scan.ticket_id) for scan in good]
        assert all(one.used_at is not None and one.used_at > one.scanned_at for one in tapped)
        shown = session.scalars(
            select(DisplaySession.kind).where(DisplaySession.shift_id == done["shift"])
        ).all()
        assert sorted(shown) == ["in", "out", "spot"]
        assert "missed" in session.scalars(select(SpotAnswer.outcome)).all()
        assert session.scalars(select(ShiftExtension.id)).first() is not None
        paper = session.scalars(select(Scan).where(Scan.shift_id == done["paper"])).all()
        assert {(scan.outcome, scan.place) for scan in paper} == {("ok", "inside"), ("bad_code", None)}
        odd = session.scalars(select(OfflineScan.oddities).order_by(OfflineScan.id)).all()
        assert odd[0] == []
        assert "edited" in odd[1]
        record = session.get_one(ServiceRecord, done["by hand"])
        assert (record.said, record.status) == ("yes", "approved")
        assert session.get_one(EvidenceFile, record.attendance.evidence_id or 0).size_bytes > 0
        assert session.get_one(CorrectionRequest, done["asked"]).status == "granted"
        assert session.get_one(Member, done["lost"]).card_generation == 2
        kinds = session.scalars(select(Return.kind).order_by(Return.id)).all()
        assert sorted(kinds) == ["return", "undo"]
        order = session.get_one(Order, done["order"])
        assert (order.identified_by, order.agreed_by, order.shift_id is not None) == ("card", "shown", True)
        assert session.scalars(select(Dispute.order_id)).all() == [done["disputed"]]
        assert session.scalars(select(ShiftCount.differs)).all() == [True]


def _occasion(world: World, hour: int, name: str) -> Occasion:
    station = world.stations[0]
    starts = world.moment(hour)
    return world.publish(
        Occasion(
            key=name, station=station, team=world.teams[0], organiser=world.coordinators_of(station)[0],
            category="敬老爱老", title=name, place="活动室", starts_at=starts,
            ends_at=starts + timedelta(hours=2), publish_at=starts - timedelta(hours=3),
        ),
        starts - timedelta(hours=3),
    )  # fmt: skip


def _act(world: World, done: dict[str, int]) -> None:
    """Everything that anybody can do, on one day."""
    free = world.choose("cast", 40, where=lambda one: one.actor is not None and not one.has_card)
    cards = world.choose("cards", 10, where=lambda one: one.has_card and not one.phones)
    first, second = world.coordinators_of(world.stations[0])[:2]
    _at_the_door(world, done, free, cards)
    _without_network(world, free, first, second)
    done["lost"] = cards[1].member_id
    world.report_lost_card(cards[1], world.moment(16), by=second)
    _at_the_counter(world, done, free[0], cards[0])


def _at_the_door(world: World, done: dict[str, int], free: list[Person], cards: list[Person]) -> None:
    occasion = _occasion(world, 9, "all ways in")
    first, second = world.coordinators_of(world.stations[0])[:2]
    done["shift"], start = occasion.shift_id, occasion.starts_at
    for person in (*free[:4], cards[0]):
        world.sign_up(person, occasion, start - timedelta(hours=2))
    assert (
        world.come(free[0], occasion, start, shown_at=start - timedelta(seconds=40)).reason is Reason.EXPIRED
    )
    for person, method in ((free[0], "rotating"), (free[1], "short"), (cards[0], "member")):
        assert world.come(person, occasion, start + timedelta(minutes=1), method).is_ok, method
    assert world.spot_check(occasion, start + timedelta(minutes=70), [(free[0], 60)]) == 2
    world.extend(occasion, start + timedelta(minutes=150), start + timedelta(minutes=100), reason="下雨")
    left = world.leave(free[0], occasion, start + timedelta(minutes=140))
    assert left.record_id is not None
    done["by hand"] = world.enter_manually(free[2], occasion, by=first, at=world.moment(13))
    world.say(done["by hand"], world.moment(14))
    world.decide(done["by hand"], by=second, at=world.moment(15))
    assert world.confirm(occasion, world.moment(15), counted=3) == 1
    asked = world.correct(left.record_id, came_at=start, left_at=occasion.ends_at, asked_at=world.moment(17))
    done["asked"] = asked
    world.answer_correction(asked, by=second, at=world.moment(18))
    paper = _occasion(world, 14, "on paper")
    done["paper"] = paper.shift_id
    world.ask_place(paper, world.moment(11))
    code = world.print_code(paper, world.moment(11))
    world.sign_up(free[3], paper, world.moment(11, 30))
    assert (
        world.scan_withdrawn_print(world.moment(13, 58), free[3].device or "", code).reason is Reason.BAD_CODE
    )
    assert world.come(free[3], paper, world.moment(14), "static", where=AT_PLACE).is_ok


def _without_network(world: World, free: list[Person], first: Person, second: Person) -> None:
    village = _occasion(world, 10, "without network")
    for person in free[4:6]:
        world.sign_up(person, village, world.moment(8))
    roster = world.take_list(village, world.moment(9), by=first, assigned_by=second)
    rows = [
        OfflineRow(free[4], "in", world.moment(10)),
        OfflineRow(free[5], "in", world.moment(10, 30), edited_at=world.moment(10, 1)),
    ]
    world.upload_offline(village, roster, rows, by=first, at=world.moment(13))


def _at_the_counter(world: World, done: dict[str, int], rich: Person, poor: Person) -> None:
    shop, at = world.shops[0], world.moment(18)
    attendant = world.attendants[shop.id][0]
    cheap = min(world.wares(shop), key=lambda ware: ware.points)
    assert world.balance(rich) >= cheap.points * 3
    goods = [(cheap.product_id, 1)]
    undone = world.redeem(rich, shop, goods, by=attendant, at=at)
    world.undo(undone.order_id, at + timedelta(minutes=1), by=attendant)
    back = world.redeem(rich, shop, goods, by=attendant, at=at + timedelta(minutes=5))
    world.return_goods(back.order_id, at + timedelta(minutes=30), by=attendant)
    sold = world.redeem(rich, shop, goods, by=attendant, at=at + timedelta(minutes=40), identified_by="card")
    done["order"] = done["disputed"] = sold.order_id
    world.report_not_me(sold.order_id, at + timedelta(minutes=60))
    assert world.close_counter(shop, at + timedelta(minutes=70), by=attendant, missing=2).units == 2


def test_the_document_states_every_trait_with_its_rate() -> None:
    written = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text(encoding="utf-8")
    missing = [
        trait.name for trait in TRAITS if f"`{trait.name}`" not in written or f"{trait.rate:g}" not in written
    ]
    assert missing == []
