"""What somebody with the triggers gone may do to the books, the check that tells, and what it says."""

TAMPERINGS: list[tuple[str, str, str, tuple[str, str]]] = [
    (
        "an amount",
        "UPDATE ledger_entries SET amount = amount * 2 WHERE transaction_id = 2",
        "digests_follow",
        ("transaction:2", "was altered"),
    ),
    (
        "the actor",
        "UPDATE ledger_transactions SET actor = 'somebody' WHERE id = 1",
        "digests_follow",
        ("transaction:1", "was altered"),
    ),
    (
        "the effective time by a microsecond",
        "UPDATE ledger_transactions SET effective_at = recorded_at_changed WHERE id = 4",
        "digests_follow",
        ("transaction:4", "was altered"),
    ),
    (
        "an expiry",
        "UPDATE ledger_entries SET expires_at = NULL WHERE transaction_id = 3",
        "digests_follow",
        ("transaction:3", "was altered"),
    ),
    (
        "the code of an account",
        "UPDATE ledger_accounts SET code = 'member:thief:points' WHERE code = 'member:li:points'",
        "digests_follow",
        ("transaction:1", "was altered"),
    ),
    (
        "the digest too",
        "UPDATE ledger_transactions SET digest = (SELECT digest FROM ledger_transactions WHERE id = 1) WHERE id = 2",
        "seals_recompute",
        ("transaction:2", "differs from what was sealed"),
    ),
    (
        "the leaf",
        "UPDATE ledger_seal_leaves SET leaf = (SELECT head FROM ledger_seals WHERE id = 1) WHERE transaction_id = 2",
        "seals_recompute",
        ("seal:1", "root does not follow from its transactions"),
    ),
    (
        "a seal",
        "UPDATE ledger_seals SET root = previous",
        "seals_recompute",
        ("seal:1", "head does not follow from its parts"),
    ),
    (
        "a sealed transaction away",
        "DELETE FROM ledger_transactions WHERE id = 1",
        "journal_sealed_or_queued",
        ("transaction:1", "was removed"),
    ),
    (
        "an unsealed transaction away",
        "DELETE FROM ledger_transactions WHERE id = 4",
        "journal_sealed_or_queued",
        ("transaction:4", "was removed"),
    ),
    (
        "an entry away",
        "DELETE FROM ledger_entries WHERE transaction_id = 1 AND line = 0",
        "transactions_complete",
        ("transaction:1", "entries are missing or added"),
    ),
    (
        "an entry in",
        "INSERT INTO ledger_entries (transaction_id, line, account_id, amount) VALUES (2, 5, 1, 7)",
        "entries_sum_to_zero",
        ("transaction:2", "entries do not sum to zero"),
    ),
    (
        "entries without a transaction",
        "INSERT INTO ledger_entries (transaction_id, line, account_id, amount) VALUES (99, 0, 1, 7)",
        "transactions_complete",
        ("transaction:99", "entries without their transaction"),
    ),
    (
        "a transaction in",
        "INSERT INTO ledger_transactions (id, key, digest, kind, lines, effective_at, recorded_at, actor, subject, facts) "
        "SELECT 50, 'x', digest, kind, lines, effective_at, recorded_at, actor, subject, facts "
        "FROM ledger_transactions WHERE id = 1",
        "journal_sealed_or_queued",
        ("transaction:50", "was inserted behind the ledger's back"),
    ),
    (
        "a balance",
        "UPDATE ledger_balances SET amount = amount + 100",
        "balances_equal_entries",
        ("account:member:li:points", "balance differs from its entries"),
    ),
    (
        "what is held",
        "UPDATE ledger_balances SET held = 0",
        "holds_equal_balances",
        ("account:member:li:points", "held amount differs from the holds"),
    ),
    (
        "what is left of a lot",
        'UPDATE ledger_lots SET "left" = 6',
        "lots_equal_balances",
        ("account:member:li:lapsing", "lots differ from the balance"),
    ),
    (
        "a lot's move",
        "UPDATE ledger_lot_moves SET amount = -1",
        "lots_equal_balances",
        ("lot:3.1", "what is left of a lot does not follow from its entry and what was taken"),
    ),
    (
        "a checkpoint",
        "UPDATE ledger_checkpoints SET amount = 0",
        "checkpoints_equal_entries",
        ("account:org:1:issued", "checkpoint differs from its entries"),
    ),
    (
        "a running balance",
        "UPDATE ledger_entries SET balance_after = balance_after + 1 WHERE transaction_id = 2",
        "running_balances_follow",
        ("account:member:li:points", "running balances do not follow"),
    ),
    (
        "a running balance where there is none",
        "UPDATE ledger_entries SET balance_after = 5 WHERE transaction_id = 1 AND balance_after IS NULL",
        "running_balances_follow",
        ("account:org:1:issued", "running balances do not follow"),
    ),
    (
        "the decimals of an asset",
        "UPDATE ledger_assets SET scale = 3",
        "assets_keep_their_decimals",
        ("asset:POINTS", "is kept in other decimals"),
    ),
    (
        "when a lot lapses",
        "UPDATE ledger_lots SET expires_at = NULL",
        "lots_follow_entries",
        ("lot:3.1", "does not lapse when its entry says, or not on its account"),
    ),
    (
        "the status of an account",
        "UPDATE ledger_accounts SET status = 'closed' WHERE code = 'member:li:lapsing'",
        "status_follows_changes",
        ("account:member:li:lapsing", "its status is not that of its last change"),
    ),
    (
        "a floor of an account with lots",
        "UPDATE ledger_balances SET floor = -1000000",
        "limits_follow_changes",
        ("account:member:li:lapsing", "keeps lots and may owe"),
    ),
]

# The same on books that were closed and where a limit was changed.
LATER_TAMPERINGS: list[tuple[str, str, str, tuple[str, str]]] = [
    (
        "a balance at a close",
        "UPDATE ledger_period_balances SET amount = amount * 100",
        "periods_recompute",
        ("period:1", "balance at the close differs from its entries"),
    ),
    (
        "the balances at a close away",
        "DELETE FROM ledger_period_balances",
        "periods_recompute",
        ("period:1", "balance at the close differs from its entries"),
    ),
    (
        "the moment of a close",
        "UPDATE ledger_periods SET closed_until = '2001-01-01 00:00:00.000000'",
        "periods_recompute",
        ("period:1", "balance at the close differs from its entries"),
    ),
    (
        "a floor",
        "UPDATE ledger_balances SET floor = -1000000",
        "limits_follow_changes",
        ("account:member:li:points", "limits are not those of the last change"),
    ),
    (
        "who closed an account",
        "DELETE FROM ledger_status_changes",
        "status_follows_changes",
        ("account:org:1:redeemed", "its status is not that of its last change"),
    ),
    (
        "the first of two changes",
        "DELETE FROM ledger_status_changes WHERE id = 1",
        "status_follows_changes",
        ("account:member:li:points", "a change of its status does not begin where the one before ended"),
    ),
    (
        "an unsealed transaction with everything of it",
        "DELETE FROM ledger_unsealed WHERE transaction_id = 4; DELETE FROM ledger_entries WHERE transaction_id = 4; "
        "DELETE FROM ledger_transactions WHERE id = 4",
        "balances_equal_entries",
        ("account:member:li:lapsing", "balance differs from its entries"),
    ),
]
