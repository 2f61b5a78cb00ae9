"""Reconciliation (对账): independent records compared, differences named.

Nouns: check (what it proves), break (one difference), range (what a run looks at), run.
Law: a check reads, never repairs.
"""
