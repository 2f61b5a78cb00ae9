"""A town that lives by itself, to measure the fraud rules: honest people as messy as real ones, and planted cheats.

Nouns: world (the town while it lives), person, occasion, plant, label (the truth, kept apart).
Law: everybody acts through the services that the pages call; what is true stands in the labels, never in the database.
"""
