"""One cell in, one clean value out, or ``Unacceptable`` with the code that tells the office why.

Pure functions over plain values. Each takes a cell as the sheet holds it; a blank cell is ``MISSING``
unless the function says that it gives ``None``. A cell that begins with “=” is ``FORMULA`` everywhere.
"""
