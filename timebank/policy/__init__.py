"""The county's published rules: categories, points rules, settings with limits.

Nouns: category, points rule (a dated version), setting.
Law: a rule that has paid anybody never changes; a new version with its own dates replaces it.
"""
