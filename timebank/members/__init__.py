"""Members: volunteers and residents, their numbers, cards and one-minute codes.

Nouns: member, volunteer number, card (and its generation), personal code, PIN.
Law: identity numbers are encrypted at rest, found only by a keyed hash, and shown masked.
"""
