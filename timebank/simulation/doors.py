"""At the door: codes on a screen or on paper, phones and cards, spot checks, a list without network.

Every act leaves what a real phone and organiser leave: tickets, lines in the log of scans with device, step,
place and operator, display sessions with their times.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.keys import digest
from timebank.access.models import User
from timebank.activities.models import Activity, Shift
from timebank.checkin import displays, presence, printed, service, spots, tickets, tokens
from timebank.checkin.places import Position
from timebank.checkin.reasons import Reason
from timebank.checkin.tickets import Minted
from timebank.checkin.tokens import Kind
from timebank.errors import Refusal
from timebank.members import codes
from timebank.members.cards import card_code
from timebank.members.models import Member
from timebank.offline import sealing, uploads
from timebank.offline import service as offline
from timebank.offline.models import OfflineRoster, OfflineScan
from timebank.offline.rules import Said
from timebank.policy.queries import policy_for
from timebank.simulation.ground import Ground, Occasion, Person

STEP = timedelta(seconds=tokens.STEP_SECONDS)
CENTRE = Position(46.853, 123.506)
AT_PLACE, FAR_AWAY = "46.8531,123.5061,20", "46.91,123.62,30"
TAP_SECONDS = 6


@dataclass(frozen=True)
class Seen:
    """What came of a scan: its answer, and the attendance where there is one."""

    reason: Reason
    attendance_id: int | None = None
    record_id: int | None = None

    @property
    def is_ok(self) -> bool:
        """Whether it counts."""
        return self.reason is Reason.OK


@dataclass(frozen=True)
class OfflineRow:
    """One scan on a device without network.

    Attributes:
        at: by the device's clock. card: scanned, else ticked on the list of names.
        edited_at: the time as somebody changed it afterwards; breaks the row's seal.
    """

    person: Person
    kind: str
    at: datetime
    card: bool = True
    edited_at: datetime | None = None


class Doors(Ground):
    """The acts at the door."""

    def display(self, occasion: Occasion, kind: str, at: datetime, *, by: Person | None = None) -> int:
        """The organiser's screen shows the code of ``kind`` (``in``, ``out``, ``spot``), or goes on showing it."""
        with self.transaction() as session:
            shown = displays.keep_showing(
                session,
                shift=session.get_one(Shift, occasion.shift_id),
                kind=Kind(kind),
                display_id=occasion.displays.get(kind),
                by=(by or occasion.organiser).staff,
                at=at,
            )
            occasion.displays[kind] = shown.id
            return shown.id

    def come(
        self,
        person: Person,
        occasion: Occasion,
        at: datetime,
        method: str = "rotating",
        *,
        device: str | None = None,
        operator: Person | None = None,
        identified_by: str = "card",
        shown_at: datetime | None = None,
        tap_seconds: int = TAP_SECONDS,
        where: str = "",
        also: str = "",
    ) -> Seen:
        """The person checks in, as far as the rules let them.

        Args:
            method: ``rotating``, ``short`` (typed digits), ``static`` (paper), ``member`` (organiser scans).
            device: digest of the browser; the person's own phone where None, the organiser's for ``member``.
            operator: who scans for ``member``; the occasion's organiser where None.
            identified_by: ``card``, ``code`` or ``number``, for ``member``.
            shown_at: when the scanned code was on the screen; earlier for a photograph of it.
            tap_seconds: from the scan to the tap. where: as the phone says it, where the activity asks.
            also: ``sign_up`` or ``leave_other``, where the person agrees to that too.
        """
        hand = _Hand(person, occasion, at, method, device, operator, identified_by, shown_at)
        return self._scan(Kind.IN, hand, tap_seconds=tap_seconds, where=where, also=also)

    def leave(
        self,
        person: Person,
        occasion: Occasion,
        at: datetime,
        method: str = "rotating",
        *,
        device: str | None = None,
        operator: Person | None = None,
        identified_by: str = "card",
        shown_at: datetime | None = None,
        tap_seconds: int = TAP_SECONDS,
        where: str = "",
    ) -> Seen:
        """The person checks out; arguments as for :meth:`come`."""
        hand = _Hand(person, occasion, at, method, device, operator, identified_by, shown_at)
        return self._scan(Kind.OUT, hand, tap_seconds=tap_seconds, where=where)

    def spot_check(
        self,
        occasion: Occasion,
        at: datetime,
        answers: Sequence[tuple[Person, int]],
        *,
        cards: Sequence[tuple[Person, int]] = (),
        device_of: dict[int, str] | None = None,
    ) -> int:
        """The organiser asks who is inside to scan once more; ``answers``: who does, after how many seconds.

        Args:
            cards: the same for those whose card the organiser scans.
            device_of: digests of other phones than their own, by member id.

        Returns:
            how many inside have not answered; they are written down.
        """
        with self.transaction() as session:
            shift = session.get_one(Shift, occasion.shift_id)
            policy = policy_for(session, occasion.station.path)
            check = spots.begin(session, shift=shift, policy=policy, by=occasion.organiser.staff, at=at)
            self.display(occasion, "spot", at)
            hands = [(one, seconds, "rotating") for one, seconds in answers]
            hands += [(one, seconds, "member") for one, seconds in cards]
            for person, seconds, method in sorted(hands, key=lambda hand: hand[1]):
                device = (device_of or {}).get(person.member_id)
                scanned = at + timedelta(seconds=seconds)
                proof = "card" if person.has_card else "number"
                hand = _Hand(person, occasion, scanned, method, device, None, proof, None)
                self._scan(Kind.SPOT, hand)
            self.display(occasion, "spot", check.closes_at)
            return spots.settle(session, at=check.closes_at, shift_id=occasion.shift_id)

    def ask_place(self, occasion: Occasion, at: datetime, *, spot_checks: bool = False) -> None:
        """The activity asks phones where they are."""
        with self.transaction() as session:
            presence.set_plan(
                session,
                activity=session.get_one(Activity, occasion.activity_id),
                asks_place=True,
                centre=CENTRE,
                spot_checks=spot_checks,
                by=occasion.organiser.staff,
                at=at,
            )
            occasion.asks_place = True

    def print_code(self, occasion: Occasion, at: datetime, *, name: str = "门口") -> int:
        """A code on paper for a post of the activity."""
        with self.transaction() as session:
            code = presence.make_printed_code(
                session,
                activity=session.get_one(Activity, occasion.activity_id),
                name=name,
                by=occasion.organiser.staff,
                at=at,
            )
            occasion.printed_code_id = code.id
            return code.id

    def scan_wrong_code(
        self, at: datetime, device: str, *, written: str = "https://qr.example/pay/noodles"
    ) -> Seen:
        """Somebody scans what is no code of ours, such as the noodle shop's payment code next to the screen."""
        with self.transaction() as session:
            minted = tickets.scan_token(session, self.house.keyring, written, device=device, at=at)
            return Seen(minted.reason)

    def scan_withdrawn_print(
        self, at: datetime, device: str, printed_code_id: int, generation: int = 0
    ) -> Seen:
        """Somebody scans an old or replaced print of a paper code."""
        with self.transaction() as session:
            token = printed.mint(
                self.house.keyring, kind=Kind.IN, printed_code_id=printed_code_id, generation=generation
            )
            return Seen(tickets.scan_token(session, self.house.keyring, token, device=device, at=at).reason)

    def _scan(
        self, kind: Kind, hand: "_Hand", *, tap_seconds: int = TAP_SECONDS, where: str = "", also: str = ""
    ) -> Seen:
        with self.transaction() as session:
            by = hand.operator.staff if hand.operator else hand.person.actor
            minted = self._minted(session, kind, hand)
            if minted.reason is not Reason.OK:
                return Seen(minted.reason)
            is_organiser = hand.operator is not None
            held = service.take(
                session,
                minted.secret,
                device=hand.browser,
                by=by or _nobody(hand.person),
                is_organiser=is_organiser,
                also=also,
            )
            done = service.redeem(
                session,
                held,
                at=hand.at + timedelta(seconds=tap_seconds),
                timezone=self.timezone,
                also=also,
                where=where,
            )
            attendance = done.attendance
            if done.reason is Reason.OK and kind is Kind.IN and attendance is not None:
                hand.occasion.inside[hand.person.member_id] = attendance.id
            return Seen(
                done.reason, attendance.id if attendance else None, done.record.id if done.record else None
            )

    def _minted(self, session: Session, kind: Kind, hand: "_Hand") -> Minted:
        if hand.method == "member":
            return self._recognised(session, kind, hand)
        if hand.method == "static":
            token = printed.mint(
                self.house.keyring,
                kind=kind,
                printed_code_id=hand.occasion.printed_code_id,
                generation=1,
            )
            return tickets.scan_token(session, self.house.keyring, token, device=hand.browser, at=hand.at)
        shown_at = hand.shown_at or hand.at
        display_id = hand.occasion.displays.get(kind)
        if display_id is None:
            display_id = self.display(hand.occasion, kind, shown_at)
        if hand.method == "short":
            self.display(hand.occasion, kind, hand.at)
            digits = tokens.short_code(
                self.house.keyring, kind=kind, shift_id=hand.occasion.shift_id, at=shown_at
            )
            by = hand.person.actor or _nobody(hand.person)
            return tickets.scan_short_code(
                session, self.house.keyring, digits, by=by, device=hand.browser, at=hand.at
            )
        token = tokens.mint(
            self.house.keyring,
            kind=kind,
            shift_id=hand.occasion.shift_id,
            display=tokens.display_number(display_id),
            step=tokens.step_at(shown_at),
        )
        return tickets.scan_token(session, self.house.keyring, token, device=hand.browser, at=hand.at)

    def _recognised(self, session: Session, kind: Kind, hand: "_Hand") -> Minted:
        """What the organiser's scanner makes of a card, a phone's code or a typed number."""
        assert hand.operator is not None
        shift = session.get_one(Shift, hand.occasion.shift_id)
        member = session.get_one(Member, hand.person.member_id)
        found = codes.try_identify(
            session,
            self.house.keyring,
            self._digits(session, member, hand),
            by=f"shift:{shift.id}",
            at=hand.at,
        )
        if isinstance(found, Refusal):
            by = hand.operator.staff
            reason = tickets.log_unrecognised(
                session, shift=shift, kind=kind, refusal=found, by=by, device=hand.browser, at=hand.at
            )
            return Minted(reason, kind)
        return tickets.scan_member(
            session, shift=shift, kind=kind, found=found, device=hand.browser, at=hand.at
        )

    def _digits(self, session: Session, member: Member, hand: "_Hand") -> str:
        if hand.identified_by == "number":
            return member.number
        if hand.identified_by == "code":
            return codes.issue(session, member_id=member.id, at=hand.at - timedelta(seconds=5))
        if hand.person.card == member.card_generation:
            return card_code(self.house.keyring, member)
        # The card in the pocket was made worthless: what is on it was right once.
        present, member.card_generation = member.card_generation, hand.person.card
        digits = card_code(self.house.keyring, member)
        member.card_generation = present
        return digits

    def take_list(
        self, occasion: Occasion, at: datetime, *, by: Person, assigned_by: Person
    ) -> OfflineRoster:
        """A coordinator takes the shift's list onto a device, for a place without network."""
        with self.transaction() as session:
            shift = session.get_one(Shift, occasion.shift_id)
            user = session.get_one(User, by.staff.user_id)
            offline.assign(session, shift=shift, user=user, by=assigned_by.staff, at=at - timedelta(hours=1))
            return offline.take(
                session, self.house.keyring, shift=shift, with_names=True, by=by.staff, at=at
            ).roster

    def upload_offline(
        self,
        occasion: Occasion,
        roster: OfflineRoster,
        rows: Sequence[OfflineRow],
        *,
        by: Person,
        at: datetime,
        clock_off: timedelta = timedelta(),
        left_out: Sequence[int] = (),
    ) -> list[OfflineScan]:
        """The device comes back to the network and sends what it recorded.

        Args:
            clock_off: how far the device's clock is ahead.
            left_out: places in ``rows`` (from 0) that somebody took out of the device's list.
        """
        with self.transaction() as session:
            roster = session.get_one(OfflineRoster, roster.id)
            said = [
                one for number, one in enumerate(self._chain(roster, rows)) if number not in set(left_out)
            ]
            delivery = uploads.Upload(
                roster, self.house.keyring, sent_at=at + clock_off, at=at, by=by.staff, timezone=self.timezone
            )
            found = uploads.upload(session, delivery, said)
            for row in found:
                if row.outcome == Reason.OK and row.member_id is not None:
                    occasion.inside.setdefault(row.member_id, 0)
            return found

    def _chain(self, roster: OfflineRoster, rows: Sequence[OfflineRow]) -> list[Said]:
        """The scans with their seals, each of which covers the one before; an edited one keeps its old seal."""
        word, keyring = roster.public_word, self.house.keyring
        previous, chain = sealing.chain_seed(keyring, word), []
        for counter, row in enumerate(rows, 1):
            entry = sealing.row_token(keyring, word, row.person.member_id)
            nonce = hashlib.sha256(f"{self.seed} {roster.id} {counter}".encode()).hexdigest()[:24]
            written = row.at.isoformat()
            parts = (str(counter), nonce, written, row.kind, "tick", entry, previous)
            seal = sealing.chain_seal(keyring, word, *parts)
            at = row.edited_at or row.at
            chain.append(Said(counter, nonce, at, at.isoformat(), row.kind, "tick", entry, previous, seal))
            previous = seal
        return chain


@dataclass(frozen=True)
class _Hand:
    """Who holds what in front of which reader; arguments of :meth:`Doors.come`."""

    person: Person
    occasion: Occasion
    at: datetime
    method: str
    device: str | None
    scanner: Person | None
    identified_by: str
    shown_at: datetime | None

    @property
    def operator(self) -> Person | None:
        """The organiser who scans the member; None where the member scans."""
        return (self.scanner or self.occasion.organiser) if self.method == "member" else None

    @property
    def browser(self) -> str:
        """The digest of the browser that scans."""
        holder = self.operator or self.person
        return self.device or holder.device or digest(f"borrowed {self.person.member_id}")


def _nobody(person: Person) -> Actor:
    """Who has no log-in cannot tap; the page would send them to the organiser."""
    return Actor(label=f"member:{person.member_id}", name=person.name, member_id=person.member_id)
