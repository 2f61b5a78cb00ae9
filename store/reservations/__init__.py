"""Reservations: goods and points that are kept for a member until she, or somebody she sends, collects them.

Nouns: wish (a line of one's own basket), reservation, pick-up code, delegate.
Law: a reservation is a hold in the books, of the points and of every product at once; whoever ends it
gives both back at once, and the unit that was reserved goes to nobody else.
"""
