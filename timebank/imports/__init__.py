"""Old registers come in: read, cleaned, judged row by row, created through the rooms' own services.

Nouns: sheet (what is in the file), table (a register found on a sheet), draft (a row being judged),
verdict (accepted rows and rejections), import run (one file from upload to result).

Its one law: a register is taken as a careful clerk takes it. Nothing is guessed that could mean two
things, every row sent back names its column and its reason, and reading a file twice changes nothing.

``sheets``, ``workbooks``, ``delimited``, ``tables``, ``headers``, ``cleaning`` and ``judges`` are pure; only
``service`` and ``lookups`` see the database.
"""
