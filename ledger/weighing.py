"""One look at all entries in place of four, on PostgreSQL: what a random weighing finds whole need not be sorted.

Grouping a million entries by transaction costs ten times what summing them by account does. So each transaction gets a
random weight h, unknown before the look, and all is summed by account alone: if the entries of every transaction sum
to zero, so does Σ amount × h in every asset; if those of one do not, it is zero for at most one in 2³¹ choices of its
weight. The same weights counted by entry and by transaction are equal if every transaction has its lines. All sums are
exact whole numbers. (Freivalds, "Probabilistic machines can use less running time", IFIP 1977, checks products so.)

Where the scales do not balance, the exact checks name what is wrong.
"""

import secrets

from sqlalchemy import Connection, text

_WEIGHT = "(hashint8extended({column}, :seed) & 2147483647)"

# Low and high halves are weighed apart: a product of 31 and 33 bits fits into 64.
_LOOK = f"""
WITH totals AS MATERIALIZED (
  SELECT account_id, sum(amount) AS total, sum((amount & 2147483647) * {_WEIGHT.format(column="transaction_id")}) AS low,
         sum((amount >> 31) * {_WEIGHT.format(column="transaction_id")}) AS high,
         sum({_WEIGHT.format(column="transaction_id")}) AS lines
    FROM ledger_entries GROUP BY account_id),
read_back AS (
  (SELECT DISTINCT ON (account_id) account_id, amount FROM ledger_checkpoints ORDER BY account_id, seal_id DESC)
  UNION ALL
  SELECT e.account_id, sum(e.amount) FROM ledger_entries e JOIN ledger_unsealed u USING (transaction_id) GROUP BY e.account_id)
SELECT
  NOT EXISTS (SELECT FROM totals t LEFT JOIN ledger_accounts a ON a.id = t.account_id
               GROUP BY a.asset HAVING sum(t.low) + sum(t.high) * 2147483648 <> 0),
  (SELECT coalesce(sum(lines), 0) FROM totals)
    = (SELECT coalesce(sum(lines * {_WEIGHT.format(column="id")}), 0) FROM ledger_transactions),
  (SELECT count(*) FROM ledger_accounts a
                LEFT JOIN ledger_balances b ON b.account_id = a.id LEFT JOIN totals t ON t.account_id = a.id
               WHERE a.guarded <> (b.account_id IS NOT NULL) OR (a.guarded AND b.amount <> coalesce(t.total, 0))) = 0,
  (SELECT count(*) FROM ledger_accounts a LEFT JOIN totals t ON t.account_id = a.id
                LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM read_back GROUP BY account_id) r ON r.account_id = a.id
               WHERE NOT a.guarded AND coalesce(r.amount, 0) <> coalesce(t.total, 0)) = 0
  AND NOT EXISTS (SELECT FROM ledger_checkpoints c JOIN ledger_accounts a ON a.id = c.account_id WHERE a.guarded)
"""  # noqa: S608 - our own columns.

CODES = (
    "entries_sum_to_zero",
    "transactions_complete",
    "balances_equal_entries",
    "checkpoints_equal_entries",
)
"""The checks of `ledger.verify` that one look can answer."""


def found_whole(connection: Connection) -> frozenset[str]:
    """The codes of those checks of which one look has said that nothing is wrong; none on SQLite."""
    if connection.dialect.name != "postgresql":
        return frozenset()
    row = connection.execute(text(_LOOK), {"seed": secrets.randbits(63)}).one()
    return frozenset(code for code, holds in zip(CODES, row, strict=True) if holds)
