"""Merchants, funders, and what is owed to whom: contracts, statements from the books, payments; sheets for the public.

Nouns: merchant (a counter of its own), contract (a rate and a period), settlement (a statement), payment, public sheet.
Law: a statement is drawn from the books and from nothing else; every posting stands on one statement at most; both
sides confirm it, two different people; it is paid once.
"""
