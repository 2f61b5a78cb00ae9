"""Reconciliation (对账): independent records compared, differences named.

Nouns: check (what it proves), break (a difference), run.
Law: a check reads, never repairs."""
