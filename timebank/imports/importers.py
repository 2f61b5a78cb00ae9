"""What an importer is, and the four of the time bank. The shop adds ``goods`` to ``house.importers``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.keys import Keyring
from timebank.imports.headers import Register
from timebank.imports.judges.verdicts import Accepted, Verdict
from timebank.imports.tables import Table


@dataclass(frozen=True)
class ImportContext:
    """Who imports, when, and where to.

    Attributes:
        timezone: the county's, in which the registers' dates and times are meant.
        run_id: the import run; None while a file is only previewed.
        place: what the register goes into where that is a choice, such as a shop's id or name.
    """

    actor: Actor
    at: datetime
    timezone: ZoneInfo
    keyring: Keyring
    run_id: int | None = None
    place: str | None = None

    @property
    def today(self) -> date:
        """The county's own day."""
        return self.at.astimezone(self.timezone).date()


Progress = Callable[[int], None]
"""Is told how many rows are done."""


@dataclass(frozen=True)
class Notice:
    """A sentence (English message id) with its facts, for whoever is about to import."""

    sentence: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Importer:
    """How one register is judged against the database and created.

    Attributes:
        label: English message id.
        judge: reads only, and asks for the whole file at once, never per row.
        create: makes the accepted rows that are not known yet, through the rooms' services; flushes, never commits.
        places: what the register may go into, as (value, label); None where there is nothing to choose.
        foresee: what the reader should know of the new rows before they are taken.
    """

    register: Register
    label: str
    judge: Callable[[Session, Table, ImportContext], Verdict[Any]]
    create: Callable[[Session, Sequence[Accepted[Any]], ImportContext, Progress], None]
    places: Callable[[Session, Actor], Sequence[tuple[str, str]]] | None = None
    foresee: Callable[[Session, Sequence[Accepted[Any]], ImportContext], Sequence[Notice]] | None = None
