"""The time bank's checks, all of them, in the order in which they are reported."""

from timebank.reconcile.checks import Check

CHECKS: tuple[Check, ...] = ()
