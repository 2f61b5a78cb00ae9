"""Real books and the reference model side by side: every act is done to both, and both must answer alike."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.amounts import POINTS
from ledger.balances import available, balances
from ledger.errors import LedgerError
from ledger.holds import Wanted as Together
from ledger.holds import capture_all, find_hold, lapse_holds, reserve_all, void_all
from ledger.journal import AccountSpec, Draft, Leg, Posting, correct, give_back, post_batch, reverse
from ledger.lots import lapse
from ledger.models import Transaction
from ledger.periods import close_period
from ledger.seals import seal
from ledger.verify import verify
from tests.ledger.model import LegOf, Model, Wanted

MIDNIGHT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PLAIN = ("ann", "bo")
LAPSING = ("xi", "yu")
MEMBERS = (*PLAIN, *LAPSING)
ZERO = Decimal(0)

SPECS = {
    **{name: AccountSpec(f"member:{name}", POINTS, ZERO) for name in PLAIN},
    **{name: AccountSpec(f"member:{name}", POINTS, ZERO, lots=True) for name in LAPSING},
    **{name: AccountSpec(f"house:{name}", POINTS) for name in ("issued", "redeemed", "expired")},
}


def day(number: int) -> dt.datetime:
    """Midnight of a day."""
    return MIDNIGHT + dt.timedelta(days=number)


def points(cents: int) -> Decimal:
    """Cents as points."""
    return Decimal(cents).scaleb(-2)


def legs_of(source: str, target: str, cents: int, expires: int | None = None) -> list[LegOf]:
    """From one account to another; only a lapsing account's gain expires."""
    return [(source, -cents, None), (target, cents, expires if target in LAPSING else None)]


def _numbers(session: Session, hold_keys: Iterable[str]) -> list[int]:
    holds = [find_hold(session, key) for key in hold_keys]
    return [hold.id for hold in holds if hold is not None]


def _lapse(at: dt.datetime) -> Callable[[Session], dict[str, Posting]]:
    """The nightly lapse; its postings by account."""

    def act(session: Session) -> dict[str, Posting]:
        postings = lapse(session, at=at, recorded_at=at, actor="job", to=lambda _: SPECS["expired"])
        numbers = [posting.id for posting in postings]
        subjects = session.execute(
            select(Transaction.id, Transaction.subject).where(Transaction.id.in_(numbers))
        )
        accounts = {row.id: row.subject for row in subjects}
        return {accounts[posting.id]: posting for posting in postings}

    return act


@dataclass(frozen=True)
class Move:
    """A posting to be: key, legs, the day on which it takes effect."""

    key: str
    legs: list[LegOf]
    at: int

    def draft(self, now: int) -> Draft:
        """For the real books."""
        legs = [
            Leg(SPECS[account], points(cents), None if expires is None else day(expires))
            for account, cents, expires in self.legs
        ]
        return Draft(self.key, "move", legs, day(self.at), day(now), "actor", f"subject {self.key}")


class Twins:
    """Both books. Each act returns what was answered, having asserted that both answered the same."""

    def __init__(self, run: Callable[[Callable[[Session], Any]], Any]) -> None:
        self.run = run
        self.model = Model(set(MEMBERS), set(LAPSING))
        self.numbers: dict[str, int] = {}
        self.subjects: dict[str, str] = {}
        self.on_terms: list[str] = []
        self.now = 0

    def _ask(self, act: Callable[[Session], Any]) -> tuple[str, Any]:
        try:
            answer = self.run(act)
        except LedgerError as refusal:
            return refusal.code, None
        return "ok", answer

    def post(self, *moves: Move) -> str:
        """Post one or several at once."""
        code, postings = self._ask(
            lambda session: post_batch(session, [move.draft(self.now) for move in moves])
        )
        expected = self._expect(moves)
        if code == "ok":
            assert expected is not None, f"the books took what the model refuses: {moves}"
            assert [("replayed" if one.replayed else "ok") for one in postings] == expected, moves
            self.numbers.update({one.key: one.id for one in postings})
        else:
            assert expected is None or code in expected, (code, expected, moves)
            assert expected is None, f"the books refused ({code}) what the model takes: {moves}"
        return code

    def _expect(self, moves: tuple[Move, ...]) -> list[str] | None:
        """What the model answers to all of them, or None if it refuses one; then it is as it was."""
        restore = self.model.snapshot()
        answers = [self.model.post(move.key, move.legs, move.at, self.now) for move in moves]
        if all(answer in ("ok", "replayed") for answer in answers):
            return answers
        restore()
        return None

    def reverse(self, key: str) -> str:
        """Undo something that was posted."""
        number = self.numbers[key]
        undo = f"undo {key}"
        code, posting = self._ask(
            lambda session: reverse(
                session,
                number,
                key=undo,
                at=day(self.now),
                recorded_at=day(self.now),
                actor="actor",
                reason="mistake",
            )
        )
        mirrored: list[LegOf] = [(account, -cents, None) for account, cents, _ in self.model.posted[key].legs]
        expected = self.model.post(undo, mirrored, self.now, self.now, lots="any", reverses=key)
        answered = "replayed" if code == "ok" and posting.replayed else code
        assert answered == expected, (key, answered, expected)
        if posting is not None:
            self.numbers[undo] = posting.id
        return answered

    def correct(self, key: str, cents: int, new_key: str) -> str:
        """Replace something that was posted by the same with another amount: a reversal and a posting, or neither.

        What gave back or lapsed is replaced by what does so too; `on_terms` are the keys of such.
        """
        number, posted = self.numbers[key], self.model.posted[key]
        sign = -1 if posted.legs[0][1] < 0 else 1
        (source, _, _), (target, _, expires) = posted.legs
        expires = None if expires is None else max(expires, self.now + 1)
        right: list[LegOf] = [(source, sign * cents, None), (target, -sign * cents, expires)]
        kind, subject = "lapse" if posted.lapse else "move", self.subjects.get(key, f"subject {key}")
        draft = dataclasses.replace(
            Move(new_key, right, self.now).draft(self.now), kind=kind, subject=subject
        )
        code, postings = self._ask(lambda session: correct(session, number, draft, reason="mistake"))
        restore = self.model.snapshot()
        giver = self.model.posted[posted.gives_back] if posted.gives_back else posted
        emptied = {line: list(parts) for line, parts in giver.emptied.items()}
        mirrored: list[LegOf] = [(account, -amount, None) for account, amount, _ in posted.legs]
        undo = f"{new_key}:reversal"
        expected = self.model.post(undo, mirrored, self.now, self.now, lots="any", reverses=key)
        if expected == "ok":
            lots = "expired" if posted.lapse else "valid"
            expected = self.model.post(
                new_key, right, self.now, self.now, lots=lots, gives_back=posted.gives_back
            )
        assert code == expected, (key, code, expected)
        if code == "ok":
            self.numbers.update({undo: postings[0].id, new_key: postings[1].id})
            self.subjects[new_key] = subject
            if key in self.on_terms:
                self.on_terms.append(new_key)
        else:
            restore()
            giver.emptied = emptied
        return code

    def give_back(self, key: str, of: str, cents: int) -> str:
        """Give back a part of what a transaction took from its first payer, by whoever gained by it."""
        number, legs = self.numbers[of], self.model.posted[of].legs
        payer = next(account for account, amount, _ in legs if amount < 0)
        gainer = next(account for account, amount, _ in legs if amount > 0)
        back: list[LegOf] = [(gainer, -cents, None), (payer, cents, None)]
        draft = Move(key, back, self.now).draft(self.now)
        code, posting = self._ask(lambda session: give_back(session, number, draft))
        expected = self.model.post(key, back, self.now, self.now, gives_back=of)
        assert code == expected, (key, of, code, expected)
        if posting is not None:
            self.numbers[key] = posting.id
            self.on_terms.append(key)
        return code

    def reserve(self, wanted: list[Wanted], days: int) -> str:
        """Hold one or several amounts for some days, all or none."""
        now, until = self.now, self.now + days
        several = [Together(key, SPECS[account], points(cents)) for key, account, cents in wanted]
        code, holds = self._ask(
            lambda session: reserve_all(
                session, several, at=day(now), deadline=day(until), actor="a", subject="order"
            )
        )
        answered = "replayed" if code == "ok" and holds[0].replayed else code
        expected = self.model.reserve(wanted, until, now)
        assert answered == expected, (wanted, answered, expected)
        return answered

    def capture(self, key: str, taken: dict[str, int]) -> str:
        """Take some of what is held, of at least one of these holds, all on different accounts."""
        legs: list[LegOf] = [
            (self.model.holds[held].account, -cents, None) for held, cents in taken.items() if cents
        ]
        legs.append(("redeemed", sum(taken.values()), None))
        move = Move(key, legs, self.now)
        code, posting = self._ask(
            lambda session: capture_all(session, _numbers(session, taken), move.draft(self.now))
        )
        expected = self.model.capture(key, list(taken), legs, self.now)
        assert code == expected, (taken, code, expected)
        if posting is not None:
            self.numbers[key] = posting.id
        return code

    def void(self, hold_keys: list[str]) -> str:
        """Let go what these hold, all or none."""
        code, _ = self._ask(lambda session: void_all(session, _numbers(session, hold_keys), at=day(self.now)))
        expected = self.model.void(hold_keys, self.now)
        assert code == expected, (hold_keys, code, expected)
        return code

    def jobs(self) -> None:
        """What runs at night: holds and lots lapse, and some of the journal is sealed."""
        at = day(self.now)
        self.run(lambda session: lapse_holds(session, at=at))
        names = {SPECS[name].code: name for name in LAPSING}
        lapsed = {names[account]: posting for account, posting in self.run(_lapse(at)).items()}
        self.run(lambda session: seal(session, at=at, largest=50))
        self.model.lapse_holds(self.now)
        self.model.lapse({name: posting.key for name, posting in lapsed.items()}, self.now)
        for name, posting in lapsed.items():
            self.numbers[posting.key] = posting.id
            self.subjects[posting.key] = SPECS[name].code
            self.on_terms.append(posting.key)

    def close(self, back: int) -> None:
        """Close the books until some days ago, if that is further than before."""
        until = self.now - back
        if until > self.model.closed:
            self.run(
                lambda session: close_period(
                    session, closed_until=day(until), at=day(self.now), actor="auditor"
                )
            )
            self.model.close(until)

    def compare(self) -> None:
        """Every balance is what the model says, all together are nothing, and what lapses is free as the model says."""
        codes = {spec.code: name for name, spec in SPECS.items()}
        at, lapsing = day(self.now), [SPECS[name].code for name in LAPSING]
        real, free = self.run(
            lambda session: (
                balances(session, list(codes)),
                {code: available(session, code, at=at) for code in lapsing},
            )
        )
        found = {codes[code]: int(amount * 100) for code, amount in real.items()}
        assert found == {name: self.model.balance[name] for name in found}, found
        assert sum(real.values()) == 0
        left = {codes[code]: int(amount * 100) for code, amount in free.items()}
        assert left == {name: self.model.available(name, self.now) for name in left}, left

    def verify(self) -> None:
        """Nothing in the books is broken."""
        broken = self.run(lambda session: [finding for finding in verify(session) if finding.breaks])
        assert broken == []
