"""Importing a file: previewed, then taken whole, or its good rows, or not at all."""

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.audit import service as audit
from timebank.imports.errors import ImportRunAbsent, ImportRunOver, NothingToImport, RowsRejected
from timebank.imports.importers import ImportContext, Importer, Notice, Progress
from timebank.imports.judges.verdicts import Verdict
from timebank.imports.models import ImportRun
from timebank.imports.rejections import Rejection
from timebank.imports.sealing import (
    SentBackRows,
    masked_value,
    open_file,
    open_rows,
    seal_file,
    seal_rows,
    sent_back_rows,
)
from timebank.imports.sheets import read_sheets
from timebank.imports.tables import Table, find_table
from timebank.orgs.queries import only_county

# Uploads that nobody started, and lists of rejected rows that nobody fetched, are personal data without a purpose.
PREVIEW_KEPT = timedelta(days=1)
SENT_BACK_KEPT = timedelta(days=30)
_WAITING, _STARTABLE, _ENDED = "previewed", ("queued", "running", "failed"), ("done", "refused")


@dataclass(frozen=True)
class Judged:
    """A file's table and what was decided about its rows."""

    table: Table
    verdict: Verdict[Any]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a file. ``accepted`` counts good rows whether or not they were taken; ``created`` what is new."""

    read: int
    accepted: int
    created: int
    rejected: tuple[Rejection, ...]

    def as_json(self) -> dict[str, Any]:
        """The public form, with the cells as they stand in the file."""
        rows = [
            {"row": one.row, "column": one.column, "code": one.code.value, "value": one.value}
            for one in self.rejected
        ]
        return {"read": self.read, "accepted": self.accepted, "created": self.created, "rejected": rows}


def judge(
    session: Session, *, importer: Importer, content: bytes, context: ImportContext, sheet: str | None = None
) -> Judged:
    """Read and judge a file; changes nothing. Raises a kind of ``UnreadableFile``."""
    table = find_table(read_sheets(content), importer.register, sheet_name=sheet)
    verdict = importer.judge(session, table, context)
    new = verdict.new
    notices = importer.foresee(session, new, context) if importer.foresee and new else ()
    return Judged(table, verdict, tuple(notices))


def outcome_of(judged: Judged, *, created: int = 0) -> Outcome:
    """The judgement as an outcome of which nothing, or ``created`` rows, came into being."""
    verdict = judged.verdict
    return Outcome(verdict.read, len(verdict.accepted), created, tuple(verdict.rejected))


def keep_preview(
    session: Session,
    *,
    importer: Importer,
    content: bytes,
    file_name: str,
    organisation_id: int | None,
    judged: Judged,
    context: ImportContext,
) -> ImportRun:
    """A run that waits for its person's decision, with the file sealed until then."""
    run = ImportRun(
        organisation_id=organisation_id,
        register=importer.register.code,
        file_name=file_name[-200:],
        file_digest=hashlib.sha256(content).hexdigest(),
        content=seal_file(context.keyring, content),
        partial=False,
        status=_WAITING,
        rows_total=judged.verdict.read,
        result=_result(judged, outcome_of(judged)) | {"place": context.place},
        created_by=context.actor.label,
        created_at=context.at,
    )
    session.add(run)
    session.flush()
    return run


def queue(session: Session, *, run: ImportRun, partial: bool) -> None:
    """Let a previewed run begin.

    Raises:
        ImportRunOver: it has been started or thrown away.
        NothingToImport: no row is good.
        RowsRejected: rows were sent back, and ``partial`` was not asked for.
    """
    locked = session.scalar(select(ImportRun.status).where(ImportRun.id == run.id).with_for_update())
    if locked != _WAITING:
        raise ImportRunOver
    preview = run.result or {}
    if not preview.get("accepted"):
        raise NothingToImport
    if preview["rejected"] and not partial:
        raise RowsRejected(count=len(preview["rejected"]))
    run.partial, run.status = partial, "queued"
    session.flush()


def discard(session: Session, *, run: ImportRun, at: datetime) -> None:
    """Throw a previewed run away with its file; raises ``ImportRunOver``."""
    if run.status != _WAITING:
        raise ImportRunOver
    _end(run, status="cancelled", at=at)
    session.flush()


def is_startable(run: ImportRun) -> bool:
    """Whether a job may carry the run out: queued, or begun by a job that did not end it."""
    return run.status in _STARTABLE and run.content is not None


def judge_again(session: Session, *, run: ImportRun, importer: Importer, context: ImportContext) -> Judged:
    """Judge the file of a startable run: what is known may have changed since its preview."""
    assert run.content is not None, "only a startable run has its file"
    options = run.result or {}
    context = replace(context, place=options.get("place"))
    content = open_file(context.keyring, run.content)
    return judge(
        session, importer=importer, content=content, context=context, sheet=options.get("sheet") or None
    )


def carry_out(
    session: Session,
    *,
    run: ImportRun,
    importer: Importer,
    judged: Judged,
    context: ImportContext,
    progress: Progress,
) -> Outcome:
    """Take a judged file: whole, its good rows where ``run.partial``, or not at all.

    Everything happens in the caller's transaction, in which the file was judged and the run is closed.
    """
    context = replace(context, run_id=run.id, place=(run.result or {}).get("place"))
    new = judged.verdict.new
    taken = run.partial or not judged.verdict.rejected
    if taken and new:
        importer.create(session, new, context, progress)
    outcome = outcome_of(judged, created=len(new) if taken else 0)
    run.result = _result(judged, outcome)
    run.rows_total = judged.verdict.read
    run.rows_done = run.rows_total if taken else 0
    _end(run, status="done" if taken else "refused", at=context.at)
    if outcome.rejected:
        run.content = seal_rows(context.keyring, sent_back_rows(judged.table, judged.verdict.rejected))
    if run.organisation_id is None:
        # The first register of a new county makes the county itself.
        county = only_county(session)
        run.organisation_id = county.id if county else None
    session.flush()
    _audit(session, run, outcome, context)
    return outcome


def has_sent_back_rows(run: ImportRun) -> bool:
    """Whether :func:`rows_sent_back` has something to give."""
    return (
        bool((run.result or {}).get("rejected"))
        and run.content is not None
        and run.status in (_WAITING, *_ENDED)
    )


def rows_sent_back(
    session: Session, *, run: ImportRun, importer: Importer, context: ImportContext
) -> SentBackRows:
    """The rejected rows whole, for the office to correct: of a waiting run by judging its file again.

    Raises:
        ImportRunAbsent: nothing was sent back, or it has been forgotten.
    """
    if not has_sent_back_rows(run):
        raise ImportRunAbsent
    assert run.content is not None, "a run with rows sent back has them"
    if run.status == _WAITING:
        judged = judge_again(session, run=run, importer=importer, context=context)
        return sent_back_rows(judged.table, judged.verdict.rejected)
    return open_rows(context.keyring, run.content)


def fail(session: Session, *, run: ImportRun, code: str, sentence: str, at: datetime) -> None:
    """Say why a run could not be carried out at all; its file stays, so that it can be tried again."""
    run.result = (run.result or {}) | {"error": {"code": code, "sentence": sentence}}
    run.status, run.finished_at = "failed", at
    session.flush()


def _end(run: ImportRun, *, status: str, at: datetime) -> None:
    run.status, run.finished_at, run.content = status, at, None


def _result(judged: Judged, outcome: Outcome) -> dict[str, Any]:
    """What is kept of a judgement: personal numbers in rejected cells are masked."""
    shown = {one["row"]: one for one in outcome.as_json()["rejected"]}
    for fault in outcome.rejected:
        shown[fault.row]["value"] = masked_value(fault)
    remarks = Counter(note.remark.value for note in judged.verdict.notes)
    return {
        "read": outcome.read,
        "accepted": outcome.accepted,
        "created": outcome.created,
        "new": len(judged.verdict.new),
        "rejected": list(shown.values()),
        "remarks": dict(sorted(remarks.items())),
        "ignored": list(judged.table.ignored),
        "sheet": judged.table.sheet,
        "notices": [{"sentence": notice.sentence, "facts": dict(notice.facts)} for notice in judged.notices],
    }


def _audit(session: Session, run: ImportRun, outcome: Outcome, context: ImportContext) -> None:
    audit.record(
        session,
        at=context.at,
        actor=context.actor.label,
        actor_name=context.actor.name,
        action="import.done" if run.status == "done" else "import.refused",
        subject=f"import:{run.id}",
        organisation_id=run.organisation_id,
        register=run.register,
        file=run.file_name,
        read=outcome.read,
        created=outcome.created,
        rejected=len(outcome.rejected),
    )


def forget(session: Session, *, at: datetime) -> int:
    """Empty what is kept of files beyond its time; how many runs that were."""
    old = session.scalars(
        select(ImportRun).where(
            ImportRun.content.is_not(None),
            ImportRun.status.in_((_WAITING, "failed", *_ENDED)),
            ImportRun.created_at < at - PREVIEW_KEPT,
        )
    ).all()
    emptied = 0
    for run in old:
        if run.status in (_WAITING, "failed"):
            _end(run, status="cancelled", at=at)
            emptied += 1
        elif (run.finished_at or run.created_at) < at - SENT_BACK_KEPT:
            run.content = None
            emptied += 1
    session.flush()
    return emptied


def import_now(
    session: Session,
    *,
    importer: Importer,
    content: bytes,
    file_name: str,
    organisation_id: int | None,
    partial: bool,
    context: ImportContext,
    sheet: str | None,
    progress: Progress,
) -> Outcome:
    """Judge and carry out at once, for the command line; a refused file leaves its run as a trace."""
    judged = judge(session, importer=importer, content=content, context=context, sheet=sheet)
    run = keep_preview(
        session,
        importer=importer,
        content=content,
        file_name=file_name,
        organisation_id=organisation_id,
        judged=judged,
        context=context,
    )
    run.partial = partial
    return carry_out(session, run=run, importer=importer, judged=judged, context=context, progress=progress)
