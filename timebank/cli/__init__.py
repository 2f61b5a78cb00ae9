"""``python -m timebank COMMAND``: what operators do from a terminal.

Law: a command is an edge like a page: it opens the transaction, reads the clock, writes the audit trail.
Exit status 0 done, 1 said no (breaks found, rows rejected), 2 could not run, with one sentence and no traceback.
"""
