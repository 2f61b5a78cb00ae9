"""Services that were redeemed: agreed for a day, and confirmed by whoever provides them.

Nouns: appointment, event, provider.
Law: a service counts as given only when its provider says so, not when the points are taken.
"""
