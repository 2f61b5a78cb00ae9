"""What a redemption costs through HTTP, and whether many counters fight without harm."""
