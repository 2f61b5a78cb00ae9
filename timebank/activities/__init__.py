"""Activities, their shifts, and sign-ups.

Law: an activity is published before it begins; the points rule is shown before it is published.
"""
