"""PostgreSQL's write path: one call to lock and read, one to write, for one transaction or for hundreds.

They decide nothing. The decision is `ledger.rules`, the same for both engines.
"""

# The planner guesses ten elements for an array that it does not know, finds its general plan dear, and so plans every
# call anew, which costs four times the work itself. And what is planned once while the tables are empty would scan
# them for ever. Both are settled here: one plan, by the indexes.
_PLANNED_ONCE = "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off"
PLANNED_BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off"

# One round trip that queues behind whoever posts the same keys, then reads what stands and locks the balances.
# Each statement inside sees what was committed while the one before it waited, which is why the order matters:
# keys first, then the accounts' balances by id.
_LOCK = """
CREATE FUNCTION ledger_lock(p_keys text[], p_wait boolean, p_codes text[])
RETURNS TABLE (code text, existing bigint, closed timestamptz, account_id bigint, asset text, scale int, status text,
               guarded boolean, lots boolean, amount bigint, held bigint, floor bigint, ceiling bigint)
LANGUAGE plpgsql PLANNED_ONCE AS $$
BEGIN
  IF p_wait THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest(p_keys) AS k;
  END IF;
  RETURN QUERY SELECT a.code::text, NULL::bigint, NULL::timestamptz, a.id, a.asset::text, s.scale::int,
                      a.status::text, a.guarded, a.lots, b.amount, b.held, b.floor, b.ceiling
                 FROM ledger_accounts a JOIN ledger_assets s ON s.code = a.asset
                 JOIN ledger_balances b ON b.account_id = a.id
                WHERE a.code = ANY (p_codes)
                ORDER BY a.id FOR NO KEY UPDATE OF b;
  RETURN QUERY SELECT t.key::text, t.id, NULL::timestamptz, NULL::bigint, NULL::text, NULL::int, NULL::text,
                      NULL::boolean, NULL::boolean, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint
                 FROM ledger_transactions t WHERE t.key = ANY (p_keys)
               UNION ALL
               SELECT a.code::text, NULL::bigint, NULL::timestamptz, a.id, a.asset::text, s.scale::int,
                      a.status::text, false, false, 0::bigint, 0::bigint, NULL::bigint, NULL::bigint
                 FROM ledger_accounts a JOIN ledger_assets s ON s.code = a.asset
                WHERE a.code = ANY (p_codes) AND NOT a.guarded
               UNION ALL
               SELECT NULL::text, NULL::bigint, max(p.closed_until), NULL::bigint, NULL::text, NULL::int, NULL::text,
                      NULL::boolean, NULL::boolean, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint
                 FROM ledger_periods p HAVING max(p.closed_until) IS NOT NULL;
END $$
"""

# Entries, then the transaction rows that close them, then the balances. The table lock, which all writers share,
# lets a close of the books wait for everybody who has a number already.
_WRITE = """
CREATE FUNCTION ledger_write(
  p_keys text[], p_digests bytea[], p_kinds text[], p_lines int[], p_effective timestamptz[],
  p_recorded timestamptz[], p_actors text[], p_subjects text[], p_reverses bigint[], p_facts text[],
  e_draft int[], e_line int[], e_account bigint[], e_amount bigint[], e_after bigint[], e_expires timestamptz[],
  b_account bigint[], b_change bigint[])
RETURNS bigint[] LANGUAGE plpgsql PLANNED_ONCE AS $$
DECLARE
  ids bigint[];
BEGIN
  LOCK TABLE ledger_transactions IN ROW EXCLUSIVE MODE;
  ids := ARRAY(SELECT nextval('ledger_transactions_id_seq') FROM generate_series(1, cardinality(p_keys)));
  INSERT INTO ledger_entries (transaction_id, line, account_id, amount, balance_after, expires_at)
       SELECT ids[e.d], e.l, e.a, e.m, e.r, e.x
         FROM unnest(e_draft, e_line, e_account, e_amount, e_after, e_expires) AS e(d, l, a, m, r, x);
  INSERT INTO ledger_transactions
         (id, key, digest, kind, lines, effective_at, recorded_at, actor, subject, reverses, facts)
       SELECT * FROM unnest(ids, p_keys, p_digests, p_kinds, p_lines, p_effective, p_recorded, p_actors,
                            p_subjects, p_reverses, p_facts);
  UPDATE ledger_balances b SET amount = b.amount + c.change
    FROM unnest(b_account, b_change) AS c(account, change) WHERE b.account_id = c.account;
  RETURN ids;
END $$
"""

# Only accounts whose holdings lapse pay for this call.
_WRITE_LOTS = """
CREATE FUNCTION ledger_write_lots(
  l_transaction bigint[], l_line int[], l_account bigint[], l_expires timestamptz[], l_amount bigint[],
  m_transaction bigint[], m_line int[], m_lot bigint[], m_lot_line int[], m_amount bigint[], m_returns bigint[])
RETURNS void LANGUAGE plpgsql PLANNED_ONCE AS $$
BEGIN
  INSERT INTO ledger_lots (transaction_id, line, account_id, expires_at, amount, "left")
       SELECT l.t, l.n, l.a, l.x, l.m, l.m
         FROM unnest(l_transaction, l_line, l_account, l_expires, l_amount) AS l(t, n, a, x, m);
  INSERT INTO ledger_lot_moves (transaction_id, line, lot_transaction_id, lot_line, amount, returns)
       SELECT * FROM unnest(m_transaction, m_line, m_lot, m_lot_line, m_amount, m_returns);
  UPDATE ledger_lots l SET "left" = l."left" + c.change
    FROM (SELECT m.t, m.n, sum(m.m) AS change FROM unnest(m_lot, m_lot_line, m_amount) AS m(t, n, m)
           GROUP BY m.t, m.n) AS c
   WHERE l.transaction_id = c.t AND l.line = c.n;
END $$
"""

FUNCTIONS_INSTALL: list[str] = [
    statement.replace("PLANNED_ONCE", _PLANNED_ONCE) for statement in (_LOCK, _WRITE, _WRITE_LOTS)
]

FUNCTIONS_DROP: list[str] = [
    "DROP FUNCTION IF EXISTS ledger_lock(text[], boolean, text[])",
    """DROP FUNCTION IF EXISTS ledger_write(text[], bytea[], text[], int[], timestamptz[], timestamptz[], text[], text[],
       bigint[], text[], int[], int[], bigint[], bigint[], bigint[], timestamptz[], bigint[], bigint[])""",
    """DROP FUNCTION IF EXISTS ledger_write_lots(bigint[], int[], bigint[], timestamptz[], bigint[],
       bigint[], int[], bigint[], int[], bigint[], bigint[])""",
]
