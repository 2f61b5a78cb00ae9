"""Work that outlives a request, and what happens every night.

Nouns: job, kind of job, runner, lease.
Law: the database is the queue; a job is taken by one runner at a time and, if that runner dies, by the next.
"""
