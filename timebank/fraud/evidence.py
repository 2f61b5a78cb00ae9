"""Evidence by reference: what a word such as ``scan:5`` points at, and the digest of that row.

A digest kept with an alert shows later whether the row is still what it was when the rule spoke.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from timebank.access.models import LogIn
from timebank.activities.models import Shift, ShiftExtension
from timebank.checkin.models import Scan, SpotAnswer
from timebank.hours.models import Attendance, CorrectionRequest, ServiceRecord
from timebank.offline.models import OfflineScan
from timebank.orm import Base

# Word → table. The shop adds its own through ``house.evidence``.
EVIDENCE: dict[str, type[Base]] = {
    "scan": Scan,
    "record": ServiceRecord,
    "attendance": Attendance,
    "shift": Shift,
    "extension": ShiftExtension,
    "spot_answer": SpotAnswer,
    "log_in": LogIn,
    "correction": CorrectionRequest,
    "offline_scan": OfflineScan,
}


def row_of(session: Session, kinds: Mapping[str, type[Base]], subject: str) -> Base | None:
    """The row that ``subject`` points at, as the database has it; None when it is gone or the word is unknown."""
    word, _colon, number = subject.partition(":")
    model = kinds.get(word)
    if model is None or not number.isdecimal():
        return None
    session.flush()
    # What was made in this very transaction is read back: 20 points are written as 20.00 from now on.
    return session.get(model, int(number), populate_existing=True)


def digest_of(row: Base | None) -> str:
    """SHA-256 over the row's columns in a fixed form; empty for a row that is not there."""
    if row is None:
        return ""
    values = {column.key: _plain(getattr(row, column.key)) for column in row.__mapper__.column_attrs}
    written = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def digests_of(session: Session, subjects: Sequence[str]) -> dict[str, str]:
    """The digests of those among the subjects that are the time bank's own rows."""
    return {
        subject: digest_of(row_of(session, EVIDENCE, subject))
        for subject in subjects
        if subject.partition(":")[0] in EVIDENCE
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value.hex() if isinstance(value, bytes) else value
