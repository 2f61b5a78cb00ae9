"""The table of postings in ledger/README.md is what the system posts: every function, every account, every key."""

import inspect
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import timebank.books
from ledger.models import Account, Entry, HoldRow, Transaction
from ledger.verify import verify
from tests.cast import NOON
from timebank.books import giving, goods, lapsing, postings, settling, suspense
from timebank.books.events import Award, TimeCredit
from timebank.db import Database

README = Path(__file__).parents[2] / "ledger/README.md"
MEMBER, OTHER, ORGANISATION, FUNDER, SHOP, SOAP = 7, 8, 3, 4, 2, 11
DAY = timedelta(days=1)
WHO = {"member_id": MEMBER, "organisation_id": ORGANISATION}
BY: dict[str, Any] = {"at": NOON, "actor": "user:1"}
WHEN: dict[str, Any] = {"recorded_at": NOON, **BY}
PIECES = {"shop_id": SHOP, "organisation_id": ORGANISATION, "product_id": SOAP}
SALE: dict[str, Any] = {
    **WHO, "shop_id": SHOP, "points": Decimal(10), "goods": [(SOAP, 2)], "subsidies": [(FUNDER, Decimal(5))], **BY,
}  # fmt: skip
RULE = {"rule_number": 3, "arithmetic": "x"}


def _settle(session: Session) -> None:
    for number, (kind, party) in enumerate([("merchant", ORGANISATION), ("funder", FUNDER)]):
        settling.settle(
            session, settlement_id=number, kind=kind, party_organisation_id=party, house_organisation_id=ORGANISATION,
            points=Decimal(1), **BY,
        )  # fmt: skip


def _refund(session: Session) -> None:
    sale = session.scalars(select(Transaction.id).where(Transaction.key == "spend:o1")).one()
    part = {"points": Decimal(5), "goods": [(SOAP, 1)], "subsidies": [(FUNDER, Decimal(2))]}
    postings.refund(session, return_key="1", spend_transaction_id=sale, **{**SALE, **part})


def _reserve(session: Session) -> None:
    for key in ("1", "2"):
        postings.reserve(session, key=key, deadline=NOON + DAY, **SALE)


def _take_back(session: Session) -> None:
    award = session.scalars(select(Transaction.id).where(Transaction.key == "award:record:1")).one()
    postings.take_back(session, transaction_id=award, reason="x", **BY)


def _count(session: Session) -> None:
    for number in (-1, 1):
        goods.count_difference(session, key=str(number), quantity=number, **PIECES, **BY)


ACTS: dict[str, Callable[[Session], Any]] = {
    "postings.award": lambda s: postings.award(
        s, record_id=1, points=Decimal(20), lapses_on=date(2026, 5, 1), **RULE, **WHO, **WHEN
    ),
    "postings.award_many": lambda s: postings.award_many(
        s,
        [
            Award(number, MEMBER, ORGANISATION, Decimal(100), 3, "x", NOON, NOON, "user:1", lapses)
            for number, lapses in ((2, date(2026, 5, 1)), (3, None))
        ],
    ),
    "postings.credit_time": lambda s: postings.credit_time(s, record_id=4, minutes=60, **WHO, **WHEN),
    "postings.credit_time_many": lambda s: postings.credit_time_many(
        s, [TimeCredit(5, MEMBER, ORGANISATION, 60, NOON, NOON, "user:1")]
    ),
    "postings.convert": lambda s: postings.convert(
        s, key="1", minutes=90, points=Decimal(15), **RULE, **WHO, **BY
    ),
    "postings.take_back": _take_back,
    "goods.receive_goods": lambda s: goods.receive_goods(s, key="1", quantity=9, **PIECES, **BY),
    "goods.receive_goods_many": lambda s: goods.receive_goods_many(
        s, [goods.GoodsMovement("2", SHOP, ORGANISATION, SOAP, 9, NOON, "user:1")]
    ),
    "postings.spend": lambda s: postings.spend(s, order_token="o1", **SALE),
    "postings.refund": _refund,
    "postings.reserve": _reserve,
    "postings.collect": lambda s: postings.collect(s, key="1", order_token="o2", **BY),
    "postings.release": lambda s: postings.release(s, key="2", reason="x", **BY),
    "giving.give": lambda s: giving.give(
        s, key="1", member_id=MEMBER, to_member_id=OTHER, points=Decimal(3), **BY
    ),
    "giving.donate": lambda s: giving.donate(s, key="1", points=Decimal(3), **WHO, **BY),
    "settling.settle": _settle,
    "goods.write_off": lambda s: goods.write_off(s, key="1", quantity=1, **PIECES, **BY),
    "goods.count_difference": _count,
    "goods.send_goods": lambda s: goods.send_goods(s, key="1", shop_id=SHOP, goods=[(SOAP, 3)], **BY),
    "goods.arrive_goods": lambda s: goods.arrive_goods(
        s, key="1", shop_id=5, organisation_id=ORGANISATION, goods=[(SOAP, 3, 2)], **BY
    ),
    "settling.hand_out_goods": lambda s: settling.hand_out_goods(
        s, key="1", shop_id=SHOP, organisation_id=ORGANISATION, goods=[(SOAP, 1)], **BY
    ),
    "suspense.suspend_goods": lambda s: suspense.suspend_goods(
        s, key="1", organisation_id=ORGANISATION, product_id=SOAP, missing=2, subject="count:1", **BY
    ),
    "suspense.clear_goods": lambda s: suspense.clear_goods(
        s, key="1", organisation_id=ORGANISATION, product_id=SOAP, missing=2, subject="count:1", **BY
    ),
    "lapsing.lapse_points": lambda s: lapsing.lapse_points(
        s, at=NOON + 200 * DAY, actor="job", home_of=lambda _: ORGANISATION
    ),
}
"""Every function that posts or holds, in an order in which a town could call them."""


@dataclass
class Row:
    """A line of the table: who gives, who gains, in which assets; and what of it was seen."""

    event: str
    gives: set[str]
    gains: set[str]
    assets: str
    key: str
    seen: set[tuple[str, str]] = field(default_factory=set)

    def covers(self, side: str, account: str, asset: str) -> bool:
        """Whether the line says so; then it was seen."""
        accounts = self.gives if side == "gives" else self.gains
        said = account in accounts and (asset in self.assets or self.assets == "both")
        self.seen |= {(side, account)} if said else set()
        return said

    @property
    def says(self) -> set[tuple[str, str]]:
        """Everything that it says."""
        return {("gives", one) for one in self.gives} | {("gains", one) for one in self.gains}


def _quoted(cell: str) -> set[str]:
    return {re.sub(r"\bKEY\b", "…", word) for word in re.findall(r"`([^`]+)`", cell)}


def _table() -> list[Row]:
    text = README.read_text(encoding="utf-8").split("## Every posting")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")][1:]
    rows: list[Row] = []
    for line in lines:
        event, gives, gains, assets, key = (cell.strip() for cell in line.split("|")[1:-1])
        row = Row(
            event,
            _quoted(gives),
            _quoted(gains) | _quoted(event),
            assets,
            re.findall(r"`([^`]+)`", key)[0] if key else rows[-1].key,
        )
        if "more: the other way round" in event:
            row.gives, row.gains = (row.gives | row.gains,) * 2
        rows.append(row)
    return rows


def _matches(pattern: str, key: str) -> bool:
    words = [
        ".+" if word == "…" else "[^:]+" if word.isupper() else re.escape(word) for word in pattern.split(":")
    ]
    return re.fullmatch(":".join(words), key) is not None


def _shape(code: str) -> str:
    return re.sub(r"(?<=:)\d+(?=:|$)", "…", code)


@pytest.fixture
def busy(database: Database) -> Database:
    """Everything that can happen has happened once."""
    with database.transaction() as session:
        for act in ACTS.values():
            act(session)
        assert not [one for finding in verify(session) for one in finding.breaks]
    return database


def test_every_function_that_posts_or_holds_is_tried_here() -> None:
    found = {
        f"{module.name}.{name}"
        for module in pkgutil.iter_modules(timebank.books.__path__)
        for name, function in inspect.getmembers(import_module(f"timebank.books.{module.name}"), inspect.isfunction)
        if function.__module__ == f"timebank.books.{module.name}"
        and not name.startswith("_")
        and "Session" in str(inspect.signature(function))
        and re.search(r"Posting|Reserved\b(?! \|)", str(inspect.signature(function).return_annotation))
    }  # fmt: skip
    assert found == set(ACTS)


def test_what_is_posted_stands_in_the_table_and_nothing_else_does(busy: Database) -> None:
    rows = _table()
    strange = []
    with busy.transaction() as session:
        entries = session.execute(
            select(Transaction.key, Account.code, Account.asset, Entry.amount)
            .join(Entry, Entry.transaction_id == Transaction.id)
            .join(Account, Account.id == Entry.account_id)
        ).all()
        held = session.execute(
            select(HoldRow.key, Account.code, Account.asset).join(Account, Account.id == HoldRow.account_id)
        ).all()
    said = [(key, code, asset, "gains" if amount > 0 else "gives") for key, code, asset, amount in entries]
    said += [(key, code, asset, "gives") for key, code, asset in held]
    for key, code, asset, side in said:
        fitting = [row for row in rows if _matches(row.key, key)]
        if any("mirror image" in row.event or not row.says for row in fitting) and key.startswith("reversal"):
            continue
        if not [row for row in fitting if row.covers(side, _shape(code), _shape(asset))]:
            strange.append((key, side, code, asset))
    assert strange == []
    assert [(row.event, row.says - row.seen) for row in rows if row.says - row.seen] == []
    keys = {row.key for row in rows}
    assert {one for one in keys if not any(_matches(one, key) for key, *_ in said)} == set()
