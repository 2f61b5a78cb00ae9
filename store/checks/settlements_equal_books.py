"""A statement says what the books say: every line is its posting, the totals are the lines', what is paid was booked."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session

from ledger.amounts import POINTS, from_scaled
from ledger.models import Account, Entry
from store.checks.reading import count_of
from store.settlement import rules
from store.settlement.models import Settlement, SettlementItem, SettlementLine, SettlementPayment
from timebank.books.settling import party_account
from timebank.errors import N_
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range

_LINE = N_("The line of transaction %(transaction)s says %(said)s points, the books say %(posted)s.")
_TOTAL = N_(
    "The statement says %(said)s points and %(fen)s fen, its lines come to %(points)s points and %(due)s fen."
)
_ITEMS = N_("What transaction %(transaction)s was for adds up to %(said)s points, its line says %(points)s.")
_DIGEST = N_("The digest that both sides confirmed is not that of the lines.")
_UNPAID = N_("The statement counts as %(status)s, and the payment does not fit.")
_BOOKED = N_("The payment took %(posted)s points off the account, the statement says %(said)s.")


def _settlements(within: Range) -> Select[int]:
    houses = select(Organisation.id).where(within.holds(Organisation.path))
    return select(Settlement.id).where(
        Settlement.house_organisation_id.in_(houses), Settlement.status != "withdrawn", _looked_at(within)
    )


def _looked_at(within: Range) -> ColumnElement[bool]:
    """In an incremental run, what is not paid yet, and what was drawn or paid since."""
    if within.since is None:
        return true()
    paid = select(SettlementPayment.settlement_id).where(
        within.written(SettlementPayment.id, transaction_id=SettlementPayment.transaction_id)
    )
    return or_(Settlement.status != "paid", within.written(Settlement.id), Settlement.id.in_(paid))


def _count(session: Session, within: Range) -> int:
    return count_of(session, _settlements(within))


def _posted(session: Session, code: str, transaction_id: int) -> Decimal:
    amount = session.scalar(
        select(func.coalesce(func.sum(Entry.amount), 0))
        .join(Account, Account.id == Entry.account_id)
        .where(Entry.transaction_id == transaction_id, Account.code == code)
    )
    return from_scaled(int(amount or 0), POINTS)


def _find(session: Session, within: Range) -> Iterator[Break]:
    rows = session.scalars(
        select(Settlement).where(Settlement.id.in_(_settlements(within))).order_by(Settlement.id)
    ).all()
    for settlement in rows:
        lines = session.scalars(
            select(SettlementLine)
            .where(SettlementLine.settlement_id == settlement.id)
            .order_by(SettlementLine.id)
        ).all()
        yield from _lines(session, settlement, lines)
        yield from _items(session, settlement, lines)
        yield from _totals(settlement, lines)
        yield from _payment(session, settlement)


def _subject(settlement: Settlement) -> str:
    return f"settlement:{settlement.id}"


def _lines(session: Session, settlement: Settlement, lines: Sequence[SettlementLine]) -> Iterator[Break]:
    code = party_account(settlement.kind, settlement.party_organisation_id).code
    rows = session.execute(
        select(SettlementLine.transaction_id, func.sum(Entry.amount))
        .join(Entry, Entry.transaction_id == SettlementLine.transaction_id)
        .join(Account, Account.id == Entry.account_id)
        .where(SettlementLine.settlement_id == settlement.id, Account.code == code)
        # A transaction stands on a statement once; if somebody wrote it twice, its digest says so.
        .group_by(SettlementLine.id, SettlementLine.transaction_id)
    )
    in_books = {transaction_id: from_scaled(int(amount), POINTS) for transaction_id, amount in rows}
    for line in lines:
        posted = in_books.get(line.transaction_id, from_scaled(0, POINTS))
        if (line.account_code, line.points) != (code, posted):
            facts = {"transaction": line.transaction_id, "said": str(line.points), "posted": str(posted)}
            yield Break(_subject(settlement), _LINE, facts)


def _items(session: Session, settlement: Settlement, lines: Sequence[SettlementLine]) -> Iterator[Break]:
    """Lines that are written otherwise than what they were for; statements drawn before that was written say nothing."""
    rows = session.execute(
        select(SettlementItem.line_id, func.sum(SettlementItem.points))
        .join(SettlementLine, SettlementLine.id == SettlementItem.line_id)
        .where(SettlementLine.settlement_id == settlement.id)
        .group_by(SettlementItem.line_id)
    )
    added = {int(line_id): points for line_id, points in rows}
    for line in lines if added else ():
        said, points = added.get(line.id, Decimal(0)), rules.owed_points(settlement.kind, line.points)
        if said != points:
            facts = {"transaction": line.transaction_id, "said": str(said), "points": str(points)}
            yield Break(_subject(settlement), _ITEMS, facts)


def _totals(settlement: Settlement, lines: Sequence[SettlementLine]) -> Iterator[Break]:
    points = rules.owed_points(settlement.kind, sum((line.points for line in lines), Decimal(0)))
    due = rules.amount_fen(points, settlement.rate_fen)
    if (settlement.points, settlement.amount_fen) != (points, due):
        facts = {
            "said": str(settlement.points),
            "fen": settlement.amount_fen,
            "points": str(points),
            "due": due,
        }
        yield Break(_subject(settlement), _TOTAL, facts)
    elif settlement.lines_digest != rules.lines_digest((one.transaction_id, one.points) for one in lines):
        yield Break(_subject(settlement), _DIGEST, {})


def _payment(session: Session, settlement: Settlement) -> Iterator[Break]:
    payment = session.scalar(
        select(SettlementPayment).where(SettlementPayment.settlement_id == settlement.id)
    )
    if (settlement.status == "paid") != (payment is not None) or (
        payment is not None and payment.amount_fen != settlement.amount_fen
    ):
        yield Break(_subject(settlement), _UNPAID, {"status": settlement.status})
    elif payment is not None:
        code = party_account(settlement.kind, settlement.party_organisation_id).code
        posted = -rules.owed_points(settlement.kind, _posted(session, code, payment.transaction_id))
        if posted != settlement.points:
            facts = {"posted": str(posted), "said": str(settlement.points)}
            yield Break(_subject(settlement), _BOOKED, facts)


CHECK = Check(
    code="settlements_equal_books",
    kind="books",
    proves=N_(
        "Every statement with a merchant or funder says what the books say, and what is paid was booked once."
    ),
    broken_by=N_("A statement, one of its lines or a payment was changed behind the application's back."),
    repair=N_(
        "Compare with the printed statement that both sides signed; draw the statement anew if it is not paid."
    ),
    count=_count,
    find=_find,
    incremental=True,
    watches=(Settlement.drawn_at, SettlementPayment.recorded_at),
)
