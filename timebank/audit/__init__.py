"""The audit trail: who did what, when, on whom. Law: lines are added in the act's own transaction and never change."""
