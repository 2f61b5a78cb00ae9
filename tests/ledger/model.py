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
    gives_back: str | None = None
    lapse: bool = False
    reversed: bool = False
    emptied: dict[int, list[tuple[Lot, int]]] = field(default_factory=dict)

    def still_out(self, account: str) -> int:
        """What was taken from the account's lots and has not come back."""
        if self.reversed:
            return 0
        lines = [line for line, leg in enumerate(self.legs) if leg[0] == account]
        return sum(taken for line in lines for _, taken in self.emptied.get(line, []))


@dataclass
class Hold:
    """A reservation."""

    account: str
    amount: int
    since: int
    deadline: int
    status: str = "held"


Wanted = tuple[str, str, int]
"""Key, account and cents of something to be held."""


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
        gives_back: str | None = None,
        captures: dict[str, Hold] | None = None,
    ) -> str:
        """`ok`, `replayed`, or the code of the refusal."""
        captures = captures or {}
        if key in self.posted:
            stands = self.posted[key]
            same = (stands.legs, stands.reverses, stands.gives_back) == (legs, reverses, gives_back)
            same_time = not stands.stated if at == now else stands.at == at
            return "replayed" if same and same_time else "key_reused"
        if reverses is not None and self.posted[reverses].reverses is not None:
            return "cannot_reverse_reversal"
        if reverses is not None and self.posted[reverses].reversed:
            return "already_reversed"
        for account, amount, _ in legs:
            if account in self.lapsing and amount > 0:
                if reverses is not None and self.posted[reverses].still_out(account) != amount:
                    return "given_back"
                if gives_back is not None and self.posted[gives_back].still_out(account) < amount:
                    return "given_back"
        if at < self.closed:
            return "period_closed"
        for account, amount, _ in legs:
            if account in self.members and amount < 0:
                held = self.held(account, now) - (captures[account].amount if account in captures else 0)
                usable = self._usable(account, at, lots, captures.get(account))
                if min(self.balance[account] - held, usable) < -amount:
                    return "insufficient_balance"
        posted = Posted(legs, at, at != now, reverses, gives_back, lapse=lots == "expired")
        self._apply(key, posted, lots, captures)
        return "ok"

    def _usable(self, account: str, at: int, lots: str, captured: Hold | None = None) -> int:
        if account not in self.lapsing:
            return NEVER
        return sum(part for _, part in self._parts(account, at, lots, captured))

    def _parts(self, account: str, at: int, lots: str, captured: Hold | None) -> list[tuple[Lot, int]]:
        """What may be taken from which lots: what waits for this hold, or else what waits for none.

        Each hold keeps the oldest lots that were valid when it was made.
        """
        free = {id(lot): lot.left for lot in self.lots[account]}
        for hold in self.standing[account]:
            kept = []
            missing = hold.amount if hold.status == "held" else 0
            for lot in self.lots[account]:
                part = min(missing, free[id(lot)]) if lot.expires > hold.since else 0
                free[id(lot)] -= part
                missing -= part
                kept.append((lot, part))
            assert not missing, f"{hold} is not covered"
            if hold is captured:
                return kept
        return [(lot, free[id(lot)]) for lot in self.lots[account] if _allowed(lot, at, lots)]

    def _apply(self, key: str, posted: Posted, lots: str, captures: dict[str, Hold]) -> None:
        reverses, at = posted.reverses, posted.at
        # What waits for a hold is found before any balance moves.
        parts = {account: self._parts(account, at, lots, captures.get(account)) for account in self.lapsing}
        for line, (account, amount, expires) in enumerate(posted.legs):
            self.balance[account] += amount
            if account not in self.lapsing:
                continue
            if amount < 0:
                emptied = self._empty(account, -amount, parts[account], (reverses, line))
                given = self.posted[reverses].gives_back if reverses is not None else None
                # What undoing a gift back takes is again out for whoever had taken it at first.
                owner, place = posted, line
                if given is not None:
                    owner = self.posted[given]
                    place = next(at for at, leg in enumerate(owner.legs) if leg[0] == account)
                owner.emptied.setdefault(place, []).extend(emptied)
            elif posted.gives_back is not None:
                self._return(account, amount, self.posted[posted.gives_back])
            elif reverses is not None:
                for lot, taken in self.posted[reverses].emptied.get(line, []):
                    lot.left += taken
                    self._keep(account, lot)
            else:
                self._keep(account, Lot(expires or NEVER, len(self.posted), amount, (key, line)))
        if reverses is not None:
            self.posted[reverses].reversed = True
        self.posted[key] = posted

    def _return(self, account: str, amount: int, taker: Posted) -> None:
        """What was taken last comes back first."""
        for line, leg in enumerate(taker.legs):
            if leg[0] != account:
                continue
            out = sorted(taker.emptied.get(line, []), key=lambda part: (part[0].expires, part[0].number))
            for place in range(len(out) - 1, -1, -1):
                lot, taken = out[place]
                back = min(taken, amount)
                amount -= back
                lot.left += back
                out[place] = (lot, taken - back)
                self._keep(account, lot)
            taker.emptied[line] = out
        assert amount == 0, "checked before"

    def _keep(self, account: str, lot: Lot) -> None:
        if lot.left and not any(known is lot for known in self.lots[account]):
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
                # A reversal may have filled a lot again that was empty, and so not among those that are kept.
                for lot in self.lots[account]:
                    lot.left = 0
                self.lots[account] = [lot for lot, _ in lots.get(account, [])]
            for kept in lots.values():
                for lot, left in kept:
                    lot.left = left

        return restore

    def _empty(
        self, account: str, amount: int, parts: list[tuple[Lot, int]], undone: tuple[str | None, int]
    ) -> list[tuple[Lot, int]]:
        emptied = []
        for lot, part in sorted(parts, key=lambda part: part[0].made_by != undone):
            taken = min(part, amount)
            if taken:
                lot.left -= taken
                amount -= taken
                emptied.append((lot, taken))
        assert amount == 0, "checked before"
        self.lots[account] = [lot for lot in self.lots[account] if lot.left]
        return emptied

    def reserve(self, wanted: list[Wanted], deadline: int, now: int) -> str:
        """Hold all of them or none: `ok`, `replayed`, or the code of the refusal."""
        known = [self.holds.get(key) for key, _, _ in wanted]
        if any(known):
            said = [(account, amount) for _, account, amount in wanted]
            stands = [(hold.account, hold.amount) for hold in known if hold]
            return "replayed" if said == stands else "key_reused"
        made: list[Hold] = []
        for _, account, amount in wanted:
            free = self.balance[account] - self.held(account, now)
            if min(free, self._usable(account, now, "valid")) < amount:
                for hold in made:
                    self.standing[hold.account].remove(hold)
                return "insufficient_balance"
            made.append(Hold(account, amount, now, deadline))
            self.standing[account].append(made[-1])
        self.holds.update({key: hold for (key, _, _), hold in zip(wanted, made, strict=True)})
        return "ok"

    def capture(self, key: str, hold_keys: list[str], legs: list[LegOf], now: int) -> str:
        """End all of these by one posting: `ok` or the code of the refusal; keys are fresh."""
        holds = [self.holds[one] for one in hold_keys]
        taken = {account: -amount for account, amount, _ in legs}
        if any(taken.get(hold.account, 0) > hold.amount for hold in holds):
            return "hold_exceeded"
        for hold in holds:
            if hold.status == "lapsed" or (hold.status == "held" and hold.deadline <= now):
                return "hold_lapsed"
            if hold.status != "held":
                return "hold_ended"
        outcome = self.post(key, legs, now, now, captures={hold.account: hold for hold in holds})
        if outcome == "ok":
            for hold in holds:
                hold.status = "captured"
        return outcome

    def void(self, hold_keys: list[str], now: int) -> str:
        """Let all of these go, or none: `ok` or the code of the refusal."""
        holds = [self.holds[one] for one in hold_keys]
        for hold in holds:
            self.held(hold.account, now)
        if any(hold.status == "captured" for hold in holds):
            return "hold_ended"
        for hold in holds:
            if hold.status == "held":
                hold.status = "voided"
        return "ok"

    def lapse(self, keys: dict[str, str], now: int) -> None:
        """What expired and is not held goes; by account the keys under which the books have posted it."""
        amounts = {}
        for account in self.lapsing:
            self.held(account, now)
            amounts[account] = sum(part for _, part in self._parts(account, now, "expired", None))
        assert {account for account, amount in amounts.items() if amount} == set(keys)
        for account, key in keys.items():
            legs: list[LegOf] = [(account, -amounts[account], None), ("expired", amounts[account], None)]
            assert self.post(key, legs, now, now, lots="expired") == "ok"

    def available(self, account: str, now: int) -> int:
        """What could be spent or reserved now."""
        return min(self.balance[account] - self.held(account, now), self._usable(account, now, "valid"))

    def lapse_holds(self, now: int) -> None:
        """Overdue reservations are let go."""
        for account in self.members:
            self.held(account, now)

    def close(self, day: int) -> None:
        """Nothing takes effect before this day any more."""
        self.closed = max(self.closed, day)


def _allowed(lot: Lot, at: int, lots: str) -> bool:
    return lots == "any" or (lot.expires > at) == (lots == "valid")
