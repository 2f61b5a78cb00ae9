"""PostgreSQL's form of the laws: statement triggers over transition tables.

Statement triggers look at all new rows at once, so a batch of 500 pays for one check and not for 500.
"""

from ledger.ddl_functions import FUNCTIONS_DROP, FUNCTIONS_INSTALL, PLANNED_BY_INDEX

_REFUSE = """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = 'ledger: ' || TG_TABLE_NAME || ' is append-only',
                        ERRCODE = 'integrity_constraint_violation';
END $$
"""

# Each transaction's number is claimed in the sealer's queue together with its entries. Whoever adds an entry to a
# number that another session has claimed and not committed yet waits here until that is decided, and is refused then.
_ENTRIES_CLOSED = """
CREATE FUNCTION ledger_entries_closed() RETURNS trigger LANGUAGE plpgsql PLANNED_BY_INDEX AS $$
BEGIN
  INSERT INTO ledger_unsealed (transaction_id) SELECT DISTINCT a.transaction_id FROM added a ON CONFLICT DO NOTHING;
  IF EXISTS (SELECT 1 FROM added a JOIN ledger_transactions t ON t.id = a.transaction_id) THEN
    RAISE EXCEPTION 'ledger: the transaction is closed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""

_TRANSACTIONS_CLOSE = """
CREATE FUNCTION ledger_transactions_close() RETURNS trigger LANGUAGE plpgsql PLANNED_BY_INDEX AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM added t
              WHERE t.lines <> (SELECT count(*) FROM ledger_entries e WHERE e.transaction_id = t.id)) THEN
    RAISE EXCEPTION 'ledger: the entries do not match the transaction'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM added t JOIN ledger_entries e ON e.transaction_id = t.id
               JOIN ledger_accounts a ON a.id = e.account_id
              GROUP BY t.id, a.asset HAVING sum(e.amount) <> 0) THEN
    RAISE EXCEPTION 'ledger: the entries do not sum to zero' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM added t WHERE t.effective_at < (SELECT max(p.closed_until) FROM ledger_periods p)) THEN
    RAISE EXCEPTION 'ledger: the period is closed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""

_BALANCES_LIMITS = """
CREATE FUNCTION ledger_balances_limits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.account_id <> OLD.account_id THEN
    RAISE EXCEPTION 'ledger: a balance stays with its account' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.floor, NEW.ceiling) IS DISTINCT FROM (OLD.floor, OLD.ceiling) AND NOT EXISTS
     (SELECT 1 FROM ledger_limit_changes c
       WHERE (c.floor_before, c.ceiling_before) IS NOT DISTINCT FROM (OLD.floor, OLD.ceiling)
         AND (c.floor, c.ceiling) IS NOT DISTINCT FROM (NEW.floor, NEW.ceiling)
         AND c.id = (SELECT max(id) FROM ledger_limit_changes WHERE account_id = NEW.account_id)) THEN
    RAISE EXCEPTION 'ledger: limits change with a row of ledger_limit_changes'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""

_STATUS_CHANGES = """
CREATE FUNCTION ledger_status_changes_needed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> OLD.status AND NOT EXISTS
     (SELECT 1 FROM ledger_status_changes c
       WHERE c.status_before = OLD.status AND c.status = NEW.status
         AND c.id = (SELECT max(id) FROM ledger_status_changes WHERE account_id = NEW.id)) THEN
    RAISE EXCEPTION 'ledger: a status changes with a row of ledger_status_changes'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""

# What a row of one table may say only if a row of another says so too: the table, the trigger's name, the refusal,
# and the condition under which it is refused.
_MUST_FIT = (
    (
        "ledger_balances",
        "ledger_balances_begin",
        "a balance begins at nothing, on an account with limits",
        "a.amount <> 0 OR a.held <> 0 OR "
        "NOT EXISTS (SELECT 1 FROM ledger_accounts c WHERE c.id = a.account_id AND c.guarded)",
    ),
    (
        "ledger_checkpoints",
        "ledger_checkpoints_unguarded",
        "an account with limits has no checkpoints",
        "EXISTS (SELECT 1 FROM ledger_accounts c WHERE c.id = a.account_id AND c.guarded)",
    ),
    (
        "ledger_lots",
        "ledger_lots_kept_there",
        "the account keeps no lots",
        "NOT EXISTS (SELECT 1 FROM ledger_accounts c WHERE c.id = a.account_id AND c.lots)",
    ),
    (
        "ledger_lot_moves",
        "ledger_lot_moves_of_account",
        "what moves a lot is an entry of its account",
        "NOT EXISTS (SELECT 1 FROM ledger_lots l JOIN ledger_entries e ON e.account_id = l.account_id "
        "WHERE l.transaction_id = a.lot_transaction_id AND l.line = a.lot_line "
        "AND e.transaction_id = a.transaction_id AND e.line = a.line)",
    ),
)


def _must_fit(table: str, name: str, says: str, condition: str) -> list[str]:
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {PLANNED_BY_INDEX} AS $$ BEGIN "  # noqa: S608 - our own words.
        f"IF EXISTS (SELECT 1 FROM added a WHERE {condition}) THEN RAISE EXCEPTION 'ledger: {says}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL; END $$",
        f"CREATE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def _fixed(name: str, columns: str, says: str, also: str = "false") -> str:
    new, old = (", ".join(f"{row}.{column}" for column in columns.split()) for row in ("NEW", "OLD"))
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF ({new}) IS DISTINCT FROM ({old}) OR {also} THEN RAISE EXCEPTION 'ledger: {says}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )


def _append_only(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
    )


def _kept(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_kept BEFORE DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
    )


def _each_row(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_fixed()"
    )


_KEPT_FOR_EVER = ("ledger_entries", "ledger_transactions", "ledger_assets", "ledger_lot_moves", "ledger_periods",
                  "ledger_period_balances", "ledger_seals", "ledger_seal_leaves", "ledger_checkpoints",
                  "ledger_limit_changes", "ledger_status_changes")  # fmt: skip

POSTGRESQL_INSTALL: list[str] = [
    _REFUSE,
    *[
        statement.replace("PLANNED_BY_INDEX", PLANNED_BY_INDEX)
        for statement in (_ENTRIES_CLOSED, _TRANSACTIONS_CLOSE)
    ],
    *FUNCTIONS_INSTALL,
    *map(_append_only, _KEPT_FOR_EVER),
    *map(_kept, ("ledger_accounts", "ledger_balances", "ledger_lots", "ledger_holds")),
    _fixed(
        "ledger_accounts_fixed",
        "id code asset guarded lots opened_at",
        "only the status of an account changes",
    ),
    _each_row("ledger_accounts"),
    _STATUS_CHANGES,
    "CREATE TRIGGER ledger_accounts_status BEFORE UPDATE OF status ON ledger_accounts "
    "FOR EACH ROW EXECUTE FUNCTION ledger_status_changes_needed()",
    _fixed(
        "ledger_lots_fixed",
        "transaction_id line account_id expires_at amount",
        "only what is left of a lot changes",
    ),
    _each_row("ledger_lots"),
    _fixed(
        "ledger_holds_fixed",
        "id key account_id amount held_at deadline actor subject facts",
        "a hold ends once and nothing else of it changes",
        also="OLD.status <> 'held'",
    ),
    _each_row("ledger_holds"),
    *[statement for law in _MUST_FIT for statement in _must_fit(*law)],
    _BALANCES_LIMITS,
    # Postings set the amount alone and do not pay for this.
    "CREATE TRIGGER ledger_balances_limits BEFORE UPDATE OF account_id, floor, ceiling ON ledger_balances "
    "FOR EACH ROW EXECUTE FUNCTION ledger_balances_limits()",
    "CREATE TRIGGER ledger_entries_closed AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_closed()",
    "CREATE TRIGGER ledger_transactions_close AFTER INSERT ON ledger_transactions REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_transactions_close()",
]

_TRIGGER_FUNCTIONS = ("ledger_refuse", "ledger_entries_closed", "ledger_transactions_close",
                      "ledger_accounts_fixed", "ledger_lots_fixed", "ledger_holds_fixed",
                      "ledger_balances_limits", "ledger_status_changes_needed",
                      *(name for _, name, *_ in _MUST_FIT))  # fmt: skip

# Dropping a trigger's function takes the trigger with it, wherever it hangs.
POSTGRESQL_DROP: list[str] = [
    *[f"DROP FUNCTION IF EXISTS {name}() CASCADE" for name in _TRIGGER_FUNCTIONS],
    *FUNCTIONS_DROP,
]
