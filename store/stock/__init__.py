"""What is on the shelf: append-only movements, each with its ledger transaction.

Law: stock changes only by a movement, and a movement is posted in the same books as the points:
product units are an asset, a shop's shelf an account that never goes below zero.
"""
