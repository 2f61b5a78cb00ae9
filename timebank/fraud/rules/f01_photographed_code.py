"""F-01: a code that was photographed is scanned later, from elsewhere."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.models import LogIn, User
from timebank.checkin.models import Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, scans

_MONTH = 30


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    rows = [
        row
        for row in scans(
            session,
            window.since(_MONTH),
            window.until,
            Scan.outcome == "expired",
            Scan.method == "rotating",
            order=(Scan.device_digest, Scan.at),
        )
        if row.facts.get("age_seconds", 0) > limits["age_seconds"]
    ]
    yield from _by_device(session, window, limits, rows)
    yield from _by_step(session, window, limits, rows)


def _by_device(
    session: Session, window: Window, limits: Mapping[str, int], rows: list[Line]
) -> Iterator[Finding]:
    for device, tries in grouped(rows, lambda row: row.device):
        if device is None or len(tries) < limits["tries"]:
            continue
        yield Finding(
            key=f"device:{device[:24]}:{tries[0].id}",
            organisation_id=tries[-1].organisation_id,
            day=window.day(tries[-1].at),
            members=_owners(session, {device}),
            facts={"tries": len(tries), "devices": 1, "age_seconds": max(_age(row) for row in tries)},
            evidence=tuple(f"scan:{row.id}" for row in tries),
        )


def _by_step(
    session: Session, window: Window, limits: Mapping[str, int], rows: list[Line]
) -> Iterator[Finding]:
    by_step: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for row in rows:
        by_step[row.shift_id, row.facts.get("step", 0)].append(row)
    for (shift_id, step), tries in by_step.items():
        devices = {row.device for row in tries if row.device}
        if len(devices) < limits["devices"]:
            continue
        yield Finding(
            key=f"shift:{shift_id}:step:{step}",
            organisation_id=tries[0].organisation_id,
            day=window.day(tries[-1].at),
            members=_owners(session, devices),
            facts={
                "tries": len(tries),
                "devices": len(devices),
                "age_seconds": max(_age(row) for row in tries),
            },
            evidence=tuple(f"scan:{row.id}" for row in tries),
        )


def _age(row: Line) -> int:
    return int(row.facts.get("age_seconds", 0))


def _owners(session: Session, devices: set[str]) -> tuple[int, ...]:
    """Who has checked in with these devices by themselves."""
    query = (
        select(Scan.member_id)
        .where(
            Scan.device_digest.in_(devices),
            Scan.outcome == "ok",
            Scan.operator_user_id.is_(None),
            Scan.member_id.is_not(None),
        )
        .distinct()
        .order_by(Scan.member_id)
    )
    # Whoever logs in on the phone is its owner too, although nothing was ever accepted from it.
    log_ins = (
        select(User.member_id)
        .join(LogIn, LogIn.user_id == User.id)
        .where(LogIn.device_digest.in_(devices), User.member_id.is_not(None))
        .distinct()
    )
    found = {*session.scalars(query), *session.scalars(log_ins)}
    return tuple(sorted(number for number in found if number is not None))


RULE = Rule(
    code="F-01",
    version=2,
    name=N_("A photographed code is scanned later"),
    says=N_(
        "%(tries)s scans of codes that had long gone, up to %(age_seconds)s seconds old, from %(devices)s phones within 30 days."
    ),
    honest=N_("A slow phone or a weak network: then the codes are a few seconds late, not minutes."),
    blind=N_("A photograph that is sent on and scanned within half a minute looks like an honest scan."),
    prevented_by=N_("The code changes every 15 seconds, and only the newest two are accepted."),
    weight=40,
    thresholds=(
        Threshold("tries", N_("late scans of one phone in 30 days"), 3, 1, 100),
        Threshold("devices", N_("phones that scan one and the same late code"), 5, 2, 100),
        Threshold("age_seconds", N_("seconds after which a code counts as late"), 60, 30, 3600),
    ),
    find=_find,
)
