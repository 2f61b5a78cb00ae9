"""PostgreSQL's form of the laws: statement triggers over transition tables, and the two functions of the write path.

Statement triggers look at all new rows at once, so a batch of 500 pays for one check and not for 500.
"""

_REFUSE = """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = 'integrity_constraint_violation';
END $$
"""

_ENTRIES_CLOSED = """
CREATE FUNCTION ledger_entries_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_transactions t
              WHERE t.id IN (SELECT a.transaction_id FROM added a)) THEN
    RAISE EXCEPTION 'ledger: the transaction is closed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""

_TRANSACTIONS_SUMS = """
CREATE FUNCTION ledger_transactions_sums() RETURNS trigger LANGUAGE plpgsql AS $$
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
  RETURN NULL;
END $$
"""

_ACCOUNTS_FIXED = """
CREATE FUNCTION ledger_accounts_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.code, NEW.asset, NEW.guarded, NEW.opened_at)
     IS DISTINCT FROM (OLD.id, OLD.code, OLD.asset, OLD.guarded, OLD.opened_at) THEN
    RAISE EXCEPTION 'ledger: only the status of an account changes'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""

# One round trip that queues behind whoever posts the same keys, then reads what stands and locks the balances.
# Each statement inside sees what was committed while the one before it waited, which is why the order matters:
# keys first, then the accounts' balances by id.
_LOCK = """
CREATE FUNCTION ledger_lock(p_keys text[], p_wait boolean, p_codes text[])
RETURNS TABLE (code text, existing bigint, account_id bigint, asset text, scale int, status text, guarded boolean,
               amount bigint, held bigint, floor bigint, ceiling bigint)
LANGUAGE plpgsql AS $$
BEGIN
  IF p_wait THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest(p_keys) AS k;
  END IF;
  RETURN QUERY SELECT t.key::text, t.id, NULL::bigint, NULL::text, NULL::int, NULL::text, NULL::boolean,
                      NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint
                 FROM ledger_transactions t WHERE t.key = ANY (p_keys);
  RETURN QUERY SELECT a.code::text, NULL::bigint, a.id, a.asset::text, s.scale::int, a.status::text, a.guarded,
                      NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint
                 FROM ledger_accounts a JOIN ledger_assets s ON s.code = a.asset
                WHERE a.code = ANY (p_codes) AND NOT a.guarded;
  RETURN QUERY SELECT a.code::text, NULL::bigint, a.id, a.asset::text, s.scale::int, a.status::text, a.guarded,
                      b.amount, b.held, b.floor, b.ceiling
                 FROM ledger_accounts a JOIN ledger_assets s ON s.code = a.asset
                 JOIN ledger_balances b ON b.account_id = a.id
                WHERE a.code = ANY (p_codes) AND a.guarded
                ORDER BY a.id FOR NO KEY UPDATE OF b;
END $$
"""

# Entries, then the transaction rows that close them, then the balances: one round trip for one or for hundreds.
_WRITE = """
CREATE FUNCTION ledger_write(
  p_keys text[], p_digests bytea[], p_kinds text[], p_lines int[], p_effective timestamptz[],
  p_recorded timestamptz[], p_actors text[], p_subjects text[], p_reverses bigint[], p_facts text[],
  e_draft int[], e_line int[], e_account bigint[], e_amount bigint[], e_after bigint[],
  b_account bigint[], b_change bigint[])
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[];
BEGIN
  ids := ARRAY(SELECT nextval('ledger_transactions_id_seq') FROM generate_series(1, cardinality(p_keys)));
  INSERT INTO ledger_entries (transaction_id, line, account_id, amount, balance_after)
       SELECT ids[d], l, a, m, r FROM unnest(e_draft, e_line, e_account, e_amount, e_after) AS e(d, l, a, m, r);
  INSERT INTO ledger_transactions
         (id, key, digest, kind, lines, effective_at, recorded_at, actor, subject, reverses, facts)
       SELECT * FROM unnest(ids, p_keys, p_digests, p_kinds, p_lines, p_effective, p_recorded, p_actors,
                            p_subjects, p_reverses, p_facts);
  UPDATE ledger_balances b SET amount = b.amount + c.change
    FROM unnest(b_account, b_change) AS c(account, change) WHERE b.account_id = c.account;
  RETURN ids;
END $$
"""


def _append_only(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
    )


POSTGRESQL_INSTALL: list[str] = [
    _REFUSE,
    _ENTRIES_CLOSED,
    _TRANSACTIONS_SUMS,
    _ACCOUNTS_FIXED,
    _LOCK,
    _WRITE,
    _append_only("ledger_entries"),
    _append_only("ledger_transactions"),
    _append_only("ledger_assets"),
    "CREATE TRIGGER ledger_accounts_kept BEFORE DELETE OR TRUNCATE ON ledger_accounts "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()",
    "CREATE TRIGGER ledger_accounts_fixed BEFORE UPDATE ON ledger_accounts "
    "FOR EACH ROW EXECUTE FUNCTION ledger_accounts_fixed()",
    "CREATE TRIGGER ledger_entries_closed AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_closed()",
    "CREATE TRIGGER ledger_transactions_sums AFTER INSERT ON ledger_transactions REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_transactions_sums()",
]

# Dropping a trigger's function takes the trigger with it, wherever it hangs.
POSTGRESQL_DROP: list[str] = [
    "DROP FUNCTION IF EXISTS ledger_refuse() CASCADE",
    "DROP FUNCTION IF EXISTS ledger_entries_closed() CASCADE",
    "DROP FUNCTION IF EXISTS ledger_transactions_sums() CASCADE",
    "DROP FUNCTION IF EXISTS ledger_accounts_fixed() CASCADE",
    "DROP FUNCTION IF EXISTS ledger_lock(text[], boolean, text[])",
    """DROP FUNCTION IF EXISTS ledger_write(text[], bytea[], text[], int[], timestamptz[], timestamptz[], text[], text[],
       bigint[], text[], int[], int[], bigint[], bigint[], bigint[], bigint[], bigint[])""",
]
