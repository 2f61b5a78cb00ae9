"""What the town's shops can do. The time bank does not know the shop: the shop brings this at the composition root."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from timebank.simulation.ground import COUNTERS, Ground, Person, Stand

if TYPE_CHECKING:
    from timebank.simulation.world import World


@dataclass(frozen=True)
class Ware:
    """A product with its price and how many units stand on the shelf."""

    product_id: int
    name: str
    points: Decimal
    units: int


@dataclass(frozen=True)
class Sold:
    """A sale."""

    order_id: int
    points: Decimal
    attendant: Person


@dataclass(frozen=True)
class Counted:
    """A blind count at the end of a shift: how many units differ, and the count's word as alerts carry it."""

    units: int = 0
    evidence: str = ""


class Market(Protocol):
    """The acts of the shop, on the town's own transaction."""

    def open_shops(self, world: "World") -> None:
        """The first day: shops, goods, full shelves; fills ``world.shops`` and ``world.attendants``."""

    def wares(self, world: "World", shop: Stand) -> list[Ware]:
        """What stands on the shelves."""

    def balances(self, world: "World", member_ids: Sequence[int]) -> dict[int, Decimal]:
        """Points that can be spent."""

    def redeem(self, world: "World", visit: "Visit") -> Sold:
        """A sale over the counter."""

    def undo(self, world: "World", order_id: int, at: datetime, by: Person) -> None:
        """A sale within ten minutes ago is undone as a whole."""

    def return_goods(self, world: "World", order_id: int, at: datetime, by: Person, units: int) -> Decimal:
        """Units of the order's first line come back; returns the points given back."""

    def open_counter(self, world: "World", shop: Stand, by: Person, at: datetime) -> int:
        """An attendant begins a shift; its id."""

    def close_counter(
        self, world: "World", shift_id: int, at: datetime, missing: int, signed_by: Person | None
    ) -> Counted:
        """Count blind and close."""

    def deliver(self, world: "World", shop: Stand, at: datetime, by: Person) -> None:
        """Fill the shelves up."""

    def write_off(self, world: "World", shop: Stand, at: datetime, by: Person) -> None:
        """A spoiled unit goes."""

    def report_not_me(self, world: "World", order_id: int, at: datetime) -> None:
        """The member says that a redemption was not hers."""


@dataclass(frozen=True)
class Visit:
    """Somebody at the counter, or said to be there.

    Attributes:
        goods: product ids with units.
        identified_by: ``code``, ``card``, ``card_pin`` or ``number_pin``.
        agreed_by: ``shown`` (nobody's yes but the attendant's), ``phone``, ``pin`` or ``signature``.
        key: a word for this sale, unlike any other.
    """

    shop: Stand
    customer: Person
    by: Person
    goods: tuple[tuple[int, int], ...]
    at: datetime
    key: str
    identified_by: str = "code"
    agreed_by: str = "shown"


class Shopping(Ground):
    """The acts at the counters."""

    @property
    def market(self) -> Market:
        """The shop's side, as the composition root brought it."""
        found = self.house.simulated_market
        assert found is not None, "the house has no shop"
        return found

    def redeem(
        self,
        person: Person,
        shop: Stand,
        goods: Sequence[tuple[int, int]],
        *,
        by: Person,
        at: datetime,
        identified_by: str = "code",
        agreed_by: str = "shown",
        key: str = "",
    ) -> Sold:
        """Goods (product id, units) for points; raises the refusals of the counter.

        The attendant's open shift is used, or one is opened; ``close_counters`` at night closes it.
        """
        visit = Visit(shop, person, by, tuple(goods), at, key or self._next_key(), identified_by, agreed_by)
        with self.attempt():
            return self.market.redeem(self._world, visit)

    def undo(self, order_id: int, at: datetime, *, by: Person) -> None:
        """The attendant undoes a sale within ten minutes; the goods are back on the shelf, says the book."""
        with self.attempt():
            self.market.undo(self._world, order_id, at, by)

    def return_goods(self, order_id: int, at: datetime, *, by: Person, units: int = 1) -> Decimal:
        """Units of the order's first line come back; the points given back."""
        with self.attempt():
            return self.market.return_goods(self._world, order_id, at, by, units)

    def wares(self, shop: Stand) -> list[Ware]:
        """What stands on a shop's shelves now."""
        return self.market.wares(self._world, shop)

    def balance(self, person: Person) -> Decimal:
        """Points that the person can spend now."""
        return self.market.balances(self._world, [person.member_id])[person.member_id]

    def open_counter(self, shop: Stand, at: datetime, *, by: Person) -> int:
        """The attendant's shift at the counter, begun where there is none; its id."""
        shifts: dict[tuple[int, int], int] = self.kept.setdefault(COUNTERS, {})
        key = (shop.id, by.member_id)
        if key not in shifts:
            with self.transaction():
                shifts[key] = self.market.open_counter(self._world, shop, by, at)
        return shifts[key]

    def close_counter(
        self, shop: Stand, at: datetime, *, by: Person, missing: int = 0, signed_by: Person | None = None
    ) -> Counted:
        """The attendant counts blind and closes; says how many units differ from the book, and where that stands.

        Args:
            missing: units fewer (or, below zero, more) on the shelf than the book says.
            signed_by: the second person who signs for a difference.
        """
        shifts: dict[tuple[int, int], int] = self.kept.setdefault(COUNTERS, {})
        shift_id = shifts.pop((shop.id, by.member_id), None)
        if shift_id is None:
            return Counted()
        second = signed_by or next(one for one in self.attendants[shop.id] if one is not by)
        with self.transaction():
            return self.market.close_counter(self._world, shift_id, at, missing, second)

    def deliver(self, shop: Stand, at: datetime, *, by: Person) -> None:
        """What runs low is filled up."""
        with self.transaction():
            self.market.deliver(self._world, shop, at, by)

    def write_off(self, shop: Stand, at: datetime, *, by: Person) -> None:
        """A spoiled unit goes."""
        with self.transaction():
            self.market.write_off(self._world, shop, at, by)

    def report_not_me(self, order_id: int, at: datetime) -> None:
        """The member says that a redemption was not hers."""
        with self.transaction():
            self.market.report_not_me(self._world, order_id, at)

    def _next_key(self) -> str:
        number: int = self.kept.get("basket", 0) + 1
        self.kept["basket"] = number
        return f"simulated-{self.seed:06d}-{number:08d}"

    @property
    def _world(self) -> "World":
        from timebank.simulation.world import World

        assert isinstance(self, World)
        return self
