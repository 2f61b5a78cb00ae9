"""Scanning in and out: rotating codes, displays, scan tickets, members' codes.

Nouns: display session, scan ticket, scan (an attempt, accepted or refused), reason.
Law: a GET never checks anybody in; every attempt is kept, refused ones too.
"""
