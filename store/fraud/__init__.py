"""The shop's fraud rules, one per file; they join the time bank's through ``house.fraud_rules``.

Law: a rule suspects and never proves, as in ``timebank.fraud``.
"""
