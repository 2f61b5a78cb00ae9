"""Fraud (防欺诈): likely cheats put before a person with their evidence.

Nouns: rule (what it looks for), alert (it fired, with its numbers), case (alerts about the same people),
decision, signature, appeal, draw (a random audit).
Law: a rule suspects and never proves; only people decide, never about themselves, their household or their own unit.
"""
