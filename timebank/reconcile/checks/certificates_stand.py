"""Certificates are numbered without gaps, and each stands on confirmed records alone."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, select, true, union
from sqlalchemy.orm import Session

from timebank.certificates.models import Certificate, CertificateRecord, CertificateRevocation
from timebank.errors import N_
from timebank.hours.models import ServiceRecord
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.touched import touched_records

_GAP = N_(
    "The certificates of the organisation are numbered %(expected)s, but the last number is %(newest)s."
)
_STANDS = N_("The certificate stands, although one of its records does not.")


def _looked_at(within: Range) -> ColumnElement[bool]:
    """Certificates that were issued since, or one of whose records was touched since."""
    if within.since is None:
        return true()
    fallen = (
        select(CertificateRecord.certificate_id)
        .join(ServiceRecord, ServiceRecord.id == CertificateRecord.record_id)
        .where(touched_records(within))
    )
    issued = select(Certificate.id).where(within.written(Certificate.id))
    return Certificate.id.in_(union(fallen, issued))


def _count(session: Session, within: Range) -> int:
    query = (
        select(func.count(Certificate.id))
        .join(Organisation, Organisation.id == Certificate.organisation_id)
        .where(within.holds(Organisation.path), _looked_at(within))
    )
    return session.scalar(query) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    yield from _gaps(session, within)
    fallen = (
        select(Certificate.id)
        .distinct()
        .join(Organisation, Organisation.id == Certificate.organisation_id)
        .join(CertificateRecord, CertificateRecord.certificate_id == Certificate.id)
        .join(ServiceRecord, ServiceRecord.id == CertificateRecord.record_id)
        .outerjoin(CertificateRevocation, CertificateRevocation.certificate_id == Certificate.id)
        .where(
            within.holds(Organisation.path),
            _looked_at(within),
            CertificateRevocation.id.is_(None),
            (ServiceRecord.status != "approved") | (ServiceRecord.minutes != CertificateRecord.minutes),
        )
        .order_by(Certificate.id)
    )
    for certificate_id in session.scalars(fallen):
        yield Break(f"certificate:{certificate_id}", _STANDS)


def _gaps(session: Session, within: Range) -> Iterator[Break]:
    # A removed one is missed where another was issued since, and by the weekly full run.
    issuing = select(Certificate.organisation_id).where(within.written(Certificate.id))
    rows = session.execute(
        select(Certificate.organisation_id, func.count(), func.max(Certificate.serial))
        .join(Organisation, Organisation.id == Certificate.organisation_id)
        .where(
            within.holds(Organisation.path),
            true() if within.since is None else Certificate.organisation_id.in_(issuing),
        )
        .group_by(Certificate.organisation_id)
        .order_by(Certificate.organisation_id)
    )
    for organisation_id, count, newest in rows:
        if count != newest:
            facts = {"expected": count, "newest": newest}
            yield Break(f"organisation:{organisation_id}", _GAP, facts)


CHECK = Check(
    code="certificates_stand",
    kind="vouchers",
    proves=N_(
        "Serials of certificates run without gaps, and each counts confirmed records alone or is revoked."
    ),
    broken_by=N_("Certificates were removed or made in the database itself."),
    repair=N_("Compare with the audit trail; revoke what was not issued by a person."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(Certificate.issued_at, ServiceRecord.created_at),
)
