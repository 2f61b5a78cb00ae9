"""Making the checks and keeping the result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from timebank.reconcile import marks
from timebank.reconcile.checks import Break, Check, Range, Since
from timebank.reconcile.errors import CheckFailed
from timebank.reconcile.models import ReconciliationRun

# A ruined database must not fill memory or the screen; how many more there are is still counted.
LISTED_BREAKS = 1000


@dataclass(frozen=True)
class Outcome:
    """What one check found.

    Attributes:
        breaks: the first ``LISTED_BREAKS``; ``unlisted`` is how many more there are.
    """

    check: Check
    examined: int
    breaks: tuple[Break, ...]
    unlisted: int = 0
    incremental: bool = False

    @property
    def count(self) -> int:
        """How many breaks there are."""
        return len(self.breaks) + self.unlisted


@dataclass(frozen=True)
class Result:
    """All checks of one run.

    Attributes:
        marks: what the run had behind it when it began; the next incremental one begins there.
    """

    outcomes: tuple[Outcome, ...]
    marks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mode(self) -> str:
        """``incremental`` where a check has left to an earlier run what that had proved; else ``full``."""
        return "incremental" if any(outcome.incremental for outcome in self.outcomes) else "full"

    @property
    def clean(self) -> bool:
        """Whether no check found anything."""
        return not self.count

    @property
    def count(self) -> int:
        """How many breaks there are in all."""
        return sum(outcome.count for outcome in self.outcomes)

    def published(self) -> dict[str, Any]:
        """The result in the form that programs read, with the sentences filled in."""
        checks = [
            {
                "code": outcome.check.code,
                "kind": outcome.check.kind,
                "proves": outcome.check.proves,
                "examined": outcome.examined,
                "incremental": outcome.incremental,
                "breaks": [
                    {"subject": one.subject, "says": said(one), "facts": dict(one.facts)}
                    for one in outcome.breaks
                ],
            }
            for outcome in self.outcomes
        ]
        return {"checks": checks, "clean": self.clean, "mode": self.mode}

    def kept(self) -> dict[str, Any]:
        """The result as stored: sentences as message ids, so that each reader gets their own language."""
        checks = [
            {
                "code": outcome.check.code,
                "examined": outcome.examined,
                "unlisted": outcome.unlisted,
                "incremental": outcome.incremental,
                "breaks": [
                    {"subject": one.subject, "says": one.says, "facts": dict(one.facts)}
                    for one in outcome.breaks
                ],
            }
            for outcome in self.outcomes
        ]
        return {"checks": checks, "clean": self.clean, "mode": self.mode, "marks": dict(self.marks)}

    def lines(self) -> list[str]:
        """The result for a terminal."""
        lines = []
        for outcome in self.outcomes:
            found = f"{outcome.count} differences" if outcome.count else "clean"
            how = "examined, new ones" if outcome.incremental else "examined"
            lines.append(f"{found:<16} {outcome.check.code} ({outcome.examined} {how})")
            lines += [f"    {one.subject}: {said(one)}" for one in outcome.breaks]
            if outcome.unlisted:
                lines.append(f"    … and {outcome.unlisted} more")
        lines.append("The books agree." if self.clean else f"{self.count} differences found.")
        return lines


def said(one: Break) -> str:
    """A break's sentence in English with its facts."""
    return one.says % one.facts if one.facts else one.says


def see_one_moment(session: Session) -> None:
    """Make everything that ``session`` reads from now on come from one moment. Call it first.

    PostgreSQL would otherwise show each statement the newest rows, and postings made in between would
    look like differences; SQLite's transactions are that way by themselves.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        # What is streamed here is read to its end; the server would plan for somebody who wants the first tenth.
        session.execute(text("SET LOCAL cursor_tuple_fraction = 1"))


def examine(
    session: Session, checks: Sequence[Check], within: Range, since: Mapping[str, Since] | None = None
) -> Result:
    """Make all ``checks`` that can be made of ``within``; reads only.

    Args:
        since: check → from where on it looks; the others look at everything.

    Raises:
        CheckFailed: one could not be made.
    """
    made = [check for check in checks if within.path is None or not check.everywhere_only]
    begins = since or {}
    outcomes = tuple(
        _examine_one(session, check, replace(within, since=begins.get(check.code))) for check in made
    )
    return Result(outcomes, marks.of_now(session, within.at, made))


def _examine_one(session: Session, check: Check, within: Range) -> Outcome:
    try:
        examined = check.count(session, within)
        found = iter(check.find(session, within))
        breaks = tuple(islice(found, LISTED_BREAKS))
        unlisted = sum(1 for _ in found)
    except Exception as problem:
        raise CheckFailed(check=check.code, problem=f"{type(problem).__name__}: {problem}") from problem
    return Outcome(check, examined, breaks, unlisted, within.since is not None)


def keep(
    session: Session,
    result: Result,
    *,
    organisation_id: int | None,
    started_by: str,
    started_at: datetime,
    finished_at: datetime,
) -> ReconciliationRun:
    """Store a run, so that today can be compared with yesterday."""
    run = ReconciliationRun(
        organisation_id=organisation_id,
        started_at=started_at,
        finished_at=finished_at,
        clean=result.clean,
        breaks=result.count,
        result=result.kept(),
        started_by=started_by,
    )
    session.add(run)
    session.flush()
    return run
