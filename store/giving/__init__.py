"""Giving points away: to one's family, or into the pool that pays for concession prices.

Nouns: gift (to a member of the household), donation (to an organisation's pool).
Law: nobody gives what is not theirs to spend, and nothing comes back by itself.
"""
