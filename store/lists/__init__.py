"""Lists as files: what a page shows, as it is filtered, as XLSX or CSV with names in it; long ones by the queue.

Law: a file holds what its maker may see at the moment it is written, and nothing in it is a formula.
"""
