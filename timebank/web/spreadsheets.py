"""Tables to take away: what a spreadsheet shows and never runs."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from flask import Response

# What a spreadsheet takes for the beginning of a formula, in full width too, as Chinese keyboards write it.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(text: str) -> str:
    """``text`` as a spreadsheet shows it and never runs it (OWASP, CSV injection): an apostrophe goes before."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A CSV file to save as ``name``; texts are defused, numbers stay what they are.

    UTF-8 with a mark at the beginning, by which spreadsheet programs know Chinese when they see it.
    """
    written = StringIO()
    lines = csv.writer(written)
    for cells in (header, *rows):
        lines.writerow([defused(cell) if isinstance(cell, str) else cell for cell in cells])
    answer = Response("\ufeff" + written.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
