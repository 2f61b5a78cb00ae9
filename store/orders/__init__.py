"""Orders: goods against points, their receipts and returns.

Law: a finished order never changes; a return is a document of its own that reverses what it names.
"""
