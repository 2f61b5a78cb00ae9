"""How far running imports are, for the page that somebody watches.

On SQLite the import itself holds the one write lock, so its progress is kept in this process, which serves
the page too; on PostgreSQL it is written beside the import, for whichever process serves the page.
"""

from sqlalchemy import update

from timebank.db import Database
from timebank.imports.models import ImportRun

# Run id → rows done. Entries vanish when their run ends.
_HERE: dict[int, int] = {}


class Reporter:
    """Tells the progress of one run; a context that forgets it at the end."""

    def __init__(self, database: Database, run_id: int) -> None:
        self._database = database
        self._run_id = run_id

    def __call__(self, rows_done: int) -> None:
        """Report ``rows_done``."""
        _HERE[self._run_id] = rows_done
        if self._database.engine.dialect.name != "sqlite":
            with self._database.transaction() as session:
                session.execute(
                    update(ImportRun).where(ImportRun.id == self._run_id).values(rows_done=rows_done)
                )

    def __enter__(self) -> "Reporter":
        return self

    def __exit__(self, *_: object) -> None:
        _HERE.pop(self._run_id, None)


def rows_done(run: ImportRun) -> int:
    """How many rows of a run are done, as far as this process can tell."""
    return max(_HERE.get(run.id, 0), run.rows_done)
