"""The shop's rules: each planted cheat is found, each honest look-alike is left alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert, text

from store.counter.models import CounterShift, ShiftCount
from store.fraud.f19_dormant_account import RULE as F19
from store.fraud.f20_stolen_code import RULE as F20
from store.fraud.f21_absent_members import RULE as F21
from store.fraud.f22_attendant_and_member import RULE as F22
from store.fraud.f23_gives_three_scans_one import RULE as F23
from store.fraud.f24_voids_after_handover import RULE as F24
from store.fraud.f25_burst_of_spending import RULE as F25
from store.orders.models import Order, Return
from store.stock.models import StockMovement
from tests.cast import Person
from tests.fraud.plant import Plot
from tests.store.stage import Stage, give_points, set_the_stage
from timebank.access.models import LogIn
from timebank.fraud.rules.chance import at_least, usual_share

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass
class Counter:
    """The shop on the stage, whose orders are put straight into the tables."""

    plot: Plot
    stage: Stage
    serial: int = 0

    @property
    def now(self) -> datetime:
        """The moment of the screening."""
        return self.plot.now

    def order(
        self,
        person: Person,
        at: datetime,
        *,
        by: Person | None = None,
        how: str = "code",
        agreed: str = "shown",
        shop_id: int | None = None,
        shift_id: int | None = None,
    ) -> int:
        """A completed redemption of 20 points."""
        self.serial += 1
        row = Order(
            number=self.serial,
            shop_id=shop_id or self.stage.shop_id,
            member_id=person.member_id,
            basket_key=f"plant {self.serial}",
            basket_digest="",
            total_points=Decimal(20),
            identified_by=how,
            agreed_by=agreed,
            shift_id=shift_id,
            sold_by_user_id=(by or self.plot.cast.attendant).user_id,
            completed_at=at,
            receipt_token=f"token {self.serial}",
            transaction_id=self._transaction(),
        )
        self.plot.session.add(row)
        self.plot.session.flush()
        return row.id

    def _transaction(self) -> int:
        """A transaction of its own for each document, as the tables want it."""
        give_points(self.plot.session, self.plot.cast.neighbour, 1, record_id=5000 + self.serial)
        newest = text("SELECT max(id) FROM ledger_transactions")
        return int(self.plot.session.scalar(newest) or 0)

    def take_back(
        self, order_id: int, after: timedelta, *, approved: bool = False, goods: bool = False
    ) -> None:
        """The order is taken back, with points; ``goods``: they came back to the shelf as well."""
        self.serial += 1
        order = self.plot.session.get_one(Order, order_id)
        row = self._transaction()
        if goods:
            self.plot.session.add(
                StockMovement(
                    movement_key=f"back {self.serial}",
                    shop_id=order.shop_id,
                    product_id=self.stage.soap_id,
                    kind="return",
                    quantity=1,
                    moved_by="test",
                    moved_at=order.completed_at + after,
                    transaction_id=row,
                )
            )
        self.plot.session.add(
            Return(
                order_id=order_id,
                shift_id=order.shift_id,
                return_key=f"plant {self.serial}",
                total_points=order.total_points,
                reason="不要了",
                taken_by_user_id=order.sold_by_user_id,
                approved_by_user_id=self.plot.cast.second_attendant.user_id if approved else None,
                returned_at=order.completed_at + after,
                transaction_id=row,
            )
        )
        self.plot.session.flush()

    def count(self, days_ago: float, *, book: int, counted: int) -> int:
        """A blind count at the end of the attendant's shift; the shift's id."""
        self.serial += 1
        ended = self.now - DAY * days_ago
        shift = CounterShift(
            key=f"shift {self.serial}",
            shop_id=self.stage.shop_id,
            opened_by_user_id=self.plot.cast.attendant.user_id,
            opened_at=ended - timedelta(hours=6),
            active_at=ended,
            closed_at=ended,
        )
        self.plot.session.add(shift)
        self.plot.session.flush()
        rows = [{"product": self.stage.soap_id, "name": "香皂", "counted": counted, "book": book}]
        self.plot.session.add(
            ShiftCount(
                key=f"count {self.serial}",
                shift_id=shift.id,
                rows=rows,
                differs=book != counted,
                counted_by_user_id=self.plot.cast.attendant.user_id,
                counted_at=ended,
            )
        )
        self.plot.session.flush()
        return shift.id

    def log_in(self, person: Person, at: datetime, device: str) -> None:
        """A log-in on a phone."""
        row = {"user_id": person.user_id, "at": at, "device_digest": device, "how": "password"}
        self.plot.session.execute(insert(LogIn), [row])


@pytest.fixture
def counter(scene: Plot) -> Counter:
    """The counter of the cast's shop."""
    return Counter(scene, set_the_stage(scene.session, scene.cast, at=scene.now))


def test_f19_finds_a_sleeping_account_that_is_emptied_from_a_new_phone(counter: Counter) -> None:
    victim = counter.plot.cast.volunteer
    counter.log_in(victim, counter.now - 200 * DAY, "her own phone")
    counter.log_in(victim, counter.now - 2 * DAY, "a new phone")
    for hours in (1, 5):
        counter.order(victim, counter.now - 2 * DAY + timedelta(hours=hours))
    (found,) = counter.plot.look(F19)
    assert found.facts == {"quiet_days": 198, "redemptions": 2}
    assert found.points == 40


def test_f19_leaves_a_regular_with_a_new_phone_alone(counter: Counter) -> None:
    regular = counter.plot.cast.volunteer
    counter.log_in(regular, counter.now - 200 * DAY, "old phone")
    counter.log_in(regular, counter.now - 20 * DAY, "old phone")
    counter.log_in(regular, counter.now - 2 * DAY, "new phone")
    counter.order(regular, counter.now - DAY)
    assert counter.plot.look(F19) == []


def test_f20_finds_a_code_at_two_shops_within_minutes(counter: Counter) -> None:
    victim = counter.plot.cast.volunteer
    counter.order(victim, counter.now - DAY)
    counter.order(victim, counter.now - DAY + 3 * MINUTE, shop_id=counter.stage.second_shop_id)
    (found,) = counter.plot.look(F20)
    assert found.facts["shops"] == 2


def test_f20_finds_a_code_late_at_a_shop_never_visited(counter: Counter) -> None:
    late = counter.now.replace(hour=15) - DAY  # 23:00 in the county.
    counter.order(counter.plot.cast.volunteer, late)
    (found,) = counter.plot.look(F20)
    assert found.facts["clock"] == "23:00"


def test_f20_leaves_two_shops_on_one_afternoon_alone(counter: Counter) -> None:
    counter.order(counter.plot.cast.volunteer, counter.now - DAY)
    counter.order(
        counter.plot.cast.volunteer, counter.now - DAY + 40 * MINUTE, shop_id=counter.stage.second_shop_id
    )
    assert counter.plot.look(F20) == []


def test_f21_finds_card_after_card_of_a_member_who_is_not_there(counter: Counter) -> None:
    for days in (2, 9, 16):
        counter.order(counter.plot.cast.volunteer, counter.now - DAY * days, how="card")
    (found,) = counter.plot.look(F21)
    assert found.users == (counter.plot.cast.attendant.user_id,)


def test_f21_finds_cards_outside_the_usual_hours(counter: Counter) -> None:
    night = counter.now.replace(hour=14)  # 22:00 in the county.
    counter.order(counter.plot.cast.volunteer, night - DAY, how="card")
    counter.order(counter.plot.cast.neighbour, night - DAY + MINUTE, how="card")
    (found,) = counter.plot.look(F21)
    assert found.facts["outside"] == 2


def _cards(counter: Counter, by: Person, shown: int, pins: int) -> None:
    """Redemptions by card of three members in turn, with nobody's yes or with a PIN."""
    cast = counter.plot.cast
    people = (cast.volunteer, cast.neighbour, cast.coordinator)
    for number in range(shown + pins):
        how, agreed = ("card", "shown") if number < shown else ("card_pin", "pin")
        at = (counter.now - DAY * (2 + 5 * number)).replace(hour=3)
        counter.order(people[number % 3], at, by=by, how=how, agreed=agreed)


def test_f21_finds_an_attendant_who_spreads_it_over_many_members(counter: Counter) -> None:
    _cards(counter, counter.plot.cast.second_attendant, shown=1, pins=12)
    _cards(counter, counter.plot.cast.attendant, shown=8, pins=6)
    (found,) = counter.plot.look(F21)
    assert found.users == (counter.plot.cast.attendant.user_id,)
    assert found.facts["redemptions"] == 8


def test_f21_leaves_a_counter_alone_where_everybody_is_known(counter: Counter) -> None:
    for attendant in (counter.plot.cast.attendant, counter.plot.cast.second_attendant):
        _cards(counter, attendant, shown=6, pins=10)
    assert counter.plot.look(F21) == []


def test_f21_leaves_an_old_neighbour_alone_who_types_her_pin(counter: Counter) -> None:
    for days in (2, 9, 16, 23):
        counter.order(counter.plot.cast.volunteer, counter.now - DAY * days, how="card_pin", agreed="pin")
    assert counter.plot.look(F21) == []


def _pair(counter: Counter, short: int) -> None:
    """A member whom one attendant serves six times of six; goods are missing after so many of these shifts."""
    first, second = counter.plot.cast.attendant, counter.plot.cast.second_attendant
    for days in range(2, 22):
        counter.order(
            counter.plot.cast.neighbour, counter.now - DAY * days, by=first if days % 4 == 0 else second
        )
    for number, days in enumerate(range(3, 27, 4)):
        shift = counter.count(days, book=50, counted=47 if number < short else 50)
        counter.order(counter.plot.cast.volunteer, counter.now - DAY * days, by=first, shift_id=shift)


def test_f22_finds_a_pair_that_the_roster_does_not_explain(counter: Counter) -> None:
    _pair(counter, short=4)
    (found,) = counter.plot.look(F22)
    assert found.members == (counter.plot.cast.volunteer.member_id,)
    assert found.facts == {"times": 6, "redemptions": 6, "usual": "25", "short": 4}


def test_f22_leaves_the_same_pair_alone_when_no_goods_are_missing(counter: Counter) -> None:
    _pair(counter, short=0)
    assert counter.plot.look(F22) == []


def test_f22_leaves_a_thursday_customer_alone_though_other_shifts_of_the_attendant_are_short(
    counter: Counter,
) -> None:
    _pair(counter, short=1)
    for days in (5, 9, 13):
        counter.count(days, book=50, counted=44)
    assert counter.plot.look(F22) == []


def test_the_chance_by_the_roster_is_the_binomial_tail() -> None:
    assert at_least(0, 4, 0.5) == 1
    assert at_least(4, 4, 0.5) == pytest.approx(0.0625)
    assert at_least(5, 4, 0.5) == 0
    # More ways than a float can count, and still a chance.
    assert at_least(4000, 8000, 0.5) == pytest.approx(0.5, abs=0.01)


def test_what_is_usual_is_never_below_what_the_world_teaches() -> None:
    assert usual_share(0, 0, least=0.05) == 0.05
    assert usual_share(0, 500, least=0.05) == 0.05
    assert usual_share(30, 100, least=0.05) == pytest.approx(31 / 120)


def test_f23_finds_goods_missing_after_two_shifts(counter: Counter) -> None:
    counter.count(12, book=60, counted=55)
    counter.count(5, book=60, counted=56)
    (found,) = counter.plot.look(F23)
    assert found.facts == {"shifts": 2, "units": 9}


def test_f23_leaves_one_broken_bottle_alone(counter: Counter) -> None:
    counter.count(12, book=60, counted=59)
    counter.count(5, book=60, counted=60)
    assert counter.plot.look(F23) == []


def test_f24_finds_points_given_back_without_goods(counter: Counter) -> None:
    order = counter.order(counter.plot.cast.volunteer, counter.now - DAY)
    counter.take_back(order, 30 * MINUTE, approved=True)
    (found,) = counter.plot.look(F24)
    assert found.facts["empty"] == 1


def _taken_back(counter: Counter, times: int, *, short: int) -> None:
    """Sales taken back minutes later, goods back on the shelf by the book; so many of these shifts are short."""
    for number in range(times):
        shift = counter.count(3 + 4 * number, book=30, counted=29 if number < short else 30)
        at = counter.now - DAY * (3 + 4 * number) - timedelta(hours=2)
        order = counter.order(counter.plot.cast.volunteer, at, shift_id=shift)
        counter.take_back(order, 6 * MINUTE, goods=True)
    for hours in range(60):
        counter.order(counter.plot.cast.neighbour, counter.now - DAY - timedelta(hours=hours))


def test_f24_finds_sales_taken_back_in_shifts_after_which_goods_are_missing(counter: Counter) -> None:
    _taken_back(counter, 4, short=3)
    (found,) = counter.plot.look(F24)
    assert found.facts == {"voids": 3, "empty": 0, "sales": 64}


def test_f24_leaves_goods_alone_that_people_bring_back_though_some_other_shift_was_short(
    counter: Counter,
) -> None:
    _taken_back(counter, 3, short=0)
    for days in (4, 8, 12):
        counter.count(days, book=30, counted=29)
    assert counter.plot.look(F24) == []


def test_f24_leaves_an_undone_slip_of_the_finger_alone(counter: Counter) -> None:
    order = counter.order(counter.plot.cast.volunteer, counter.now - DAY)
    counter.take_back(order, timedelta(seconds=50))
    assert counter.plot.look(F24) == []


@pytest.mark.parametrize(
    ("redemptions", "left", "fires"), [(5, 500, True), (4, 500, False), (4, 20, True), (3, 0, False)]
)
def test_f25_speaks_when_points_are_spent_in_a_hurry(
    counter: Counter, redemptions: int, left: int, fires: bool
) -> None:
    if left:
        give_points(counter.plot.session, counter.plot.cast.volunteer, left, record_id=9000)
    for hours in range(redemptions):
        counter.order(counter.plot.cast.volunteer, counter.now - DAY + timedelta(hours=hours))
    assert bool(counter.plot.look(F25)) is fires
