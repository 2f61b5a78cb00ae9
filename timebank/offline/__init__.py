"""The roster that works without network: taken before, scanned or ticked on the spot, uploaded afterwards.

Nouns: assignment, roster (one download to one device), offline scan, conflict.
Law: the device proves nothing by itself. What it uploads is kept as it came and judged again here; what is odd
waits for somebody other than the one who recorded it.
"""
