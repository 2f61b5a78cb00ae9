"""The charity warehouse (义仓义集): donated goods given to people by name, or sold at a fair for points.

Nouns: handout (goods given to somebody without points), fair (some days on which a shop sells donated goods).
Law: whatever was donated can be followed from its donor to whoever has it now.
"""
