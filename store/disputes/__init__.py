"""“This was not me”: a member says that she did not redeem; her points stand still until somebody has decided.

Nouns: dispute, decision.
Law: a report is never changed or taken away; what is decided is written beside it, and the newest decision holds.
"""
