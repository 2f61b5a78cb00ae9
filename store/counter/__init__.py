"""The counter: identify, scan, agree, hand over.

Nouns: basket, basket line. A basket is working paper that the server keeps, so that a closed tab, a
dead phone or a second press loses nothing and sells nothing twice; only ``store.orders`` sells.
Law: whose points are spent is decided by the code, card or PIN that was shown, never by the form.
"""
