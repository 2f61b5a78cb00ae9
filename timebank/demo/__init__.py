"""The demo town: a year of a small town's life, seeded, built through the services.

Nouns: town (what a step is given), size, step.
Law: a demo database holds the town and nothing else, says so on every page, and is removed whole.
"""
