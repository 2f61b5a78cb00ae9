"""The ledger: double-entry books in one small package.

Nouns: asset, account, transaction (with its entries), balance, lot, hold, period, seal.
One law: a transaction is posted whole, sums to zero in each asset, and is never changed afterwards;
the database itself refuses anything else. This package knows SQLAlchemy and decimal, nothing about
volunteers, shops or web pages.

Sign convention: a positive entry credits the account's owner (what a member *has* is positive),
so the issuing account runs below zero by exactly what is in circulation.
"""

# Importing the triggers with the tables makes sure that no one creates one without the other.
from ledger import ddl as ddl
