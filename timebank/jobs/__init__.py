"""Work that outlives a request: the database is the queue, one runner takes one job at a time."""
