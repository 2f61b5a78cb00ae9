"""Telling people: in the page always, by e-mail where somebody confirmed an address and wants it.

Nouns: notice (what is told), address (where else it goes), delivery (one line of the outbox).
Law: a notice and its deliveries are written in the transaction of the event that they tell of; nothing leaves
the house before that transaction is committed.
"""
