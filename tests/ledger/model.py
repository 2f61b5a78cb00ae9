"""The reference model: what the books should say, in plain Python, without a database and without the ledger's code."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

NEVER = 10**9
LegOf = tuple[str, int, int | None]
"""Account, signed amount in cents, day of expiry."""


@dataclass
class Lot:
    """What is left of one gain."""

    expires: int
    number: int
    left: int
    made_by: tuple[str, int]


@dataclass
class Posted:
    """A posted transaction and which lots its lines had emptied."""

    legs: list[LegOf]
    at: int
    stated: bool
    reverses: str | None = None
    reversed: bool = False
    emptied: dict[int, list[tuple[Lot, int]]] = field(default_factory=dict)


@dataclass
class Hold:
    """A reservation."""

    account: str
    amount: int
    deadline: int
    status: str = "held"


class Model:
    """Balances, lots, holds and keys. `members` never fall below zero; those in `lapsing` keep lots."""

    def __init__(self, members: set[str], lapsing: set[str]) -> None:
        self.members, self.lapsing = members, lapsing
        self.balance: dict[str, int] = defaultdict(int)
        self.lots: dict[str, list[Lot]] = defaultdict(list)
        self.posted: dict[str, Posted] = {}
        self.holds: dict[str, Hold] = {}
        self.standing: dict[str, list[Hold]] = defaultdict(list)
        self.closed = 0

    def held(self, account: str, now: int) -> int:
        """What is reserved at this moment, overdue reservations let go."""
        for hold in self.standing[account]:
            if hold.status == "held" and hold.deadline <= now:
                hold.status = "lapsed"
        self.standing[account] = [hold for hold in self.standing[account] if hold.status == "held"]
        return sum(hold.amount for hold in self.standing[account])

    def post(
        self,
        key: str,
        legs: list[LegOf],
        at: int,
        now: int,
        *,
        lots: str = "valid",
        reverses: str | None = None,
        captures: Hold | None = None,
    ) -> str:
        """`ok`, `replayed`, or the code of the refusal."""
        if key in self.posted:
            same = self.posted[key].legs == legs and self.posted[key].reverses == reverses
            stands = self.posted[key]
            same_time = not stands.stated if at == now else stands.at == at
            return "replayed" if same and same_time else "key_reused"
        if reverses is not None and self.posted[reverses].reverses is not None:
            return "cannot_reverse_reversal"
        if reverses is not None and self.posted[reverses].reversed:
            return "already_reversed"
        if at < self.closed:
            return "period_closed"
        for account, amount, _ in legs:
            if account in self.members and amount < 0:
                held = self.held(account, now) - (captures.amount if captures else 0)
                if self.balance[account] - held < -amount or self._usable(account, at, lots) < -amount:
                    return "insufficient_balance"
        self._apply(key, Posted(legs, at, at != now, reverses), lots)
        return "ok"

    def _usable(self, account: str, at: int, lots: str) -> int:
        if account not in self.lapsing:
            return NEVER
        return sum(lot.left for lot in self.lots[account] if _allowed(lot, at, lots))

    def _apply(self, key: str, posted: Posted, lots: str) -> None:
        reverses, at = posted.reverses, posted.at
        for line, (account, amount, expires) in enumerate(posted.legs):
            self.balance[account] += amount
            if account not in self.lapsing:
                continue
            if amount < 0:
                posted.emptied[line] = self._empty(account, -amount, at, lots, (reverses, line))
            elif reverses is not None:
                for lot, taken in self.posted[reverses].emptied.get(line, []):
                    lot.left += taken
                    self._keep(account, lot)
            else:
                self._keep(account, Lot(expires or NEVER, len(self.posted), amount, (key, line)))
        if reverses is not None:
            self.posted[reverses].reversed = True
        self.posted[key] = posted

    def _keep(self, account: str, lot: Lot) -> None:
        if not any(known is lot for known in self.lots[account]):
            self.lots[account].append(lot)
            self.lots[account].sort(key=lambda lot: (lot.expires, lot.number))

    def snapshot(self) -> Callable[[], None]:
        """A function that takes everything posted since back."""
        balance, count = dict(self.balance), len(self.posted)
        lots = {account: [(lot, lot.left) for lot in lots] for account, lots in self.lots.items()}

        def restore() -> None:
            while len(self.posted) > count:
                _, posted = self.posted.popitem()
                if posted.reverses is not None:
                    self.posted[posted.reverses].reversed = False
            self.balance = defaultdict(int, balance)
            for account in self.lots:
                self.lots[account] = [lot for lot, _ in lots.get(account, [])]
            for kept in lots.values():
                for lot, left in kept:
                    lot.left = left

        return restore

    def _empty(
        self, account: str, amount: int, at: int, lots: str, undone: tuple[str | None, int]
    ) -> list[tuple[Lot, int]]:
        usable = [lot for lot in self.lots[account] if _allowed(lot, at, lots)]
        usable.sort(key=lambda lot: lot.made_by != undone)
        emptied = []
        for lot in usable:
            taken = min(lot.left, amount)
            if taken:
                lot.left -= taken
                amount -= taken
                emptied.append((lot, taken))
        assert amount == 0, "checked before"
        self.lots[account] = [lot for lot in self.lots[account] if lot.left]
        return emptied

    def reserve(self, key: str, account: str, amount: int, deadline: int, now: int) -> str:
        """`ok`, `replayed`, or the code of the refusal."""
        if key in self.holds:
            same = (self.holds[key].account, self.holds[key].amount) == (account, amount)
            return "replayed" if same else "key_reused"
        free = self.balance[account] - self.held(account, now)
        if min(free, self._usable(account, now, "valid")) < amount:
            return "insufficient_balance"
        self.holds[key] = Hold(account, amount, deadline)
        self.standing[account].append(self.holds[key])
        return "ok"

    def capture(self, key: str, hold_key: str, legs: list[LegOf], now: int) -> str:
        """`ok` or the code of the refusal; keys are fresh."""
        hold = self.holds[hold_key]
        if -legs[0][1] > hold.amount:
            return "hold_exceeded"
        if hold.status == "lapsed" or (hold.status == "held" and hold.deadline <= now):
            return "hold_lapsed"
        if hold.status != "held":
            return "hold_ended"
        outcome = self.post(key, legs, now, now, lots="any", captures=hold)
        if outcome == "ok":
            hold.status = "captured"
        return outcome

    def void(self, hold_key: str, now: int) -> str:
        """`ok` or the code of the refusal."""
        hold = self.holds[hold_key]
        self.held(hold.account, now)
        if hold.status == "captured":
            return "hold_ended"
        if hold.status == "held":
            hold.status = "voided"
        return "ok"

    def lapse(self, now: int) -> None:
        """What expired and is not held goes."""
        for account in self.lapsing:
            free = self.balance[account] - self.held(account, now)
            expired = [lot for lot in self.lots[account] if lot.expires <= now]
            for lot in expired:
                taken = min(lot.left, free)
                lot.left -= taken
                free -= taken
                self.balance[account] -= taken
                self.balance["expired"] += taken

    def lapse_holds(self, now: int) -> None:
        """Overdue reservations are let go."""
        for account in self.members:
            self.held(account, now)

    def close(self, day: int) -> None:
        """Nothing takes effect before this day any more."""
        self.closed = max(self.closed, day)


def _allowed(lot: Lot, at: int, lots: str) -> bool:
    return lots == "any" or (lot.expires > at) == (lots == "valid")
